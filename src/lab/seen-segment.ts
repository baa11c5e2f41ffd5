import type { SeenSegment } from '../evidence/evidence.ts'
import { type Look, type Moment, NotSeen } from './seen-moment.ts'

/** A segment, with moments that can be compared. */
export class SegmentSeen {
  /** The host that sent it. */
  readonly from: string
  readonly seq: number
  readonly ack: number | null
  readonly length: number
  /** In the header's order, PSH aside: `'FIN,ACK'`. */
  readonly flags: string
  readonly isLost: boolean
  /** Whether its sender has sent it before. */
  readonly isRepeat: boolean
  readonly #segment: SeenSegment
  readonly #look: Look

  constructor(segment: SeenSegment, isRepeat: boolean, look: Look) {
    this.isRepeat = isRepeat
    this.from = segment.from
    this.seq = segment.seq
    this.ack = segment.ack
    this.length = segment.length
    this.flags = segment.flags.filter(flag => flag !== 'PSH').join()
    this.isLost = segment.lost !== null
    this.#segment = segment
    this.#look = look
  }

  get departed(): Moment {
    return this.#look(this.#segment.from, this.#segment.departed)
  }

  get arrived(): Moment {
    if (!this.#segment.arrived) throw new NotSeen('A segment that a claim asks for did not arrive.')
    return this.#look(this.#segment.to, this.#segment.arrived)
  }

  /** Whether its acknowledgement counts this many from the other segment's sequence number. */
  acknowledges(other: SegmentSeen, plus: number): boolean {
    return this.ack === (other.seq + plus) >>> 0
  }

  /** Whether its sequence number is so much further than the other's. */
  follows(other: SegmentSeen, plus: number): boolean {
    return this.seq === (other.seq + plus) >>> 0
  }
}
