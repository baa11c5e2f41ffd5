import { describe, expect, it } from 'vitest'
import { UsageError } from '../../../src/errors.ts'
import { checkLink } from '../../../src/host/check-link.ts'
import { type Link, linkCommands } from '../../../src/host/netem.ts'

const place = (name: string, n: number) => ({
  name,
  address: `198.18.0.${n}`,
  mac: `02:00:00:00:00:0${n}`,
  device: `h${n}`,
})
const wire = place('wire', 1)
const endpoints = [place('client', 2), place('server', 3)]
const linesFor = (link: Link) => linkCommands(wire, endpoints, link).flatMap(({ stdin = [] }) => stdin)
const netemsFor = (link: Link) => linesFor(link).filter(line => line.includes('netem'))

function refusalOf(work: () => void): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  return null
}

describe('a link', () => {
  it('that does nothing needs no tc', () => {
    expect(linkCommands(wire, endpoints, {})).toEqual([])
    expect(linkCommands(wire, endpoints, { to: { client: {} } })).toEqual([])
  })

  it('is a netem towards each endpoint, and a filter that leads there', () => {
    expect(linesFor({ delay: '20ms' })).toEqual([
      'qdisc add dev h1 root handle 1: prio bands 2 priomap 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0',
      'qdisc add dev h1 parent 1:1 handle 10: netem limit 100000 delay 20ms',
      'filter add dev h1 parent 1: protocol ip prio 1 u32 match ip dst 198.18.0.2/32 flowid 1:1',
      'qdisc add dev h1 parent 1:2 handle 11: netem limit 100000 delay 20ms',
      'filter add dev h1 parent 1: protocol ip prio 2 u32 match ip dst 198.18.0.3/32 flowid 1:2',
    ])
  })

  it('is extended and overridden in one direction', () => {
    expect(netemsFor({ delay: '20ms', to: { server: { delay: '50ms', loss: '10% 25%' } } })).toEqual([
      'qdisc add dev h1 parent 1:1 handle 10: netem limit 100000 delay 20ms',
      'qdisc add dev h1 parent 1:2 handle 11: netem limit 100000 delay 50ms loss 10% 25%',
    ])
  })

  it('with nothing in one direction has no netem there', () => {
    expect(netemsFor({ to: { server: { rate: '1mbit' } } })).toEqual([
      'qdisc add dev h1 parent 1:2 handle 11: netem limit 100000 rate 1mbit',
    ])
  })

  it('has all that netem has', () => {
    const all: Link = {
      delay: '20ms',
      jitter: '5ms  distribution normal',
      loss: 'gemodel 1% 10%',
      rate: '1mbit',
      reorder: '25% 50% gap 5',
      duplicate: '1%',
      corrupt: '0.1%',
      limit: '77',
    }
    checkLink(all, ['client', 'server'])
    expect(netemsFor(all)[0]).toBe(
      'qdisc add dev h1 parent 1:1 handle 10: netem limit 77 delay 20ms 5ms distribution normal ' +
        'loss gemodel 1% 10% corrupt 0.1% duplicate 1% reorder 25% 50% gap 5 rate 1mbit',
    )
  })

  it.each(['20ms; reboot', '$(id)', "'20ms'", '', '20ms -b/etc'])('hands no %j to tc', delay => {
    expect(() => linkCommands(wire, endpoints, { delay })).toThrow(UsageError)
  })
})

describe('words from a lab file', () => {
  it('stay on one line', () => {
    expect(netemsFor({ delay: '20ms\n qdisc' })[0]).toMatch(/delay 20ms qdisc$/)
  })
})

describe('checkLink', () => {
  const check = (link: unknown) => checkLink(link as Link, ['client', 'server'])

  it.each<[unknown]>([
    [{}],
    [{ delay: '1.5ms' }],
    [{ delay: '100ms 10ms 25%' }],
    [{ delay: '100ms 10ms distribution normal' }],
    [{ loss: '1% 25%', to: { client: { loss: '0%' } } }],
    [{ loss: 'state 1% 2%' }],
    [{ rate: '100kbit' }],
    [{ delay: '10ms', to: { server: { reorder: '25% 50%' } } }],
  ])('takes %j', link => {
    expect(() => check(link)).not.toThrow()
  })

  it.each<[unknown, RegExp, RegExp]>([
    ['20ms', /link is 20ms/, /an object|link: \{/],
    [{ toString: '1%' }, /link\.toString/, /Known are/],
    [{ dealy: '20ms' }, /link\.dealy/, /mean delay/],
    [{ to: { sevrer: { loss: '1%' } } }, /link\.to names 'sevrer'/, /mean server/],
    [{ to: { wire: { loss: '1%' } } }, /'wire'/, /client, server/],
    [{ to: { server: '20ms' } }, /link\.to\.server is 20ms/, /./],
    [{ to: { server: { los: '1%' } } }, /link\.to\.server\.los/, /mean loss/],
    [{ to: { server: { to: {} } } }, /link\.to\.server\.to/, /Known are/],
    [{ delay: 20 }, /link\.delay is '20'/, /'20ms'/],
    [{ delay: 'fast' }, /link\.delay is 'fast'/, /'20ms'/],
    [{ delay: '2m' }, /link\.delay is '2m'/, /'20ms'/],
    [{ delay: '20ms loss 10%' }, /'loss', which is a field of its own/, /\{ loss: /],
    [{ loss: '10' }, /link\.loss is '10'/, /'1%'/],
    [{ loss: '10%;' }, /'10%;' in it/, /Words/],
    [{ limit: 'none' }, /link\.limit/, /1000/],
    [{ reorder: '25%' }, /reorders, but has no delay/, /delay/],
    [{ to: { server: { reorder: '25%' } } }, /link\.to\.server reorders/, /delay/],
    [{ jitter: '5ms' }, /jitter, but no delay/, /delay/],
    [{ delay: '20ms 5ms', jitter: '5ms' }, /jitter twice/, /one word/],
  ])('refuses %j', (link, message, hint) => {
    const refusal = refusalOf(() => check(link))
    expect(refusal).toBeInstanceOf(UsageError)
    expect((refusal as UsageError).message).toMatch(message)
    expect((refusal as UsageError).hint).toMatch(hint)
  })
})
