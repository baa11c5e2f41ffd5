import { expect, it } from 'vitest'
import { findRefused } from '../../../src/testbed/docker/refused-sysctl.ts'

const RP_FILTER = 'net.ipv4.conf.eth0.rp_filter'
const SYSCTLS = {
  'net.ipv4.tcp_sack': '1',
  'net.ipv4.tcp_mem': '1 2 3',
  'vm.swappiness': '1',
  'kernel.hostname': 'x',
  [RP_FILTER]: '0',
}

/** As runc 1.1 tells of it through Docker 20.10; and as Docker 27 does, which sets an interface's own itself (libnetwork/osl, setSysctls). */
it.each([
  ['during container init: open /proc/sys/net/ipv4/tcp_mem: no such file or directory: unknown', 'net.ipv4.tcp_mem'],
  ['during container init: write /proc/sys/net/ipv4/tcp_sack: invalid argument: unknown', 'net.ipv4.tcp_sack'],
  ['runc create failed: sysctl "vm.swappiness" is not in a separate kernel namespace: unknown', 'vm.swappiness'],
  ['sysctl "kernel.hostname" is not allowed as it conflicts with the OCI "hostname" field', 'kernel.hostname'],
  ['/proc/sys/net/ipv4/conf/eth0/rp_filter is not a sysctl file', RP_FILTER],
  ["unable to write to '/proc/sys/net/ipv4/conf/eth0/rp_filter': invalid argument", RP_FILTER],
  ['open /proc/sys/net/ipv4/tcp_memory: no such file or directory', undefined],
  ['No such image: handwave-host:0', undefined],
])('%s', (said, refused) => {
  expect(findRefused(said, SYSCTLS)).toBe(refused)
})
