import { drawLadder } from '../../src/ladder/draw.ts'
import {
  arrivalsOfEarlierRows,
  arrives,
  departs,
  isLost,
  type Ladder,
  type LadderCall,
  type NumberExpr,
  otherSide,
  type PeerSide,
  receiverSide,
  type Row,
  type RowSegment,
  senderSide,
} from '../../src/ladder/ladder.ts'
import type { Flag } from '../../src/tcp/segment.ts'
import { TCP_STATES, type TcpState, toLadder } from '../../src/tcp/states.ts'

/** A ladder with one thing changed, which the evidence of the original must fail, at one row. */
export interface Mutation {
  readonly name: string
  /** The label of the row at which it must fail. */
  readonly row: string
  readonly ladder: Ladder
  /** `strict` where only a match with that tail can tell: the ladder ends one row earlier. */
  readonly tail: 'ignored' | 'strict'
}

/**
 * Every row and every field changed in turn. What is left out is what would still be true of the same exchange: each
 * such case says so at its place.
 */
export function mutations(ladder: Ladder): Mutation[] {
  return ladder.rows.flatMap((_, index) => [
    ...stateMutations(ladder, index),
    ...callMutations(ladder, index),
    ...pathMutations(ladder, index),
    ...numberMutations(ladder, index),
    ...contentMutations(ladder, index),
    ...removals(ladder, index),
    ...additions(ladder, index),
    ...swaps(ladder, index),
  ])
}

const SIDES: readonly PeerSide[] = ['left', 'right']

function stateMutations(ladder: Ladder, index: number): Mutation[] {
  const row = rowAt(ladder, index)
  return SIDES.flatMap(side => {
    const { state } = row[side]
    if (state === null) return []
    return TCP_STATES.filter(other => other !== state && !isAlsoTrue(ladder, index, side, other)).map(other =>
      changed(ladder, index, `${side} state ${toLadder(state)} → ${toLadder(other)}`, withState(row, side, other)),
    )
  })
}

/** Where a reset has ended SYN-RECEIVED, LISTEN and CLOSED are two names for one thing: the request is gone. */
function isAlsoTrue(ladder: Ladder, index: number, side: PeerSide, other: TcpState): boolean {
  const { state } = rowAt(ladder, index)[side]
  const names = [state, other]
  return names.includes('LISTEN') && names.includes('CLOSED') && lastState(ladder, index, side) === 'SYN_RCVD'
}

function callMutations(ladder: Ladder, index: number): Mutation[] {
  const row = rowAt(ladder, index)
  return SIDES.flatMap(side => {
    const { call } = row[side]
    // Struck out, a call is no longer asserted: that cannot fail. Added, only one that nobody made can.
    if (!call) {
      const isMade = ladder.rows.some(other => other[side].call === 'abort')
      return isMade ? [] : [changed(ladder, index, `${side} (Abort) added`, withCall(row, side, 'abort'))]
    }
    const others = (['open', 'close', 'abort'] as const).filter(other => other !== call)
    const replaced = others.map(other =>
      changed(ladder, index, `${side} (${call}) → (${other})`, withCall(row, side, other)),
    )
    const other = otherSide(side)
    // A server's listen is an open too; and where both close, both have.
    if (call === 'open' || row[other].call) return replaced
    const moved = withCall(withCall(row, side, null), other, call)
    return [...replaced, changed(ladder, index, `(${call}) moved to the ${other}`, moved)]
  })
}

