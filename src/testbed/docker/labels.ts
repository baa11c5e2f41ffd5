import { hostname } from 'node:os'
import { isOwnerAlive, ownerName } from '../../host/owner.ts'

const OWNER = 'org.handwave.owner'
/** An engine may serve several machines, and a process has its number on one of them. */
const MACHINE = 'org.handwave.machine'

/** On all that is made for a run: whose it is. */
export function ownLabels(): Record<string, string> {
  return { [OWNER]: ownerName(), [MACHINE]: hostname() }
}

/** For the engine's lists: what handwave has made on this machine. */
export const OURS = { label: [`${MACHINE}=${hostname()}`] }

/** Whether it was left by a run that is no more. */
export function isLeft(labels: Readonly<Record<string, string>> | undefined): boolean {
  const owner = labels?.[OWNER]
  return owner !== undefined && labels?.[MACHINE] === hostname() && !isOwnerAlive(owner)
}
