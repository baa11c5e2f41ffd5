import { SegmentError } from '../errors.ts'
import { unrepresentable, unsigned } from './fields.ts'
import { type Seq, seq } from './seq.ts'

/**
 * TCP's options (RFC 9293, section 3.2; RFC 7323; RFC 2018; RFC 7413). The end of the list, and the zeros that fill it up
 * to a whole word, are implied; whatever else stands after the end is `padding`, so that no byte is lost.
 */
export type TcpOption =
  | { readonly kind: 'nop' }
  | { readonly kind: 'mss'; readonly size: number }
  | { readonly kind: 'windowScale'; readonly shift: number }
  | { readonly kind: 'sackPermitted' }
  | { readonly kind: 'sack'; readonly blocks: readonly SackBlock[] }
  | { readonly kind: 'timestamps'; readonly value: number; readonly echo: number }
  /** No cookie at all asks for one. */
  | { readonly kind: 'fastOpen'; readonly cookie: Uint8Array }
  | { readonly kind: 'unknown'; readonly number: number; readonly bytes: Uint8Array }
  /** From the end-of-list byte to the end of the header. Only as the last one, and only where it is not the usual zeros. */
  | { readonly kind: 'padding'; readonly bytes: Uint8Array }

/** Bytes that have arrived: from `left` up to, but without, `right`. */
interface SackBlock {
  readonly left: Seq
  readonly right: Seq
}

/** The data offset counts to 15 words, and the fixed header takes five. */
const MAX_LENGTH = 40

const END = 0
const NOP = 1
const MSS = 2
const WINDOW_SCALE = 3
const SACK_PERMITTED = 4
const SACK = 5
const TIMESTAMPS = 8
const FAST_OPEN = 34
const KNOWN: readonly number[] = [END, NOP, MSS, WINDOW_SCALE, SACK_PERMITTED, SACK, TIMESTAMPS, FAST_OPEN]

export function parseOptions(bytes: Uint8Array): TcpOption[] {
  const options: TcpOption[] = []
  for (let at = 0; at < bytes.length; ) {
    const number = bytes[at]
    if (number === END) {
      const rest = bytes.slice(at)
      if (!isUsualPadding(rest)) options.push({ kind: 'padding', bytes: rest })
      break
    }
    if (number === NOP) {
      options.push({ kind: 'nop' })
      at += 1
      continue
    }
    const length = lengthAt(bytes, at)
    options.push(parseOption(bytes.slice(at, at + length), at))
    at += length
  }
  return options
}

export function emitOptions(options: readonly TcpOption[]): Uint8Array {
  const bytes: number[] = []
  for (const [index, option] of options.entries()) {
    if (option.kind === 'padding') checkPadding(option.bytes, bytes.length, index === options.length - 1)
    bytes.push(...emitOption(option))
  }
  while (bytes.length % 4 !== 0) bytes.push(END)
  if (bytes.length > MAX_LENGTH) {
    throw unrepresentable(`The options take ${bytes.length} bytes, and a header has room for ${MAX_LENGTH}.`)
  }
  return Uint8Array.from(bytes)
}

/** The second byte of every option but END and NOP counts the whole option, itself and the kind included. */
function lengthAt(bytes: Uint8Array, at: number): number {
  const length = bytes[at + 1]
  if (length === undefined) throw malformed(bytes, at, 'ends before its length')
  if (length < 2) throw malformed(bytes, at, `says that its length is ${length}`)
  if (at + length > bytes.length) {
    throw malformed(bytes, at, `says that its length is ${length}, and ${bytes.length - at} bytes are left`)
  }
  return length
}

