import { readFileSync } from 'node:fs'
import type { HostCounters } from '../evidence/evidence.ts'

/** What this host's kernel says it sent and received, since it was there: /proc/net/snmp (RFC 4022) and its device. */
export function readCounters(device: string): HostCounters {
  const tcp = snmp('Tcp')
  return {
    left: packetsSentBy(device) - snmp('Icmp')('OutMsgs'),
    outSegs: tcp('OutSegs'),
    retransSegs: tcp('RetransSegs'),
    inSegs: tcp('InSegs'),
    outRsts: tcp('OutRsts'),
  }
}

export function since(before: HostCounters, now: HostCounters): HostCounters {
  return {
    left: now.left - before.left,
    outSegs: now.outSegs - before.outSegs,
    retransSegs: now.retransSegs - before.retransSegs,
    inSegs: now.inSegs - before.inSegs,
    outRsts: now.outRsts - before.outRsts,
  }
}

function snmp(protocol: string): (name: string) => number {
  const [names = [], values = []] = readFileSync('/proc/thread-self/net/snmp', 'latin1')
    .split('\n')
    .filter(line => line.startsWith(`${protocol}:`))
    .map(line => line.split(' ').slice(1))
  return name => Number(values[names.indexOf(name)] ?? Number.NaN)
}

/** The tenth number of its line in /proc/net/dev: eight are about receiving, then bytes, then packets. */
function packetsSentBy(device: string): number {
  const lines = readFileSync('/proc/thread-self/net/dev', 'latin1').split('\n')
  const [, counts = ''] = lines.find(line => line.trim().startsWith(`${device}:`))?.split(':') ?? []
  return Number(counts.trim().split(/\s+/)[9] ?? Number.NaN)
}
