import { cutCommands, type Direction, mendCommands } from './cuts.ts'
import { holdCommands, loseCommands, type Pattern, refuseCommands } from './losses.ts'
import type { HostPlace } from './network.ts'
import { lossOrdinals, type RandomLoss, randomLossCommands } from './random-loss.ts'
import type { Command } from './shell.ts'

/** What an agent on the wire can be told to do to segments. Until then they pass. */
export interface WireFaults {
  lose(pattern: Pattern): Promise<void>
  /** It is lost, and its sender told so: ICMP, host unreachable. */
  refuse(pattern: Pattern): Promise<void>
  /** The segment is told by the tap as any other, and goes no further. `inject` its bytes for it to arrive after all. */
  hold(pattern: Pattern): Promise<void>
  /** Nothing passes in this direction, or, for null, in any. */
  cut(direction: Direction | null): Promise<void>
  mend(): Promise<void>
  /** In each of these directions from now on, drawn from streams of their own. */
  loseAtRandom(options: RandomLoss & { directions: readonly Direction[] }): Promise<void>
}

/** By rules of nftables. */
export class NftFaults implements WireFaults {
  readonly #self: HostPlace
  readonly #run: (commands: readonly Command[]) => Promise<void>

  constructor(self: HostPlace, run: (commands: readonly Command[]) => Promise<void>) {
    this.#self = self
    this.#run = run
  }

  lose(pattern: Pattern) {
    return this.#run(loseCommands(this.#self, pattern))
  }

  refuse(pattern: Pattern) {
    return this.#run(refuseCommands(this.#self, pattern))
  }

  hold(pattern: Pattern) {
    return this.#run(holdCommands(this.#self, pattern))
  }

  cut(direction: Direction | null) {
    return this.#run(cutCommands(this.#self, direction))
  }

  mend() {
    return this.#run(mendCommands())
  }

  loseAtRandom({ percent, seed, directions }: RandomLoss & { directions: readonly Direction[] }) {
    const commands = directions.flatMap((direction, stream) =>
      randomLossCommands(this.#self, direction, lossOrdinals({ percent, seed, among: ROUND, stream }), ROUND),
    )
    return this.#run(commands)
  }
}

/** So many segments in a direction, and its losses begin anew. More than most labs have. */
const ROUND = 10_000
