import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  enhancedPacket,
  interfaceDescription,
  interfaceStatistics,
  sectionHeader,
} from '../../src/report/pcapng/blocks.ts'
import { readPcapng, texts } from './read-pcapng.ts'

const HEADER = sectionHeader({ program: 'handwave', comments: [] })
const PACKET = { interface: 0, atNs: 0n, bytes: Uint8Array.of(1), direction: null, comments: [] } as const

const read = (...blocks: Uint8Array[]) => readPcapng(Buffer.concat(blocks))

/** Whole characters of all planes, none of them half a pair. */
const text = fc.string({ unit: 'binary', maxLength: 40 })

describe('a pcapng file', () => {
  it('says what it is', () => {
    const { section, packets } = read(sectionHeader({ program: 'handwave', comments: ['Grüße', 'zwei'] }))
    expect(texts(section, 1)).toEqual(['Grüße', 'zwei'])
    expect(texts(section, 4)).toEqual(['handwave'])
    expect(packets).toEqual([])
  })

  it('has interfaces whose packets are IP and whose times are nanoseconds', () => {
    fc.assert(
      fc.property(text, text, fc.array(text), (name, description, comments) => {
        const { interfaces } = read(HEADER, interfaceDescription({ name, description, comments }))
        const [only] = interfaces
        if (!only) throw new Error('There is no interface.')
        expect(only.linkType).toBe(228)
        expect(texts(only.options, 1)).toEqual(comments)
        expect(texts(only.options, 2)).toEqual([name])
        expect(texts(only.options, 3)).toEqual([description])
        expect(only.options.get(9)).toEqual([Buffer.of(9)])
      }),
    )
  })

  it('has packets of any length, with times of 64 bits and comments in UTF-8', () => {
    const packet = fc.record({
      interface: fc.nat(),
      atNs: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      bytes: fc.uint8Array({ maxLength: 70 }),
      direction: fc.constantFrom('in', 'out', null),
      comments: fc.array(text, { maxLength: 4 }),
    })
    fc.assert(
      fc.property(fc.array(packet), given => {
        const { packets } = read(HEADER, ...given.map(enhancedPacket))
        const shown = packets.map(({ interface: index, atNs, bytes, comments, options }) => {
          const flags = options.get(2)?.map(value => value.readUInt32LE())
          const direction =
            flags === undefined ? null : flags.join() === '1' ? 'in' : flags.join() === '2' ? 'out' : flags
          return { interface: index, atNs, bytes: Uint8Array.from(bytes), direction, comments }
        })
        expect(shown).toEqual(given)
      }),
    )
  })

  it('has counters of 64 bits', () => {
    const { statistics } = read(
      HEADER,
      interfaceStatistics({ interface: 3, atNs: 2n ** 40n + 1n, received: 2 ** 40 + 5, dropped: 7 }),
    )
    expect(statistics.map(({ interface: index, atNs }) => [index, atNs])).toEqual([[3, 2n ** 40n + 1n]])
    expect(statistics[0]?.options.get(4)?.map(value => value.readBigUInt64LE())).toEqual([2n ** 40n + 5n])
    expect(statistics[0]?.options.get(5)?.map(value => value.readBigUInt64LE())).toEqual([7n])
  })

  it('has comments as long as there is room for, and no half characters', () => {
    const long = 'é'.repeat(40_000)
    const { packets } = read(HEADER, enhancedPacket({ ...PACKET, comments: [long, 'and another'] }))
    expect(packets[0]?.comments).toEqual(['é'.repeat(32_767), 'and another'])
  })

  it('has no options where nothing is to be said', () => {
    // 32 bytes of the block's own, and a packet of one byte.
    expect(enhancedPacket(PACKET)).toHaveLength(36)
  })
})
