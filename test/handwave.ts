import { join, resolve } from 'node:path'
import { execa } from 'execa'
import type { RunDocument } from '../src/report/run-document.ts'

export const ROOT = resolve(import.meta.dirname, '..')
export const LAUNCHER = join(ROOT, 'bin/handwave.mjs')
export const FIXTURES = join(ROOT, 'test/labs/fixtures')

/** The command line as a user calls it, whatever its exit status. */
export async function handwave(...args: string[]) {
  return await execa(process.execPath, [LAUNCHER, ...args], { cwd: ROOT, reject: false, stdin: 'ignore' })
}

/** Whose path does not lead to an administrator's tools, like an ordinary Debian user's. */
export const USER_PATH = '/usr/local/bin:/usr/bin:/bin'

export async function runLabs(...args: string[]): Promise<{ status: number; document: RunDocument }> {
  const { stdout, stderr, exitCode } = await handwave('run', '--on', 'kernel', '--json', ...args)
  if (stdout === '')
    throw new Error(`handwave run ${args.join(' ')} printed no document (status ${exitCode}): ${stderr}`)
  return { status: exitCode ?? -1, document: JSON.parse(stdout) as RunDocument }
}