/** Which way the segment travels, and what becomes of it. */
function pathMutations(ladder: Ladder, index: number): Mutation[] {
  const row = rowAt(ladder, index)
  const { segment } = row
  if (!segment) return []
  const to = receiverSide(segment)
  const from = senderSide(segment)
  const flipped: RowSegment = {
    ...segment,
    direction: otherSide(segment.direction),
    left: segment.right,
    right: segment.left,
  }
  const found = hasTwin(ladder, index) ? [] : [changed(ladder, index, 'direction', { ...row, segment: flipped })]
  const marked = (name: string, side: PeerSide, mark: RowSegment['left']) =>
    changed(ladder, index, name, { ...row, segment: { ...segment, [side]: mark } })
  // An arrow taken away, `...` in its place, asserts less: that cannot fail.
  if (isLost(segment)) found.push(marked('XXX → arrow', to, 'arrow'))
  else if (arrives(segment) && departs(segment)) found.push(marked('arrow → XXX', to, 'lost'))
  if (!departs(segment)) found.push(marked('... → arrow at the sender', from, 'arrow'))
  const arrival = arrivalOf(ladder, index)
  if (arrival) {
    found.push(marked('... → XXX', to, 'lost'))
    // It arrives indeed; but then no second time. (With a state beside it the row would also say another thing.)
    if (row[to].state === null)
      found.push({ ...marked('... → arrow at the receiver', to, 'arrow'), row: arrival.label })
  }
  return found
}

/** Both sides send the same at once, under numbers that bind anew: turned round, the row is true of the other's. */
function hasTwin(ladder: Ladder, index: number): boolean {
  const { segment } = rowAt(ladder, index)
  return [index - 1, index + 1].some(at => {
    const other = ladder.rows[at]?.segment
    if (!segment || !other || !departs(segment) || !departs(other) || segment.direction === other.direction)
      return false
    const alike = { ...other, seq: null, ack: null, direction: null, left: null, right: null }
    return isSame({ ...segment, seq: null, ack: null, direction: null, left: null, right: null }, alike)
  })
}

function numberMutations(ladder: Ladder, index: number): Mutation[] {
  const row = rowAt(ladder, index)
  const { segment } = row
  if (!segment) return []
  const from = senderSide(segment)
  const fields = [
    { field: 'seq', expr: segment.seq, space: from },
    { field: 'ack', expr: segment.ack, space: otherSide(from) },
  ] as const
  return fields.flatMap(({ field, expr, space }) => {
    // What binds a name or a number has no other to differ from, whatever it is called.
    if (!expr || !isKnown(ladder, index, field, expr, space)) return []
    return otherNumbers(ladder, index, expr).map(({ name, other }) =>
      changed(ladder, index, `${field.toUpperCase()} ${name}`, { ...row, segment: { ...segment, [field]: other } }),
    )
  })
}

function otherNumbers(ladder: Ladder, index: number, expr: NumberExpr): { name: string; other: NumberExpr }[] {
  // Small steps only for plain numbers: one far off would bind anew.
  if (expr.kind === 'number') {
    return [1, -1].map(step => ({
      name: `${step > 0 ? '+' : ''}${step}`,
      other: { ...expr, value: expr.value + step },
    }))
  }
  const steps = [1, -1, 1000].map(step => ({
    name: `${step > 0 ? '+' : ''}${step}`,
    other: { ...expr, plus: expr.plus + step },
  }))
  const names = new Set(
    numbersBefore(ladder, index).flatMap(({ expr: known }) => (known.kind === 'name' ? [known.name] : [])),
  )
  names.delete(expr.name)
  return [...steps, ...[...names].map(name => ({ name: `${expr.name} → ${name}`, other: { ...expr, name } }))]
}

function isKnown(ladder: Ladder, index: number, field: 'seq' | 'ack', expr: NumberExpr, space: PeerSide): boolean {
  const { segment } = rowAt(ladder, index)
  const inRow = field === 'ack' && segment?.seq ? [{ expr: segment.seq, space: otherSide(space) }] : []
  return [...numbersBefore(ladder, index), ...inRow].some(known =>
    expr.kind === 'name'
      ? known.expr.kind === 'name' && known.expr.name === expr.name
      : known.expr.kind === 'number' && known.space === space && Math.abs(known.expr.value - expr.value) <= 49,
  )
}

function numbersBefore(ladder: Ladder, index: number): { expr: NumberExpr; space: PeerSide }[] {
  return ladder.rows.slice(0, index).flatMap(({ segment }) => {
    if (!segment) return []
    const from = senderSide(segment)
    const numbers = [
      { expr: segment.seq, space: from },
      { expr: segment.ack, space: otherSide(from) },
    ]
    return numbers.flatMap(({ expr, space }) => (expr ? [{ expr, space }] : []))
  })
}

