import { InjectionRefused, type Surroundings } from './enclosure.ts'

/** What no host sends more of, or longer, whoever asks for it. */
export interface FloodLimits {
  /** In its life, one by one or in floods. */
  readonly segments: number
  readonly perSecond: number
  readonly ms: number
}

const LIMITS: FloodLimits = { segments: 2_000_000, perSecond: 1_000_000, ms: 60_000 }
/** Where the bridge is an engine's, perhaps on somebody else's machine. */
const LIMITS_OUT_OF_SIGHT: FloodLimits = { segments: 2000, perSecond: 1000, ms: 10_000 }

export function limitsOf({ bridge }: Pick<Surroundings, 'bridge'>): FloodLimits {
  return bridge === null ? LIMITS_OUT_OF_SIGHT : LIMITS
}

/** That a flood would keep to the limits, before its first packet. */
export function requireWithin(
  limits: FloodLimits,
  { segments, perSecond }: { readonly segments: number; readonly perSecond: number },
): void {
  requireAtMost('segments', segments, limits.segments)
  requireAtMost('segments a second', perSecond, limits.perSecond)
  requireAtMost('seconds', segments / perSecond, limits.ms / 1000)
}

/** How many packets a host has sent by hand, and whether it may send more. */
export class Budget {
  readonly limits: FloodLimits
  #sent = 0

  constructor(limits: FloodLimits) {
    this.limits = limits
  }

  take(segments: number): void {
    requireAtMost('segments', this.#sent + segments, this.limits.segments)
    this.#sent += segments
  }
}

function requireAtMost(what: string, wanted: number, most: number): void {
  // Not the other way round: what is no number is at most nothing.
  if (wanted > 0 && wanted <= most) return
  throw new InjectionRefused('INJECT_LIMIT', `${wanted} ${what} are not sent by one host here, but at most ${most}.`)
}
