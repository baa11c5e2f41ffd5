import type { Instant } from '../../evidence/evidence.ts'
import { latest } from '../../evidence/instants.ts'
import type { Capture, CapturedPacket, Vantage } from '../../lab/capture.ts'
import type { LabResult } from '../../lab/result.ts'
import { enhancedPacket, interfaceDescription, interfaceStatistics, sectionHeader } from './blocks.ts'
import { commentsOf } from './comments.ts'
import { joined } from './options.ts'

/**
 * One run of a lab as a pcapng file. Every host is an interface, the wire is the last one: so one segment is there up to
 * three times, as it left, as it passed, as it arrived. The lab's clock begins at the given wall time.
 */
export function toPcapng(result: LabResult, beganAtMs: number): Uint8Array {
  const { title, evidence, capture } = result
  const lab = result.case === null ? result.id : `${result.id}/${result.case}`
  const header = sectionHeader({ program: 'handwave', comments: [`${lab}: ${title}`, ...evidence.gaps] })
  if (!capture) return header
  const { vantages, rows } = capture
  const numbers = new Map(vantages.map(({ name }, index) => [name, index]))
  const packets = byTime(capture.packets, numbers)
  const { onPackets, onVantages } = commentsOf(evidence, packets, rows)
  const endNs = onClock(latest(evidence) ?? packets.at(-1)?.at ?? null, beganAtMs)
  return joined([
    header,
    ...vantages.map(({ name, address }, index) =>
      interfaceDescription({
        name,
        description: index === vantages.length - 1 ? `${address}, ${BEFORE_FAULTS}` : address,
        comments: onVantages.get(name) ?? [],
      }),
    ),
    ...packets.map(packet =>
      enhancedPacket({
        interface: numbers.get(packet.vantage) ?? 0,
        atNs: onClock(packet.at, beganAtMs),
        bytes: Buffer.from(packet.base64, 'base64'),
        direction: packet.direction === 'through' ? null : packet.direction,
        comments: onPackets.get(packet) ?? [],
      }),
    ),
    ...vantages.map((vantage, index) =>
      interfaceStatistics({ interface: index, atNs: endNs, ...countsOf(vantage, packets) }),
    ),
  ])
}

const BEFORE_FAULTS = 'what the wire heard, before any delay or loss'

/** At one time causes come before effects, and a host before the wire. */
function byTime(packets: Capture['packets'], numbers: ReadonlyMap<string, number>): CapturedPacket[] {
  const number = ({ vantage }: CapturedPacket) => numbers.get(vantage) ?? 0
  return packets.toSorted((a, b) => a.at.tMs - b.at.tMs || a.at.n - b.at.n || number(a) - number(b))
}

/** Whole nanoseconds: a double has room for a lab's own time to the nanosecond, but not for one since 1970. */
function onClock(instant: Instant | null, beganAtMs: number): bigint {
  return BigInt(Math.round(beganAtMs)) * 1_000_000n + BigInt(Math.round((instant?.tMs ?? 0) * 1e6))
}

/** A packet that found no room was received all the same. */
function countsOf({ name, drops }: Vantage, packets: Capture['packets']): { received: number; dropped: number } {
  const shown = packets.filter(({ vantage }) => vantage === name).length
  return { received: shown + drops, dropped: drops }
}
