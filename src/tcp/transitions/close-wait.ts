import type { Transition } from '../transition.ts'

export const CLOSE_WAIT: readonly Transition[] = [
  {
    id: 'E45',
    from: ['CLOSE_WAIT'],
    event: { kind: 'call', text: 'send', calls: ['write'] },
    to: 'CLOSE_WAIT',
    sends: ['ACK'],
    how: 'allowHalfOpen',
    rfc: '3.10.2',
    linux: 'follows',
  },
  {
    id: 'E46',
    from: ['CLOSE_WAIT'],
    event: { kind: 'call', text: 'close, sends FIN', calls: ['destroy', 'end'] },
    to: 'LAST_ACK',
    sends: ['FIN', 'ACK'],
    how: 'end, D',
    rfc: '3.10.4',
    linux: 'follows',
  },
  {
    id: 'E47',
    from: ['CLOSE_WAIT'],
    event: { kind: 'segment', text: 'RST', has: ['RST'], lacks: [], seq: 'exact' },
    to: 'CLOSED',
    sends: [],
    how: 'P',
    rfc: '3.10.7.4',
    linux: 'follows',
    note: 'EPIPE on the next send',
  },
]
