import { describe, expect, it } from 'vitest'
import { LadderError } from '../../src/errors.ts'
import { hostNames, peersOf } from '../../src/lab/hosts.ts'
import { parseLadder } from '../../src/ladder/parse.ts'

const HOSTS = hostNames({ hosts: ['attacker'] })

function named(left: string, right: string) {
  return parseLadder(`
         ${left}                                          ${right}
      1. CLOSED                                          LISTEN
  `)
}

describe('who stands where in a picture', () => {
  it.each([
    ['client', 'server'],
    ['server', 'client'],
    ['attacker', 'server'],
  ])('%s and %s: where it says', (left, right) => {
    expect(peersOf(named(left, right), HOSTS)).toEqual({ left, right })
  })

  it.each([
    ['TCP Peer A', 'TCP Peer B'],
    ['you', 'me'],
  ])('%s and %s, who are no hosts: client and server', (left, right) => {
    expect(peersOf(named(left, right), HOSTS)).toEqual({ left: 'client', right: 'server' })
  })

  it('a host and somebody unknown: that is a slip', () => {
    expect(() => peersOf(named('client', 'sevrer'), HOSTS)).toThrow(
      new LadderError(
        2,
        58,
        "Found 'sevrer' beside a host's name, where a host of the lab is expected.",
        'Its hosts are client, server, attacker.',
      ),
    )
  })
})
