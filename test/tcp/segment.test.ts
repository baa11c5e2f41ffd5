import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SegmentError } from '../../src/errors.ts'
import {
  emitSegment,
  FLAGS,
  flagsText,
  type IpHeader,
  parseSegment,
  type Segment,
  type TcpPart,
} from '../../src/tcp/segment.ts'
import { seq } from '../../src/tcp/seq.ts'
import { arbitrarySegment } from './arbitrary.ts'
import { mangled, withRightSums } from './mangle.ts'
import { ALL_FLAGS, DATA, RST, SACK, SYN, SYN_ACK } from './packets.ts'
import { fromHex, toHex } from './hex.ts'

const PACKETS = { SYN, SYN_ACK, DATA, SACK, RST, ALL_FLAGS }
const none = new Uint8Array()

const expected: Record<keyof typeof PACKETS, Segment> = {
  SYN: {
    ip: header({ source: '198.18.0.1', destination: '198.18.0.2', id: 0x1c46, dontFragment: true }),
    tcp: part({
      sourcePort: 40_000,
      destinationPort: 5000,
      seq: seq(0x3ade68b1),
      flags: ['SYN'],
      window: 64_240,
      options: [
        { kind: 'mss', size: 1460 },
        { kind: 'sackPermitted' },
        { kind: 'timestamps', value: 0x10203, echo: 0 },
        { kind: 'nop' },
        { kind: 'windowScale', shift: 7 },
      ],
    }),
  },
  SYN_ACK: {
    ip: header({ source: '198.18.0.2', destination: '198.18.0.1', tos: 2, dontFragment: true }),
    tcp: part({
      sourcePort: 5000,
      destinationPort: 40_000,
      seq: seq(0xffff_ffff),
      ack: seq(0x3ade68b2),
      flags: ['SYN', 'ACK', 'ECE'],
      window: 65_160,
      options: [
        { kind: 'mss', size: 1460 },
        { kind: 'nop' },
        { kind: 'nop' },
        { kind: 'sackPermitted' },
        { kind: 'fastOpen', cookie: fromHex('0123456789abcdef') },
        { kind: 'nop' },
        { kind: 'nop' },
        { kind: 'windowScale', shift: 7 },
      ],
    }),
  },
  DATA: {
    ip: header({
      source: '10.0.0.1',
      destination: '192.168.1.100',
      id: 0xbeef,
      ttl: 1,
      ipOptions: fromHex('94040000'),
    }),
    tcp: part({
      sourcePort: 80,
      destinationPort: 65_535,
      ack: seq(1),
      flags: ['PSH', 'ACK', 'URG'],
      window: 1,
      urgent: 3,
      reserved: 15,
      payload: new TextEncoder().encode('hello'),
    }),
  },
  SACK: {
    ip: header({
      source: '0.0.0.0',
      destination: '255.255.255.255',
      tos: 0xb8,
      id: 1,
      ttl: 255,
      reservedFlag: true,
      dontFragment: true,
    }),
    tcp: part({
      sourcePort: 1,
      destinationPort: 2,
      seq: seq(7),
      ack: seq(0xffff_fff0),
      flags: ['ACK'],
      options: [
        { kind: 'nop' },
        { kind: 'nop' },
        {
          kind: 'sack',
          blocks: [
            { left: seq(0xffff_fff0), right: seq(0x10) },
            { left: seq(0x20), right: seq(0x30) },
          ],
        },
      ],
    }),
  },
  RST: {
    ip: header({ source: '127.0.0.1', destination: '127.0.0.1' }),
    tcp: part({ sourcePort: 22, destinationPort: 23, flags: ['RST'] }),
  },
  ALL_FLAGS: {
    ip: header({ source: '1.2.3.4', destination: '5.6.7.8', id: 0x1234, moreFragments: true }),
    tcp: part({
      sourcePort: 1024,
      destinationPort: 1280,
      seq: seq(0x8000_0000),
      ack: seq(0x7fff_ffff),
      flags: ['SYN', 'FIN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR'],
      window: 0x1234,
      urgent: 0xabcd,
      options: [{ kind: 'padding', bytes: fromHex('00010203') }],
    }),
  },
}

