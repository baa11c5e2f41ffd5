import { describe, expect, it } from 'vitest'
import { FLAGS } from '../../src/tcp/segment.ts'
import { TCP_STATES } from '../../src/tcp/states.ts'
import { TRANSITIONS } from '../../src/tcp/transitions.ts'

const ids = (linux: string) => TRANSITIONS.filter(edge => edge.linux === linux).map(edge => edge.id)

describe('the transition table', () => {
  it('has 73 edges, in order', () => {
    const expected = Array.from({ length: 73 }, (_, index) => `E${String(index + 1).padStart(2, '0')}`)
    expect(TRANSITIONS.map(edge => edge.id)).toEqual(expected)
  })

  it('says what Linux does as it was tried', () => {
    expect(ids('impossible')).toEqual(['E06'])
    expect(ids('deviates')).toEqual(['E10', 'E24', 'E26', 'E29', 'E32', 'E51', 'E66'])
    expect(ids('untried')).toEqual([])
    expect(ids('follows')).toHaveLength(73 - 1 - 7)
  })

  it('enters and leaves every state', () => {
    expect(new Set(TRANSITIONS.flatMap(edge => (Array.isArray(edge.from) ? edge.from : [])))).toEqual(
      new Set(TCP_STATES),
    )
    expect(new Set(TRANSITIONS.map(edge => edge.to))).toEqual(new Set([...TCP_STATES, 'same']))
  })

  it('leaves no two edges of a state with the same event', () => {
    const events = TRANSITIONS.flatMap(({ from, event }) =>
      (Array.isArray(from) ? from : [from]).map(state => JSON.stringify([state, { ...event, text: '' }])),
    )
    expect(new Set(events).size).toBe(events.length)
  })

  it.each(TRANSITIONS)('$id is whole', edge => {
    const { from, event, to, how, rfc, linux, linuxTo, linuxSends, note } = edge
    if (typeof from !== 'string') {
      expect(from.length).toBeGreaterThan(0)
      expect(TCP_STATES).toEqual(expect.arrayContaining([...from]))
    }
    expect([...TCP_STATES, 'same']).toContain(to)
    expect(FLAGS).toEqual(expect.arrayContaining([...edge.sends, ...(linuxSends ?? [])]))
    expect(event.text).toMatch(/\S/)
    expect(how).toMatch(/\S/)
    if (rfc === null) expect(note).toMatch(/\S/)
    else expect(rfc).toMatch(/^3\.(5|5\.1|6\.1|8\.[346](\.\d)?|9\.2\.2|10\.([1-58]|7\.[1-4]))$/)
    expect(linuxTo !== undefined).toBe(linux === 'deviates')
    if (linuxSends) expect(linux).toBe('deviates')
    if (linuxTo) expect(TCP_STATES).toEqual(expect.arrayContaining([...linuxTo]))
    if (linux === 'deviates') expect(note).toMatch(/\S/)
    if (event.kind === 'segment') {
      const flags = [...event.has, ...event.lacks]
      expect(FLAGS).toEqual(expect.arrayContaining(flags))
      expect(new Set(flags).size).toBe(flags.length)
      // Only an ACK flag makes the acknowledgement field mean anything (RFC 9293, section 3.1).
      if (event.ack) expect(event.has).toContain('ACK')
    }
    if (event.kind === 'call') expect(event.calls.length).toBeGreaterThan(0)
    const [first] = edge.cases ?? []
    if (first) expect([first.to, first.sends]).toEqual([edge.to, edge.sends])
  })

  it('takes the section of the state that a segment arrives in', () => {
    const sections = { CLOSED: '3.10.7.1', LISTEN: '3.10.7.2', SYN_SENT: '3.10.7.3' } as Readonly<
      Record<string, string>
    >
    for (const { id, from, event, rfc } of TRANSITIONS) {
      if (event.kind !== 'segment' || !rfc?.startsWith('3.10.7.')) continue
      const wanted = new Set((Array.isArray(from) ? from : []).map(state => sections[state] ?? '3.10.7.4'))
      expect([id, ...wanted]).toEqual([id, rfc])
    }
  })
})
