import { toLadder } from '../tcp/states.ts'
import type { LadderCall, Mark, NumberExpr, PeerSide, Row, RowSegment, Side } from './ladder.ts'

const CALL_TEXTS: Readonly<Record<LadderCall, string>> = { open: '(Open)', close: '(Close)', abort: '(Abort)' }

export function callText(call: LadderCall): string {
  return CALL_TEXTS[call]
}

export function numberText(expr: NumberExpr): string {
  if (expr.kind === 'number') return `${expr.value}`
  if (expr.plus === 0) return expr.name
  return expr.plus > 0 ? `${expr.name}+${expr.plus}` : `${expr.name}${expr.plus}`
}

export function fieldsText({ seq, ack, flags, data }: Pick<RowSegment, 'seq' | 'ack' | 'flags' | 'data'>): string {
  const dataText = data === 'some' ? '<DATA>' : `<DATA=${data}>`
  return [
    seq === null ? '' : `<SEQ=${numberText(seq)}>`,
    ack === null ? '' : `<ACK=${numberText(ack)}>`,
    `<CTL=${flags.join(',')}>`,
    data === null ? '' : dataText,
  ].join('')
}

function markText(mark: Mark, direction: RowSegment['direction']): string {
  if (mark === 'transit') return '...'
  if (mark === 'lost') return 'XXX'
  return direction === 'right' ? '-->' : '<--'
}

export function marksOf(segment: RowSegment): Readonly<Record<PeerSide, string>> {
  return { left: markText(segment.left, segment.direction), right: markText(segment.right, segment.direction) }
}

/** What stands beside the arrows: the state, or what is written in its place. */
export function sideText({ state, remark }: Side): string {
  if (state) return toLadder(state)
  return remark === null ? '' : `(${remark})`
}

/** What stands above it. */
export function sideTextsAbove({ state, call, remark }: Side): string[] {
  return [...(call ? [callText(call)] : []), ...(state && remark !== null ? [`(${remark})`] : [])]
}

/** A row in one line. */
export function rowText({ left, right, segment }: Row): string {
  const sides = [left, right].map(side => [...sideTextsAbove(side), sideText(side)].filter(Boolean).join(' '))
  const [leftText = '', rightText = ''] = sides
  if (!segment) return [leftText, rightText].filter(Boolean).join('   ')
  const marks = marksOf(segment)
  return [leftText, marks.left, fieldsText(segment), marks.right, rightText].filter(Boolean).join(' ')
}