function contentMutations(ladder: Ladder, index: number): Mutation[] {
  const row = rowAt(ladder, index)
  const { segment } = row
  if (!segment) return []
  // PSH is asserted only where it is named, and a kernel may set it or not.
  const flags = (['SYN', 'FIN', 'RST', 'ACK', 'URG', 'ECE', 'CWR'] as const).flatMap(flag => {
    const toggled = toggle(segment, flag)
    if (toggled.flags.length === 0) return []
    const name = segment.flags.includes(flag) ? `without ${flag}` : `with ${flag}`
    return [changed(ladder, index, name, { ...row, segment: toggled })]
  })
  const lengths: RowSegment['data'][] =
    segment.data === null ? ['some', 1] : segment.data === 'some' ? [null] : [null, segment.data + 1]
  const data = lengths.map(length =>
    changed(ladder, index, `DATA ${segment.data} → ${length}`, { ...row, segment: { ...segment, data: length } }),
  )
  return [...flags, ...data]
}

function toggle(segment: RowSegment, flag: Flag): RowSegment {
  if (!segment.flags.includes(flag)) return { ...segment, flags: [...segment.flags, flag] }
  const flags = segment.flags.filter(other => other !== flag)
  return { ...segment, flags, ack: flag === 'ACK' ? null : segment.ack }
}

function removals(ladder: Ladder, index: number): Mutation[] {
  const { rows } = ladder
  const { label, segment, left, right } = rowAt(ladder, index)
  // Without a row of states, or the arrival of what an earlier row let go, a ladder asserts less: that cannot fail.
  if (!segment || (!departs(segment) && arrivalsOfEarlierRows(rows).get(index) !== null)) return []
  // Without the departure, the row that shows the arrival stands for the segment: an old duplicate's, as in figure 8.
  if (arrivalOf(ladder, index)) return []
  const isFirst = !rows.slice(0, index).some(row => row.segment)
  // A ladder whose beginning asserts nothing begins with its first segment, whichever that is.
  if (isFirst && !rows.slice(0, index).some(row => row.left.state ?? row.right.state)) return []
  const name = `row ${label} removed`
  const without = withRows(ladder, rows.toSpliced(index, 1))
  const next = rows[index + 1]
  const goesOn = rows.slice(index + 1).some(row => row.segment ?? row.left.state ?? row.right.state)
  if (next && goesOn) return [{ name, row: next.label, ladder: without, tail: 'ignored' }]
  // The ladder ends earlier, and is true as far as it goes, unless the answer to its last row is asked for too.
  const previous = rows[index - 1]
  const answers =
    previous?.segment && arrives(previous.segment) && receiverSide(previous.segment) === senderSide(segment)
  if (next || !answers || left.call || right.call || segment.data !== null) return []
  return [{ name, row: `after ${previous.label}`, ladder: without, tail: 'strict' }]
}

function additions(ladder: Ladder, index: number): Mutation[] {
  const { rows } = ladder
  const row = rowAt(ladder, index)
  const label = `${row.label}+`
  const added = (name: string, content: Omit<Row, 'n' | 'label' | 'line'>): Mutation => {
    const { n, line } = row
    const ladderWithIt = withRows(ladder, rows.toSpliced(index + 1, 0, { ...content, n, label, line }))
    return { name: `${name} added after ${row.label}`, row: label, ladder: ladderWithIt, tail: 'ignored' }
  }
  const nothing = { state: null, call: null, remark: null }
  const reset: RowSegment = {
    direction: 'right',
    left: 'arrow',
    right: 'arrow',
    seq: null,
    ack: null,
    flags: ['RST', 'FIN'],
    data: null,
  }
  const found = [added('a segment', { left: nothing, right: nothing, segment: reset })]
  // A row of states twice is true twice.
  if (row.segment) found.push(added('the same row', row))
  // Nor is it clear what holds where the picture is silent: but for a state that no row comes near.
  const never = TCP_STATES.toReversed().find(
    state => !rows.some(({ left, right }) => [left.state, right.state].includes(state)),
  )
  if (never) found.push(added('states', { left: { ...nothing, state: never }, right: nothing, segment: null }))
  return found
}

