import { chmodSync } from 'node:fs'
import { Program, type ProgramEvent } from '../host/program.ts'
import type { Sandbox } from '../host/sandbox.ts'
import { OWN_FOLDER } from './languages.ts'
import { howItEnded } from './words.ts'

/** Why there is nothing to run. */
export interface Complaint {
  readonly reason: string
  readonly said: string
}

/** Has a submission's program made, as much a stranger's doing as running it. Null if nothing was wrong. */
export async function build(
  command: readonly string[],
  where: Pick<Sandbox, 'user' | 'sees' | 'writes'>,
): Promise<Complaint | null> {
  for (const folder of Object.values(where.writes ?? {})) chmodSync(folder, 0o777)
  const said: string[] = []
  const { promise, resolve } = Promise.withResolvers<Extract<ProgramEvent, { kind: 'program-ended' }>>()
  const sandbox = { ...where, capabilities: [], within: 'kernel' } as const
  await Program.spawn(0, { command, environment: { HOME: '/tmp' }, folder: OWN_FOLDER, sandbox }, event => {
    if (event.kind === 'program-said') said.push(event.text)
    if (event.kind === 'program-ended') resolve(event)
  })
  const end = await promise
  if (end.status === 0) return null
  // So says whoever should start it (setpriv(1)).
  if (end.status === NOT_THERE) return { reason: `It could not be made: there is no ${command[0]} here.`, said: '' }
  return { reason: `It could not be made: ${command[0]} ${howItEnded(end)}.`, said: said.join('') }
}

const NOT_THERE = 127
