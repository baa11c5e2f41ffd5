import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SegmentError } from '../../src/errors.ts'
import { emitOptions, parseOptions, type TcpOption } from '../../src/tcp/options.ts'
import { seq } from '../../src/tcp/seq.ts'
import { arbitraryOptions } from './arbitrary.ts'
import { fromHex, toHex } from './hex.ts'

const bytes = fromHex

describe('TCP options', () => {
  it.each<[string, string, TcpOption[]]>([
    [
      "Linux's SYN",
      '020405b4 0402 080a 00000001 fffffffe 01 030307',
      [
        { kind: 'mss', size: 1460 },
        { kind: 'sackPermitted' },
        { kind: 'timestamps', value: 1, echo: 0xffff_fffe },
        { kind: 'nop' },
        { kind: 'windowScale', shift: 7 },
      ],
    ],
    [
      'two blocks, around the wrap',
      '0101 0512 fffffff0 00000010 00000020 00000030',
      [
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
    ],
    ['a request for a cookie', '2202 0000', [{ kind: 'fastOpen', cookie: bytes('') }]],
    [
      'a cookie',
      '220a 0123456789abcdef 0101',
      [{ kind: 'fastOpen', cookie: bytes('0123456789abcdef') }, { kind: 'nop' }, { kind: 'nop' }],
    ],
    ['one nobody knows', 'fd04 f989', [{ kind: 'unknown', number: 253, bytes: bytes('f989') }]],
    ['the usual zeros at the end', '03030a 00', [{ kind: 'windowScale', shift: 10 }]],
    ['a whole word of zeros', '00000000', [{ kind: 'padding', bytes: bytes('00000000') }]],
    ['bytes after the end', '01 00 02ff', [{ kind: 'nop' }, { kind: 'padding', bytes: bytes('0002ff') }]],
    ['none', '', []],
  ])('read and write %s', (_, hex, options) => {
    expect(parseOptions(bytes(hex))).toEqual(options)
    expect(toHex(emitOptions(options))).toBe(hex.replaceAll(' ', ''))
  })

  it.each([
    ['no length at all', '01010102'],
    ['a length of 0', '02000000'],
    ['a length of 1', 'fd010000'],
    ['a length beyond the end', '01010204'],
    ['an MSS of 3 bytes', '02030100'],
    ['a window scale of 4 bytes', '03040100'],
    ['a SACK permitted with an argument', '04030000'],
    ['a SACK without blocks', '05020000'],
    ['a SACK of half a block', '0506000000000000'],
    ['timestamps of 9 bytes', '080900000000000000000000'],
    ['a cookie of 3 bytes', '2205010203000000'],
    ['a cookie of 2 bytes', '22040102'],
    ['a cookie of 18 bytes', `2214${'00'.repeat(18)}`],
  ])('refuse %s', (_, hex) => {
    expect(() => parseOptions(bytes(hex))).toThrow(SegmentError)
  })

  it('say what is wrong and where', () => {
    expect(() => parseOptions(bytes('0101 0305'))).toThrow(
      'TCP option 3, at byte 2 of the options, says that its length is 5, and 2 bytes are left.',
    )
    expect(() => parseOptions(bytes('0101 020301 00'))).toThrow(
      'TCP option 2, at byte 2 of the options, has a length of 3, which it cannot have.',
    )
  })

  it.each<[string, TcpOption[]]>([
    ['more than 40 bytes', Array.from({ length: 41 }, () => ({ kind: 'nop' }))],
    ['an MSS that does not fit', [{ kind: 'mss', size: 65_536 }]],
    ['a negative timestamp', [{ kind: 'timestamps', value: -1, echo: 0 }]],
    ['half a shift', [{ kind: 'windowScale', shift: 0.5 }]],
    ['a SACK without blocks', [{ kind: 'sack', blocks: [] }]],
    ['an odd cookie', [{ kind: 'fastOpen', cookie: new Uint8Array(5) }]],
    ['a known option as an unknown one', [{ kind: 'unknown', number: 2, bytes: bytes('05b4') }]],
    ['an unknown option with an impossible number', [{ kind: 'unknown', number: 256, bytes: bytes('') }]],
    ['an unknown option of 300 bytes', [{ kind: 'unknown', number: 253, bytes: new Uint8Array(300) }]],
    ['padding before another option', [{ kind: 'padding', bytes: bytes('00010203') }, { kind: 'nop' }]],
    ['padding that does not begin with the end', [{ kind: 'padding', bytes: bytes('01000000') }]],
    ['padding that ends within a word', [{ kind: 'padding', bytes: bytes('000001') }]],
    ['padding that is implied', [{ kind: 'nop' }, { kind: 'padding', bytes: bytes('000000') }]],
  ])('cannot be written: %s', (_, options) => {
    expect(() => emitOptions(options)).toThrow(SegmentError)
  })

  it('come back as they went', () => {
    fc.assert(
      fc.property(arbitraryOptions, options => {
        const written = emitOptions(options)
        expect(written.length % 4).toBe(0)
        expect(parseOptions(written)).toEqual(options)
      }),
      { numRuns: 1000 },
    )
  })
})