describe('a packet written by hand', () => {
  it.each(Object.keys(PACKETS) as (keyof typeof PACKETS)[])('%s is read field by field, and written again', name => {
    expect(parseSegment(PACKETS[name])).toEqual({ segment: expected[name], ipChecksumOk: true, tcpChecksumOk: true })
    expect(toHex(emitSegment(expected[name]))).toBe(toHex(PACKETS[name]))
  })

  it('may be followed by the filling of a short frame', () => {
    expect(parseSegment(Uint8Array.of(...RST, 0, 0, 0, 0, 0, 0))).toEqual(parseSegment(RST))
    expect(parseSegment(Uint8Array.of(...DATA, 1, 2, 3))).toEqual(parseSegment(DATA))
  })

  it('keeps its own copy of everything, even of a Buffer out of a pool', () => {
    const pool = Buffer.concat([Buffer.from('front'), DATA, Buffer.from('back')])
    const packet = pool.subarray(5, 5 + DATA.length)
    const { segment } = parseSegment(packet)
    pool.fill(0xff)
    expect(segment).toEqual(expected.DATA)
    expect(Buffer.isBuffer(segment.tcp.payload)).toBe(false)
  })

  it.each([
    ['the time to live', 8, 'ip'],
    ["IP's checksum", 10, 'ip'],
    ['the window', 34, 'tcp'],
    ["TCP's checksum", 36, 'tcp'],
    ['the last option byte', 59, 'tcp'],
    ['the source, which both sums cover', 15, 'both'],
  ])('shows a wrong checksum: %s', (_, at, which) => {
    const { ipChecksumOk, tcpChecksumOk } = parseSegment(SYN.with(at, (SYN[at] ?? 0) ^ 0x08))
    expect({ ipChecksumOk, tcpChecksumOk }).toEqual({ ipChecksumOk: which === 'tcp', tcpChecksumOk: which === 'ip' })
  })
})

