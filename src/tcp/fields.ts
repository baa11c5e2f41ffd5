import { SegmentError } from '../errors.ts'

/** The number itself, if an unsigned field of so many bits can carry it. */
export function unsigned(value: number, bits: number, field: string): number {
  if (Number.isInteger(value) && value >= 0 && value < 2 ** bits) return value
  throw unrepresentable(`${field} is ${value}, and the field has ${bits} bits.`)
}

export function unrepresentable(message: string): SegmentError {
  return new SegmentError('SEGMENT_UNREPRESENTABLE', message)
}

/** `198.18.0.1` as its four bytes. */
export function addressBytes(text: string, field: string): Uint8Array {
  const parts = text.split('.')
  // One spelling for each address: inet_aton reads 010 as eight.
  if (parts.length === 4 && parts.every(part => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) {
    return Uint8Array.from(parts, Number)
  }
  throw unrepresentable(`${field} is '${text}', which is not an IPv4 address like 198.18.0.1.`)
}

export function addressText(bytes: Uint8Array): string {
  return bytes.join('.')
}
