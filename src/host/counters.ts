import { existsSync, readFileSync } from 'node:fs'
import type { HostCounters } from '../evidence/evidence.ts'

/** What this host's kernel says it sent and received, since it was there: /proc/net/snmp (RFC 4022), netstat and its device. */
export function readCounters(device: string): HostCounters {
  const tcp = snmp('Tcp')
  return {
    left: packetsSentBy(device) - snmp('Icmp')('OutMsgs'),
    outSegs: tcp('OutSegs'),
    retransSegs: tcp('RetransSegs'),
    inSegs: tcp('InSegs'),
    outRsts: tcp('OutRsts'),
    tcpExt: { ...tcpExt(), ...synproxy() },
  }
}

/** Of Linux's own counters those that have moved, and those that somebody asks for, if there are such. */
export function since(before: HostCounters, now: HostCounters, asked: readonly string[]): HostCounters {
  return {
    left: now.left - before.left,
    outSegs: now.outSegs - before.outSegs,
    retransSegs: now.retransSegs - before.retransSegs,
    inSegs: now.inSegs - before.inSegs,
    outRsts: now.outRsts - before.outRsts,
    tcpExt: Object.fromEntries(
      Object.entries(now.tcpExt)
        .map(([name, value]) => [name, value - (before.tcpExt[name] ?? 0)] as const)
        .filter(([name, moved]) => moved !== 0 || asked.includes(name)),
    ),
  }
}

/** Linux's own counters of TCP (net/ipv4/proc.c). */
function tcpExt(): Record<string, number> {
  const [names = [], values = []] = linesOf('netstat', 'TcpExt')
  return Object.fromEntries(names.map((name, index) => [name, Number(values[index])]))
}

/** A line for each processor, in hexadecimal, below their names (synproxy_cpu_seq_show). No file where nothing follows connections. */
function synproxy(): Record<string, number> {
  const file = '/proc/thread-self/net/stat/synproxy'
  if (!existsSync(file)) return {}
  const [names = '', ...processors] = readFileSync(file, 'latin1').trim().split('\n')
  const values = processors.map(line => line.trim().split(/\s+/))
  const sum = (column: number) => values.reduce((all, line) => all + Number.parseInt(line[column] ?? '0', 16), 0)
  return Object.fromEntries(names.split(/\s+/).map((name, column) => [name, sum(column)]))
}

function snmp(protocol: string): (name: string) => number {
  const [names = [], values = []] = linesOf('snmp', protocol)
  return name => Number(values[names.indexOf(name)] ?? Number.NaN)
}

/** The names of a protocol's counters, and their values. */
function linesOf(file: 'snmp' | 'netstat', protocol: string): string[][] {
  return readFileSync(`/proc/thread-self/net/${file}`, 'latin1')
    .split('\n')
    .filter(line => line.startsWith(`${protocol}:`))
    .map(line => line.split(' ').slice(1))
}

/** The tenth number of its line in /proc/net/dev: eight are about receiving, then bytes, then packets. */
function packetsSentBy(device: string): number {
  const lines = readFileSync('/proc/thread-self/net/dev', 'latin1').split('\n')
  const [, counts = ''] = lines.find(line => line.trim().startsWith(`${device}:`))?.split(':') ?? []
  return Number(counts.trim().split(/\s+/)[9] ?? Number.NaN)
}
