import { UsageError } from '../errors.ts'
import type { Evidence, SeenSegment } from '../evidence/evidence.ts'
import type { Pattern } from '../host/losses.ts'
import type { TestbedHost } from '../testbed/testbed.ts'
import { type FaultContext, type FaultTarget, addressIn, patternOf, shape } from './faults.ts'
import { type Forged, forge, forgeRow, toBase64 } from './forge.ts'
import type { Observer } from './observer.ts'
import type { Watch } from './watch.ts'

/** Everything that a play may do to segments on their way. */
export class StageWire {
  readonly #wire: TestbedHost
  readonly #watch: Watch
  readonly #observer: Observer
  readonly #context: () => FaultContext
  readonly #faults: Fault[] = []

  constructor(wire: TestbedHost, watch: Watch, observer: Observer, context: () => FaultContext) {
    this.#wire = wire
    this.#watch = watch
    this.#observer = observer
    this.#context = context
  }

  /** Drops one segment: that of a row of the picture, or the nth from now on with exactly these flags. */
  async lose(target: FaultTarget): Promise<void> {
    await this.#wire.agent.lose(await this.#drawnAsLost('lose', target))
  }

  /** The same, and its sender is told so, as by a router that knows no way: ICMP, host unreachable. */
  async refuse(target: FaultTarget): Promise<void> {
    await this.#wire.agent.refuse(await this.#drawnAsLost('refuse', target))
  }

  /** Keeps one segment back, until it is released. */
  async hold(target: FaultTarget): Promise<HeldSegment> {
    await this.#observer.listenOut()
    const pattern = patternOf(target, this.#context(), 'transit')
    const fault = this.#fault('hold', pattern)
    this.#faults.push(fault)
    this.#observer.holdBack(evidence => fault.find(evidence))
    await this.#wire.agent.hold(pattern)
    return new HeldSegment(fault, this.#wire, this.#watch, this.#observer)
  }

  /** Lets nothing through, in all directions or from one host to another, until it is mended. */
  async cut(direction: { from: string; to: string } | null = null): Promise<void> {
    const { addresses } = this.#context()
    await this.#wire.agent.cut(
      direction && { from: addressIn(addresses, direction.from), to: addressIn(addresses, direction.to) },
    )
  }

  /** Whatever was cut is whole again. */
  async mend(): Promise<void> {
    await this.#wire.agent.mend()
  }

  /** Sends a segment that no kernel has sent: the one that a row of the picture shows, or any other. */
  async inject(forged: { readonly row: number } | Forged): Promise<void> {
    const segment =
      'row' in forged ? forgeRow(forged.row, this.#context(), this.#watch.now().match.bindings) : forge(forged)
    await this.#wire.agent.inject({ base64: toBase64(segment) })
  }

  /** Faults that have not happened, in sentences. */
  missed(evidence: Evidence): string[] {
    return this.#faults.flatMap(fault => fault.missed(evidence) ?? [])
  }

  async #drawnAsLost(kind: Fault['kind'], target: FaultTarget): Promise<Pattern> {
    await this.#observer.listenOut()
    const pattern = patternOf(target, this.#context(), 'lost')
    this.#faults.push(this.#fault(kind, pattern))
    return pattern
  }

  #fault(kind: Fault['kind'], pattern: Pattern): Fault {
    const { evidence } = this.#watch.now()
    return new Fault(kind, pattern, evidence.segments.length)
  }
}

/** A segment that the wire keeps, or will keep once it comes. */
export class HeldSegment {
  readonly #fault: Fault
  readonly #wire: TestbedHost
  readonly #watch: Watch
  readonly #observer: Observer
  #isReleased = false

  constructor(fault: Fault, wire: TestbedHost, watch: Watch, observer: Observer) {
    this.#fault = fault
    this.#wire = wire
    this.#watch = watch
    this.#observer = observer
  }

  /** Waits until the wire has it. */
  async caught(): Promise<SeenSegment> {
    return await this.#watch.until(({ evidence }) => {
      const segment = this.#fault.find(evidence)
      return segment?.lost ? segment : undefined
    })
  }

  /** Lets it go on its way, as if it had only been slow. Waits until it has been caught. */
  async release(): Promise<void> {
    if (this.#isReleased) throw new UsageError('RELEASED', 'A segment that was held is released a second time.')
    this.#isReleased = true
    const { id } = await this.caught()
    await this.#wire.agent.inject({ base64: toBase64(this.#observer.segment(id)) })
  }
}

/** One segment that is to be lost or held: the nth of a kind that leaves after it was arranged. */
class Fault {
  readonly kind: 'lose' | 'refuse' | 'hold'
  readonly #pattern: Pattern
  readonly #since: number

  constructor(kind: Fault['kind'], pattern: Pattern, since: number) {
    this.kind = kind
    this.#pattern = pattern
    this.#since = since
  }

  find(evidence: Evidence): SeenSegment | undefined {
    const { exactly, nth } = this.#pattern
    const { from, to } = this.#names(evidence)
    const alike = evidence.segments.filter(
      segment =>
        segment.id >= this.#since &&
        segment.from === from &&
        segment.to === to &&
        shape(segment.flags) === shape(exactly),
    )
    return alike[nth - 1]
  }

  missed(evidence: Evidence): string | null {
    const { exactly, nth } = this.#pattern
    const { from, to } = this.#names(evidence)
    const segment = this.find(evidence)
    const wanted = `${from}'s ${nth === 1 ? '' : `${nth}th `}${exactly.join(',')} to ${to}`
    if (!segment) return `The wire was to ${this.kind} ${wanted}, and it never came.`
    if (this.kind === 'hold' || segment.lost) return null
    return `The wire was to ${this.kind} ${wanted}, and it arrived.`
  }

  #names({ hosts }: Evidence): { from: string | undefined; to: string | undefined } {
    const nameAt = (address: string) => Object.keys(hosts).find(name => hosts[name] === address)
    return { from: nameAt(this.#pattern.from), to: nameAt(this.#pattern.to) }
  }
}