/** Neighbours swapped. The picture goes wrong at the first of the two, but where that one is true there as well. */
function swaps(ladder: Ladder, index: number): Mutation[] {
  const { rows } = ladder
  const first = rowAt(ladder, index)
  const second = rows[index + 1]
  if (!second) return []
  const label = swapFailsAt(ladder, index, first, second)
  if (label === null) return []
  const swapped = rows
    .with(index, { ...second, n: first.n, label: first.label, line: first.line })
    .with(index + 1, { ...first, n: second.n, label: second.label, line: second.line })
  const name = `rows ${first.label} and ${second.label} swapped`
  return [{ name, row: label, ladder: withRows(ladder, swapped), tail: 'ignored' }]
}

function swapFailsAt(ladder: Ladder, index: number, first: Row, second: Row): string | null {
  if (first.segment && second.segment) {
    if (!happensInOrder(first.segment, second.segment)) return null
    const above = ladder.rows.slice(0, index)
    // A ladder whose beginning asserts nothing begins anywhere: either may be what is wrong with it.
    return above.some(row => row.segment ?? row.left.state ?? row.right.state) ? first.label : null
  }
  const says = (row: Row, last: (side: PeerSide) => TcpState | null) =>
    SIDES.some(side => row[side].state !== null && row[side].state !== last(side))
  const before = (side: PeerSide) => lastState(ladder, index, side)
  // States too early: they hold only after the segment, or after the states before them.
  if (!second.segment) {
    const isBeginning = !ladder.rows.slice(0, index).some(row => row.segment)
    if (isBeginning && !first.segment) return null
    return says(second, side => (first.segment || first[side].state ? before(side) : null)) ? first.label : null
  }
  // States too late: the segment, which comes first now, is as true as it was.
  return says(first, side => second[side].state ?? first[side].state) ? second.label : null
}

/**
 * Whether two rows could not be drawn the other way round: they show the same host, or the first one's segment arrives
 * where the second one's begins. Otherwise both happen in their own time, as in figures 7 and 13.
 */
function happensInOrder(first: RowSegment, second: RowSegment): boolean {
  const places = (segment: RowSegment) => (departs(segment) ? senderSide(segment) : receiverSide(segment))
  if (isSame(first, second)) return false
  if (places(first) === places(second)) return true
  return departs(first) && arrives(first) && receiverSide(first) === places(second)
}

function isSame(a: object, b: object): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

/** The row that shows the arrival of what this one leaves in the network. */
function arrivalOf(ladder: Ladder, index: number): Row | null {
  for (const [arrival, departure] of arrivalsOfEarlierRows(ladder.rows)) {
    if (departure === index) return rowAt(ladder, arrival)
  }
  return null
}

function lastState(ladder: Ladder, index: number, side: PeerSide): TcpState | null {
  return ladder.rows.slice(0, index).findLast(row => row[side].state !== null)?.[side].state ?? null
}

function changed(ladder: Ladder, index: number, name: string, row: Row): Mutation {
  const { label } = rowAt(ladder, index)
  return {
    name: `row ${label}: ${name}`,
    row: label,
    ladder: withRows(ladder, ladder.rows.with(index, row)),
    tail: 'ignored',
  }
}

function withState(row: Row, side: PeerSide, state: TcpState): Row {
  return { ...row, [side]: { ...row[side], state } }
}

function withCall(row: Row, side: PeerSide, call: LadderCall | null): Row {
  return { ...row, [side]: { ...row[side], call } }
}

function withRows({ peers }: Ladder, rows: readonly Row[]): Ladder {
  return { peers, rows, text: drawLadder({ peers, rows, text: '' }) }
}

function rowAt({ rows }: Ladder, index: number): Row {
  const row = rows[index]
  if (!row) throw new RangeError(`There is no row ${index}.`)
  return row
}
