import { fileURLToPath } from 'node:url'
import type { Link } from '../host/netem.ts'
import type { Testbed } from '../testbed/testbed.ts'
import type { Wanted } from './catalogue.ts'

export const LAUNCHER = fileURLToPath(new URL('../../bin/handwave.mjs', import.meta.url))

/** What the process outside asks of the runner inside. */
export interface InsideRequest {
  readonly kind: Testbed['kind']
  /** For containers: what they are made of, and whether one of them reads the kernel's trace. */
  readonly docker: { readonly image: string; readonly trace: boolean } | null
  readonly wanted: readonly Wanted[]
  readonly changes: LinkChanges
  /** Whether results are to bring the packets: most runs have no use for them. */
  readonly packets: boolean
  /** Leave the last lab's hosts where they are until asked to end. */
  readonly keep: boolean
  /** Somebody looks on. */
  readonly live: boolean
}

/** What the command line asks of every lab's link. */
export interface LinkChanges {
  readonly link: Link
  /** Loss that repeats: the same segments for the same seed. */
  readonly loss: { readonly percent: number; readonly seed: number } | null
}

export function insideCommand(request: InsideRequest, nodeOptions: readonly string[] = []): string[] {
  return [process.execPath, ...nodeOptions, LAUNCHER, 'inside', JSON.stringify(request)]
}
