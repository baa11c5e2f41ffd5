import { describe, expect, it } from 'vitest'
import { fromAnySpelling, fromLadder, fromProc, fromTrace, TCP_STATES, toLadder, toSs } from '../../src/tcp/states.ts'

/** include/net/tcp_states.h and the names that include/trace/events/sock.h prints, in the kernel's order. */
const KERNEL = [
  ['01', 'TCP_ESTABLISHED', 'ESTABLISHED'],
  ['02', 'TCP_SYN_SENT', 'SYN_SENT'],
  ['03', 'TCP_SYN_RECV', 'SYN_RCVD'],
  ['04', 'TCP_FIN_WAIT1', 'FIN_WAIT_1'],
  ['05', 'TCP_FIN_WAIT2', 'FIN_WAIT_2'],
  ['06', 'TCP_TIME_WAIT', 'TIME_WAIT'],
  ['07', 'TCP_CLOSE', 'CLOSED'],
  ['08', 'TCP_CLOSE_WAIT', 'CLOSE_WAIT'],
  ['09', 'TCP_LAST_ACK', 'LAST_ACK'],
  ['0A', 'TCP_LISTEN', 'LISTEN'],
  ['0B', 'TCP_CLOSING', 'CLOSING'],
  ['0C', 'TCP_NEW_SYN_RECV', 'SYN_RCVD'],
] as const

describe('the spellings of states', () => {
  it.each(KERNEL)('%s %s is %s', (hex, name, state) => {
    expect(fromProc(hex)).toBe(state)
    expect(fromProc(hex.toLowerCase())).toBe(state)
    expect(fromTrace(name)).toBe(state)
  })

  it("in ladders are RFC 9293's", () => {
    expect(TCP_STATES.map(toLadder)).toEqual(
      'CLOSED LISTEN SYN-SENT SYN-RECEIVED ESTABLISHED FIN-WAIT-1 FIN-WAIT-2 CLOSE-WAIT CLOSING LAST-ACK TIME-WAIT'.split(
        ' ',
      ),
    )
  })

  it('lead back from ladders, every one', () => {
    for (const state of TCP_STATES) expect(fromLadder(toLadder(state))).toBe(state)
  })

  it.each(['', 'SYN_SENT', 'syn-sent', 'SYN-RCVD', 'constructor', '__proto__'])(
    'do not include %j in ladders',
    text => {
      expect(fromLadder(text)).toBeUndefined()
    },
  )

  it.each(TCP_STATES)('of people lead to %s however they are put', state => {
    const kernels = KERNEL.filter(([, , known]) => known === state).map(([, name]) => name)
    for (const name of [state, toLadder(state), toSs(state), ...kernels]) {
      expect([name, fromAnySpelling(name)]).toEqual([name, state])
      expect(fromAnySpelling(name.toLowerCase().replaceAll('-', '_'))).toBe(state)
    }
  })

  it.each(['', 'TCP_', 'SYN', 'SYN_SENTS', 'constructor', '__proto__'])('of people do not include %j', text => {
    expect(fromAnySpelling(text)).toBeUndefined()
  })

  it('in ss(8) are its own', () => {
    expect(TCP_STATES.map(toSs)).toEqual(
      'UNCONN LISTEN SYN-SENT SYN-RECV ESTAB FIN-WAIT-1 FIN-WAIT-2 CLOSE-WAIT CLOSING LAST-ACK TIME-WAIT'.split(' '),
    )
  })

  it('are undefined where the kernel has no such state', () => {
    expect(fromTrace('TCP_BOUND_INACTIVE')).toBeUndefined()
    expect(fromProc('00')).toBeUndefined()
    expect(fromProc('0D')).toBeUndefined()
  })
})
