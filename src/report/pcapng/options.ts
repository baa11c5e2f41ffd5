/** What a pcapng block may say besides its fixed part (draft-ietf-opsawg-pcapng, section 3.5). */
export interface Option {
  readonly code: number
  readonly value: Uint8Array
}

/** A length is two bytes. */
const LONGEST_VALUE = 0xffff
const END_OF_OPTIONS: Option = { code: 0, value: new Uint8Array() }

/** opt_comment, which every block may have, and packets more than once. */
export function comment(text: string): Option {
  return textOption(1, text)
}

/** UTF-8 without a zero at its end. What has no room is left out, whole characters of it: encodeInto writes no halves. */
export function textOption(code: number, text: string): Option {
  const room = new Uint8Array(LONGEST_VALUE)
  const { written } = new TextEncoder().encodeInto(text, room)
  return { code, value: room.slice(0, written) }
}

export function byteOption(code: number, value: number): Option {
  return { code, value: Uint8Array.of(value) }
}

export function wordOption(code: number, value: number): Option {
  return { code, value: words(value) }
}

/** A counter: 64 bits in the section's byte order. A time is two words instead, the upper one first. */
export function counterOption(code: number, value: number): Option {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true)
  return { code, value: bytes }
}

/** All of them, each filled up to whole words, and the mark of their end; nothing where there are none. */
export function emitOptions(options: readonly Option[]): Uint8Array {
  if (options.length === 0) return new Uint8Array()
  return joined(
    [...options, END_OF_OPTIONS].flatMap(({ code, value }) => [words((value.length << 16) | code), padded(value)]),
  )
}

/** 32-bit words, little endian. */
export function words(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4)
  const view = new DataView(bytes.buffer)
  for (const [index, value] of values.entries()) view.setUint32(index * 4, value, true)
  return bytes
}

/** The upper half first, each little endian: so pcapng writes times. */
export function timeWords(ns: bigint): Uint8Array {
  return words(Number(ns >> 32n), Number(ns & 0xffff_ffffn))
}

/** Filled up with zeros to a whole number of words. */
export function padded(bytes: Uint8Array): Uint8Array {
  const filled = new Uint8Array(Math.ceil(bytes.length / 4) * 4)
  filled.set(bytes)
  return filled
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
