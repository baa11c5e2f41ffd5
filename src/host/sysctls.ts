import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { LacksError } from '../errors.ts'

/** What every lab starts from, whatever the machine's own settings are. A lab changes single ones. */
export const PINNED_SYSCTLS: Readonly<Record<string, string>> = {
  'net.ipv4.tcp_abort_on_overflow': '0',
  'net.ipv4.tcp_ecn': '2',
  'net.ipv4.tcp_fastopen': '1',
  'net.ipv4.tcp_fin_timeout': '60',
  'net.ipv4.tcp_invalid_ratelimit': '500',
  'net.ipv4.tcp_keepalive_intvl': '75',
  'net.ipv4.tcp_keepalive_probes': '9',
  'net.ipv4.tcp_keepalive_time': '7200',
  'net.ipv4.tcp_max_syn_backlog': '128',
  'net.ipv4.tcp_max_tw_buckets': '4096',
  'net.ipv4.tcp_no_metrics_save': '1',
  'net.ipv4.tcp_orphan_retries': '0',
  'net.ipv4.tcp_retries1': '3',
  'net.ipv4.tcp_retries2': '15',
  'net.ipv4.tcp_rfc1337': '0',
  'net.ipv4.tcp_sack': '1',
  'net.ipv4.tcp_syn_retries': '6',
  'net.ipv4.tcp_synack_retries': '5',
  'net.ipv4.tcp_syncookies': '1',
  'net.ipv4.tcp_timestamps': '1',
  'net.ipv4.tcp_tw_reuse': '2',
  'net.ipv4.tcp_window_scaling': '1',
}

/** Where a kernel has IPv6, its own chatter on the lab's segment is no help. */
export function ipv6Off(): Record<string, string> {
  if (!existsSync('/proc/sys/net/ipv6')) return {}
  return { 'net.ipv6.conf.all.disable_ipv6': '1', 'net.ipv6.conf.default.disable_ipv6': '1' }
}

/** As labs call the one interface of a host. */
export const LAB_DEVICE = 'eth0'

/** Makes the settings so in this network namespace, and returns what the kernel then says. Most are so already. */
export function pinSysctls(settings: Readonly<Record<string, string>>, device: string): Record<string, string> {
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, pin(name, value, device)]))
}

function pin(name: string, value: string, device: string): string {
  const file = `/proc/sys/${name.replaceAll('.', '/')}`
  try {
    const found = read(file)
    if (found === value) return found
    writeFileSync(file, value)
    return read(file)
  } catch (cause) {
    throw refusedSysctl(name.replace(`.${device}.`, `.${LAB_DEVICE}.`), value, cause)
  }
}

/** One lab's own, as a rule: the others may go on. */
export function refusedSysctl(name: string, value: string | undefined, cause: unknown): LacksError {
  return new LacksError('SYSCTL', `The hosts' kernel does not take ${name} = ${value}.`, {
    hint: 'It has no such setting, not for each network namespace by itself, or refuses the value.',
    cause,
  })
}

function read(file: string): string {
  return readFileSync(file, 'latin1').trim().replaceAll('\t', ' ')
}
