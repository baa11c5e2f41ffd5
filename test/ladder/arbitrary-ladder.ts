import fc from 'fast-check'
import type { Ladder, NumberExpr, Row, RowSegment, Side } from '../../src/ladder/ladder.ts'
import { labelOf } from '../../src/ladder/row-assembly.ts'
import { FLAGS } from '../../src/tcp/segment.ts'
import { TCP_STATES } from '../../src/tcp/states.ts'

const remark = fc
  .stringMatching(/^[A-Za-z0-9 !?,.'=-]{1,18}$/)
  .filter(words => !['open', 'close', 'abort'].includes(words.toLowerCase()))
const side: fc.Arbitrary<Side> = fc.record({
  state: fc.option(fc.constantFrom(...TCP_STATES)),
  call: fc.option(fc.constantFrom('open', 'close', 'abort')),
  remark: fc.option(remark, { freq: 4 }),
})

const BOUND = ['x', 'y', 'u_1']
const number: fc.Arbitrary<NumberExpr> = fc.oneof(
  fc.record({ kind: fc.constant('number' as const), value: fc.nat(2 ** 32 - 1) }),
  fc.record({
    kind: fc.constant('name' as const),
    name: fc.constantFrom(...BOUND),
    plus: fc.integer({ min: -9, max: 1500 }),
  }),
)

const segment: fc.Arbitrary<RowSegment> = fc
  .record({
    direction: fc.constantFrom('left', 'right'),
    path: fc.constantFrom(
      ['arrow', 'arrow'] as const,
      ['arrow', 'transit'] as const,
      ['arrow', 'lost'] as const,
      ['transit', 'arrow'] as const,
    ),
    seq: fc.option(number),
    ack: fc.option(number),
    flags: fc.shuffledSubarray([...FLAGS], { minLength: 1 }),
    data: fc.oneof(fc.constantFrom(null, 'some' as const), fc.integer({ min: 1, max: 65_535 })),
  })
  .map(({ path: [sender, receiver], ...rest }) => ({
    ...rest,
    ack: rest.flags.includes('ACK') ? rest.ack : null,
    left: rest.direction === 'right' ? sender : receiver,
    right: rest.direction === 'right' ? receiver : sender,
  }))

type Content = Pick<Row, 'left' | 'right' | 'segment'>
const content: fc.Arbitrary<Content> = fc.record({ left: side, right: side, segment: fc.option(segment) })

/** Words alone belong to the line under them: a row of words is the last of its number. */
function isWhole({ left, right, segment }: Content): boolean {
  return segment !== null || left.state !== null || right.state !== null
}

function isEmpty({ left, right }: Content): boolean {
  return [left, right].every(({ call, remark }) => call === null && remark === null)
}

/** Names are bound in a first row of their own, so that any later one may count from them. */
const binding: Content[] = BOUND.map(name => ({
  left: { state: null, call: null, remark: null },
  right: { state: null, call: null, remark: null },
  segment: {
    direction: 'right',
    left: 'arrow',
    right: 'arrow',
    seq: { kind: 'name', name, plus: 0 },
    ack: null,
    flags: ['SYN'],
    data: null,
  },
}))

const peerName = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,8}( [A-Za-z0-9]{1,6}){0,2}$/)

export const ladders: fc.Arbitrary<Ladder> = fc
  .record({
    peers: fc.tuple(peerName, peerName).filter(([a, b]) => a !== b),
    groups: fc.array(
      fc.record({ step: fc.integer({ min: 1, max: 3 }), lines: fc.array(content, { minLength: 1, maxLength: 4 }) }),
      {
        maxLength: 8,
      },
    ),
  })
  .map(({ peers, groups }) => {
    const rows: Row[] = binding.map((lines, index) => ({ ...lines, n: 0, label: labelOf(0, index), line: 0 }))
    let n = 0
    for (const { step, lines } of groups) {
      const kept = lines.filter((line, index) => isWhole(line) || (index === lines.length - 1 && !isEmpty(line)))
      if (kept.length === 0) continue
      n += step
      rows.push(...kept.map((line, index) => ({ ...line, n, label: labelOf(n, index), line: 0 })))
    }
    return { peers, rows, text: '' }
  })