function parseOption(bytes: Uint8Array, at: number): TcpOption {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const number = view.getUint8(0)
  const expect = (isRight: boolean) => {
    if (!isRight) throw malformed(bytes, at, `has a length of ${bytes.length}, which it cannot have`, number)
  }
  switch (number) {
    case MSS:
      expect(bytes.length === 4)
      return { kind: 'mss', size: view.getUint16(2) }
    case WINDOW_SCALE:
      expect(bytes.length === 3)
      return { kind: 'windowScale', shift: view.getUint8(2) }
    case SACK_PERMITTED:
      expect(bytes.length === 2)
      return { kind: 'sackPermitted' }
    case SACK:
      expect(bytes.length > 2 && bytes.length % 8 === 2)
      return { kind: 'sack', blocks: sackBlocks(view) }
    case TIMESTAMPS:
      expect(bytes.length === 10)
      return { kind: 'timestamps', value: view.getUint32(2), echo: view.getUint32(6) }
    case FAST_OPEN:
      expect(isCookieLength(bytes.length - 2))
      return { kind: 'fastOpen', cookie: bytes.slice(2) }
    default:
      return { kind: 'unknown', number, bytes: bytes.slice(2) }
  }
}

function sackBlocks(view: DataView): SackBlock[] {
  const blocks: SackBlock[] = []
  for (let at = 2; at < view.byteLength; at += 8) {
    blocks.push({ left: seq(view.getUint32(at)), right: seq(view.getUint32(at + 4)) })
  }
  return blocks
}

function emitOption(option: TcpOption): readonly number[] {
  switch (option.kind) {
    case 'nop':
      return [NOP]
    case 'mss':
      return [MSS, 4, ...word(option.size, 16, 'The maximum segment size')]
    case 'windowScale':
      return [WINDOW_SCALE, 3, ...word(option.shift, 8, 'The window scale')]
    case 'sackPermitted':
      return [SACK_PERMITTED, 2]
    case 'sack':
      if (option.blocks.length === 0) throw unrepresentable('A SACK option without a block says nothing.')
      return [SACK, 2 + 8 * option.blocks.length, ...option.blocks.flatMap(sackBytes)]
    case 'timestamps':
      return [
        TIMESTAMPS,
        10,
        ...word(option.value, 32, 'The timestamp'),
        ...word(option.echo, 32, 'The echoed timestamp'),
      ]
    case 'fastOpen':
      if (isCookieLength(option.cookie.length)) return [FAST_OPEN, 2 + option.cookie.length, ...option.cookie]
      throw unrepresentable(`A Fast Open cookie has 4 to 16 bytes, an even number, not ${option.cookie.length}.`)
    case 'unknown':
      unsigned(option.number, 8, "The option's kind")
      if (!KNOWN.includes(option.number)) return [option.number, 2 + option.bytes.length, ...option.bytes]
      throw unrepresentable(`Option ${option.number} is a known one, and has a form of its own.`)
    case 'padding':
      return [...option.bytes]
  }
}

function sackBytes(block: SackBlock): readonly number[] {
  return [...word(block.left, 32, 'The left edge'), ...word(block.right, 32, 'The right edge')]
}

/** The bytes of a number in network order. */
function word(value: number, bits: 8 | 16 | 32, field: string): readonly number[] {
  unsigned(value, bits, field)
  const bytes: number[] = []
  for (let shift = bits - 8; shift >= 0; shift -= 8) bytes.push((value >>> shift) & 0xff)
  return bytes
}

/** RFC 7413, section 4.1.1. */
function isCookieLength(length: number): boolean {
  return length === 0 || (length >= 4 && length <= 16 && length % 2 === 0)
}

function isUsualPadding(bytes: Uint8Array): boolean {
  return bytes.length < 4 && bytes.every(byte => byte === END)
}

/** One form for each list: what the reader would read otherwise must not be written. */
function checkPadding(bytes: Uint8Array, at: number, isLast: boolean): void {
  if (isLast && bytes[0] === END && (at + bytes.length) % 4 === 0 && !isUsualPadding(bytes)) return
  throw unrepresentable('Padding comes last, begins with a zero, fills a whole word, and is not just the usual zeros.')
}

function malformed(bytes: Uint8Array, at: number, what: string, number = bytes[at]): SegmentError {
  return new SegmentError('SEGMENT_OPTION', `TCP option ${number}, at byte ${at} of the options, ${what}.`)
}
