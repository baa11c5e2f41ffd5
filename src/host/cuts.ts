import { type HostPlace, LOSS_MARK } from './network.ts'
import { nft } from './nft.ts'
import type { Command } from './shell.ts'

/** From one address to another. */
export interface Direction {
  readonly from: string
  readonly to: string
}

/** From now on everything is lost, in one direction or in all. To cut again what is cut changes nothing. */
export function cutCommands(self: HostPlace, direction: Direction | null): Command[] {
  const what = direction === null ? '' : `ip saddr ${direction.from} ip daddr ${direction.to} `
  return [nft([`add rule ip handwave cuts iifname "${self.device}" ${what}meta mark set ${LOSS_MARK}`])]
}

/** Whatever was cut is whole again. */
export function mendCommands(): Command[] {
  return [nft(['flush chain ip handwave cuts'])]
}
