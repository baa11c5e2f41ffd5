import { readFileSync } from 'node:fs'
import type { HostCounters } from '../evidence/evidence.ts'

/** What this host's kernel says it sent and received (RFC 4022's tcpGroup, /proc/net/snmp). */
export function readCounters(): HostCounters {
  const [names = [], values = []] = readFileSync('/proc/thread-self/net/snmp', 'latin1')
    .split('\n')
    .filter(line => line.startsWith('Tcp:'))
    .map(line => line.split(' ').slice(1))
  const value = (name: string) => Number(values[names.indexOf(name)] ?? Number.NaN)
  return {
    outSegs: value('OutSegs'),
    retransSegs: value('RetransSegs'),
    inSegs: value('InSegs'),
    outRsts: value('OutRsts'),
  }
}
