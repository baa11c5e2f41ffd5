import {
  byteOption,
  comment,
  counterOption,
  emitOptions,
  joined,
  type Option,
  padded,
  textOption,
  timeWords,
  wordOption,
  words,
} from './options.ts'

/** A pcapng file is a row of blocks (draft-ietf-opsawg-pcapng, section 4). All of ours are little endian. */
const SECTION_HEADER = 0x0a0d_0d0a
const INTERFACE_DESCRIPTION = 1
const INTERFACE_STATISTICS = 5
const ENHANCED_PACKET = 6

/** By this word a reader knows the byte order. */
const BYTE_ORDER = 0x1a2b_3c4d
const VERSION_1_0 = 1
/**
 * A packet begins with its IPv4 header. Not LINKTYPE_RAW, which says so too: libpcap, and tcpdump with it, calls that 12 inside and
 * takes each further interface's 101 for another type than the first one's (add_interface, sf-pcapng.c).
 */
const LINKTYPE_IPV4 = 228
const NO_LIMIT = 0
/** 10^-9 s. */
const NANOSECONDS = 9

export function sectionHeader({ program, comments }: { program: string; comments: readonly string[] }): Uint8Array {
  // Of the section's length it may be said that it is not known: eight bytes of ones.
  const fixed = words(BYTE_ORDER, VERSION_1_0, 0xffff_ffff, 0xffff_ffff)
  return block(SECTION_HEADER, fixed, [...comments.map(comment), textOption(4, program)])
}

export interface InterfaceDescription {
  readonly name: string
  readonly description: string
  readonly comments: readonly string[]
}

/** Interfaces are numbered from 0, in the order of these. */
export function interfaceDescription({ name, description, comments }: InterfaceDescription): Uint8Array {
  return block(INTERFACE_DESCRIPTION, words(LINKTYPE_IPV4, NO_LIMIT), [
    ...comments.map(comment),
    textOption(2, name),
    textOption(3, description),
    byteOption(9, NANOSECONDS),
  ])
}

export interface EnhancedPacket {
  readonly interface: number
  /** Since 1970-01-01, 00:00 UTC. */
  readonly atNs: bigint
  readonly bytes: Uint8Array
  /** Null where a packet passes through. */
  readonly direction: 'in' | 'out' | null
  readonly comments: readonly string[]
}

/** epb_flags: the two lowest bits. */
const DIRECTIONS = { in: 1, out: 2 } as const

export function enhancedPacket({ interface: index, atNs, bytes, direction, comments }: EnhancedPacket): Uint8Array {
  // Its length as captured, and as it was: nothing is cut off.
  const fixed = joined([words(index), timeWords(atNs), words(bytes.length, bytes.length), padded(bytes)])
  const flags = direction === null ? [] : [wordOption(2, DIRECTIONS[direction])]
  return block(ENHANCED_PACKET, fixed, [...comments.map(comment), ...flags])
}

export interface InterfaceStatistics {
  readonly interface: number
  readonly atNs: bigint
  readonly received: number
  readonly dropped: number
}

export function interfaceStatistics(statistics: InterfaceStatistics): Uint8Array {
  const { interface: index, atNs, received, dropped } = statistics
  return block(INTERFACE_STATISTICS, joined([words(index), timeWords(atNs)]), [
    counterOption(4, received),
    counterOption(5, dropped),
  ])
}

/** The length stands at both ends, so that a reader can go backwards. */
function block(type: number, fixed: Uint8Array, options: readonly Option[]): Uint8Array {
  const body = joined([fixed, emitOptions(options)])
  const length = words(body.length + 12)
  return joined([words(type), length, body, length])
}
