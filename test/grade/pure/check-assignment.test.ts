import { describe, expect, it } from 'vitest'
import type { AssignmentSpec } from '../../../src/grade/assignment.ts'
import { checkAssignment } from '../../../src/grade/check-assignment.ts'

const PART = { title: 'It answers', points: 1, async play() {} }
const RIGHT = {
  title: 'A server',
  program: { runsAt: 'server', file: 'echo', capabilities: ['net_raw'] },
  parts: { answers: PART },
}
const check = (spec: unknown) => checkAssignment(spec as AssignmentSpec, 'mine.ts')
const withPart = (changes: object) => ({ ...RIGHT, parts: { answers: { ...PART, ...changes } } })
const withProgram = (changes: object) => ({ ...RIGHT, program: { ...RIGHT.program, ...changes } })

describe('an assignment', () => {
  it('that says what it must is taken', () => {
    expect(() => check(RIGHT)).not.toThrow()
    expect(() => check(withPart({ points: 0.5, visibility: 'hidden', checks: { 'So.': () => true } }))).not.toThrow()
    expect(() => check({ title: 'Say it', parts: { it: { ...PART, predict: 'it.txt' } } })).not.toThrow()
  })

  it.each([
    ['nothing', null, /mine\.ts: There is no assignment/],
    ['no title', { ...RIGHT, title: '' }, /no title/],
    ['no parts', { ...RIGHT, parts: {} }, /no parts/],
    ['parts that are none', { ...RIGHT, parts: undefined }, /no parts/],
    ['a name of its own', { ...RIGHT, programm: {} }, /'programm'.*/],
    ['a side that there is not', withProgram({ runsAt: 'srever' }), /runsAt is 'srever'/],
    ['a capability that there is not', withProgram({ capabilities: ['CAP_NET_RAW'] }), /capability is 'CAP_NET_RAW'/],
    ['a part with a slip of the pen', withPart({ check: {} }), /part 'answers'.*'check'/],
    ['a part without a title', withPart({ title: undefined }), /no title/],
    ['a part without a play', withPart({ play: undefined }), /no play/],
    ['a part without points', withPart({ points: undefined }), /points are undefined/],
    ['points that are text', withPart({ points: '3' }), /points are 3/],
    ['points that are no number', withPart({ points: Number.NaN }), /points are NaN/],
    ['negative points', withPart({ points: -1 }), /points are -1/],
    ['a visibility that there is not', withPart({ visibility: 'hiden' }), /visibility is 'hiden'/],
    ['a check that is none', withPart({ checks: { 'So.': true } }), /'So\.' is no function/],
    ['a file to predict that is none', withPart({ predict: 5 }), /no predict/],
    ['nothing to start', { ...RIGHT, program: undefined }, /no program that it could start/],
    ['a ladder that cannot be read', withPart({ ladder: 'client' }), /part 'answers'/],
  ])('with %s is told so, with its place', (_, spec, sentence) => {
    expect(() => check(spec)).toThrow(sentence)
    expect(() => check(spec)).toThrow(/^mine\.ts/)
  })
})