describe('what is no TCP segment', () => {
  it.each<[string, Uint8Array, string, string | RegExp]>([
    ['nothing', none, 'SEGMENT_TRUNCATED', 'There are no bytes at all.'],
    ['IPv6', SYN.with(0, 0x60), 'SEGMENT_NOT_IPV4', /say 6, not 4/],
    ['half an IP header', SYN.slice(0, 19), 'SEGMENT_TRUNCATED', /ends at byte 19, within IP's header/],
    ['an IP header of 16 bytes', SYN.with(0, 0x44), 'SEGMENT_IP_HEADER', /is 16 and must be 20 or more/],
    [
      'a packet cut short',
      SYN.slice(0, 59),
      'SEGMENT_TRUNCATED',
      /total length, in byte 2, is 60, and 59 bytes are here/,
    ],
    ['UDP', SYN.with(9, 17), 'SEGMENT_NOT_TCP', /is 17, not 6/],
    ['a later fragment', SYN.with(7, 3), 'SEGMENT_FRAGMENT', /from byte 24 on/],
    ['a fragment from the far end', SYN.with(6, 0x50), 'SEGMENT_FRAGMENT', /from byte 32768 on/],
    ['a total length of 0', SYN.with(3, 0), 'SEGMENT_TRUNCATED', /total length, 0, leaves no room/],
    ['a total length of 39', SYN.with(3, 39), 'SEGMENT_TRUNCATED', /total length, 39, leaves no room/],
    [
      'an IP header longer than the packet',
      RST.with(0, 0x4f),
      'SEGMENT_TRUNCATED',
      /no room for TCP's header from byte 60/,
    ],
    ['a TCP header of 16 bytes', SYN.with(32, 0x40), 'SEGMENT_TCP_HEADER', /byte 32, is 16 bytes and can be 20 to 40/],
    [
      'a TCP header longer than the packet',
      SYN.with(32, 0xb0),
      'SEGMENT_TCP_HEADER',
      /is 44 bytes and can be 20 to 40/,
    ],
    ['an option that does not fit', SYN.with(41, 0), 'SEGMENT_OPTION', /option 2, at byte 0 of the options/],
  ])('is refused: %s', (_, bytes, code, message) => {
    expect(() => parseSegment(bytes)).toThrow(SegmentError)
    expect(() => parseSegment(bytes)).toThrow(expect.objectContaining({ code }))
    expect(() => parseSegment(bytes)).toThrow(message)
  })
})

describe('what no packet can carry', () => {
  it.each<[string, Partial<IpHeader>, Partial<TcpPart>]>([
    ['an address of three parts', { source: '198.18.1' }, {}],
    ['an address with 256', { destination: '198.18.0.256' }, {}],
    ['an address in octal', { source: '198.18.0.010' }, {}],
    ['an empty address', { source: '' }, {}],
    ['a port of 65536', {}, { destinationPort: 65_536 }],
    ['a negative port', {}, { sourcePort: -1 }],
    ['a window that is no number', {}, { window: Number.NaN }],
    ['half a window', {}, { window: 0.5 }],
    ['five reserved bits', {}, { reserved: 16 }],
    ['an id of 17 bits', { id: 65_536 }, {}],
    ['a time to live of 256', { ttl: 256 }, {}],
    ['an IP option of half a word', { ipOptions: new Uint8Array(2) }, {}],
    ['11 words of IP options', { ipOptions: new Uint8Array(44) }, {}],
    ['a payload beyond the total length', {}, { payload: new Uint8Array(65_496) }],
  ])('is refused: %s', (_, ip, tcp) => {
    const emit = () => emitSegment({ ip: { ...expected.RST.ip, ...ip }, tcp: { ...expected.RST.tcp, ...tcp } })
    expect(emit).toThrow(SegmentError)
    expect(emit).toThrow(expect.objectContaining({ code: 'SEGMENT_UNREPRESENTABLE' }))
  })

  it('begins beyond the longest packet', () => {
    const segment = { ip: expected.RST.ip, tcp: { ...expected.RST.tcp, payload: new Uint8Array(65_495).fill(0xff) } }
    expect(parseSegment(emitSegment(segment))).toEqual({ segment, ipChecksumOk: true, tcpChecksumOk: true })
  })
})

it('flags are printed in the order of the RFC, whatever their own', () => {
  expect(flagsText(['ACK', 'SYN'])).toBe('SYN,ACK')
  expect(flagsText(['ACK', 'FIN'])).toBe('FIN,ACK')
  expect(flagsText([...FLAGS].reverse())).toBe('SYN,FIN,RST,PSH,ACK,URG,ECE,CWR')
  expect(flagsText([])).toBe('')
})

describe('any segment', () => {
  it('comes back as it went, with right sums', () => {
    fc.assert(
      fc.property(arbitrarySegment, segment => {
        expect(parseSegment(emitSegment(segment))).toEqual({ segment, ipChecksumOk: true, tcpChecksumOk: true })
      }),
      { numRuns: 2000 },
    )
  })

  it('mangled in any way, is refused with a SegmentError or read, and never anything else', () => {
    let refused = 0
    fc.assert(
      fc.property(mangled, bytes => {
        try {
          parseSegment(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(SegmentError)
          refused += 1
        }
      }),
      { numRuns: 10_000 },
    )
    // Both ends of the road are walked, or the test says nothing.
    expect(refused).toBeGreaterThan(1000)
    expect(refused).toBeLessThan(9000)
  })

  it('that can be read and has right sums is written byte for byte', () => {
    let read = 0
    fc.assert(
      fc.property(mangled.map(withRightSums), bytes => {
        let parsed: ReturnType<typeof parseSegment>
        try {
          parsed = parseSegment(bytes)
        } catch {
          return
        }
        read += 1
        const length = ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0)
        expect(toHex(emitSegment(parsed.segment))).toBe(toHex(bytes.subarray(0, length)))
        expect([parsed.ipChecksumOk, parsed.tcpChecksumOk]).toEqual([true, true])
      }),
      { numRuns: 5000 },
    )
    expect(read).toBeGreaterThan(500)
  })
})

function header(fields: Partial<IpHeader> & Pick<IpHeader, 'source' | 'destination'>): IpHeader {
  return {
    tos: 0,
    id: 0,
    reservedFlag: false,
    dontFragment: false,
    moreFragments: false,
    fragmentOffset: 0,
    ttl: 64,
    ipOptions: none,
    ...fields,
  }
}

function part(fields: Partial<TcpPart> & Pick<TcpPart, 'sourcePort' | 'destinationPort' | 'flags'>): TcpPart {
  return { seq: seq(0), ack: seq(0), window: 0, urgent: 0, reserved: 0, options: [], payload: none, ...fields }
}
