import fc from 'fast-check'
import type { TcpOption } from '../../src/tcp/options.ts'
import { FLAGS, type IpHeader, type Segment, type TcpPart } from '../../src/tcp/segment.ts'
import { seq } from '../../src/tcp/seq.ts'

const u8 = fc.nat(0xff)
const u16 = fc.nat(0xffff)
/** Biased towards the wrap, where the mistakes are. */
const u32 = fc.oneof(fc.nat(0xffff_ffff), fc.nat(3), fc.integer({ min: 0xffff_fffc, max: 0xffff_ffff }))
export const arbitrarySeq = u32.map(seq)
const address = fc.tuple(u8, u8, u8, u8).map(bytes => bytes.join('.'))
const bytes = (minLength: number, maxLength: number) => fc.uint8Array({ minLength, maxLength })

const KNOWN_NUMBERS = [0, 1, 2, 3, 4, 5, 8, 34]

const arbitraryOption: fc.Arbitrary<TcpOption> = fc.oneof(
  fc.constant({ kind: 'nop' } as const),
  fc.record({ kind: fc.constant('mss' as const), size: u16 }),
  fc.record({ kind: fc.constant('windowScale' as const), shift: u8 }),
  fc.constant({ kind: 'sackPermitted' } as const),
  fc.record({
    kind: fc.constant('sack' as const),
    blocks: fc.array(fc.record({ left: arbitrarySeq, right: arbitrarySeq }), { minLength: 1, maxLength: 4 }),
  }),
  fc.record({ kind: fc.constant('timestamps' as const), value: u32, echo: u32 }),
  fc.record({
    kind: fc.constant('fastOpen' as const),
    cookie: fc.constantFrom(0, 4, 6, 8, 16).chain(n => bytes(n, n)),
  }),
  fc.record({
    kind: fc.constant('unknown' as const),
    number: u8.filter(number => !KNOWN_NUMBERS.includes(number)),
    bytes: bytes(0, 12),
  }),
)

/** As many of the options as a header has room for, and sometimes odd bytes after their end. */
export const arbitraryOptions: fc.Arbitrary<readonly TcpOption[]> = fc
  .tuple(fc.array(arbitraryOption, { maxLength: 8 }), fc.option(bytes(1, 40), { freq: 4 }))
  .map(([wanted, tail]) => {
    const options: TcpOption[] = []
    let length = 0
    for (const option of wanted) {
      const size = lengthOf(option)
      if (length + size > 40) continue
      options.push(option)
      length += size
    }
    if (tail === null) return options
    const room = 40 - length
    const padding = new Uint8Array(Math.min(room, tail.length + ((4 - ((length + tail.length) % 4)) % 4)))
    padding.set(tail.subarray(0, padding.length))
    padding[0] = 0
    const isUsual = padding.length < 4 && padding.every(byte => byte === 0)
    return padding.length === 0 || isUsual ? options : [...options, { kind: 'padding', bytes: padding }]
  })

/** Counted here and not by emitOptions, which is what these options test. */
function lengthOf(option: TcpOption): number {
  switch (option.kind) {
    case 'nop':
      return 1
    case 'mss':
      return 4
    case 'windowScale':
      return 3
    case 'sackPermitted':
      return 2
    case 'sack':
      return 2 + 8 * option.blocks.length
    case 'timestamps':
      return 10
    case 'fastOpen':
      return 2 + option.cookie.length
    case 'unknown':
      return 2 + option.bytes.length
    case 'padding':
      return option.bytes.length
  }
}

const arbitraryIp: fc.Arbitrary<IpHeader> = fc.record({
  source: address,
  destination: address,
  tos: u8,
  id: u16,
  reservedFlag: fc.boolean(),
  dontFragment: fc.boolean(),
  moreFragments: fc.boolean(),
  fragmentOffset: fc.constant(0 as const),
  ttl: u8,
  ipOptions: fc.oneof(
    fc.constant(new Uint8Array()),
    fc.nat(10).chain(words => bytes(words * 4, words * 4)),
  ),
})

const arbitraryTcp: fc.Arbitrary<TcpPart> = fc.record({
  sourcePort: u16,
  destinationPort: u16,
  seq: arbitrarySeq,
  ack: arbitrarySeq,
  flags: fc.subarray([...FLAGS]),
  window: u16,
  urgent: u16,
  reserved: fc.nat(15),
  options: arbitraryOptions,
  payload: bytes(0, 61),
})

export const arbitrarySegment: fc.Arbitrary<Segment> = fc.record({ ip: arbitraryIp, tcp: arbitraryTcp })
