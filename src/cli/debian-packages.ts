import { existsSync } from 'node:fs'
import { execa } from 'execa'
import { MissingError } from '../errors.ts'
import { aptCommand, findMissing, insteadOf, missingError, type Need, packagesOf } from '../testbed/needs.ts'
import { withoutServices } from './held-services.ts'

/** Installs what is missing where this process may; otherwise the error says what to run. */
export async function provide(missing: readonly Need[], signal: AbortSignal): Promise<void> {
  if (!(await canInstall())) throw missingError('handwave', missing)
  await installQuietly(missing, signal)
  const still = await findMissing(missing, process.env)
  if (still.length > 0) throw missingError('Even with its packages installed, handwave', still)
}

/** Installs what only more could be tested with, where this process may. */
export async function provideWished(wished: readonly Need[], signal: AbortSignal): Promise<void> {
  if (await canInstall()) await installQuietly(wished, signal)
}

async function canInstall(): Promise<boolean> {
  return (
    process.getuid?.() === 0 && (await findMissing([{ tool: 'apt-get', package: 'apt' }], process.env)).length === 0
  )
}

async function installQuietly(missing: readonly Need[], signal: AbortSignal): Promise<void> {
  const work = async () => await install(missing, signal)
  await (existsSync('/run/systemd/system') ? withoutServices(work) : work())
}

async function install(missing: readonly Need[], signal: AbortSignal): Promise<void> {
  const packages = packagesOf(missing)
  process.stderr.write(`Installing Debian packages: ${packages.join(' ')}\n`)
  const installing = ['install', '--yes', '--no-install-recommends', ...packages]
  if ((await aptGet(installing, signal)).status === 0) return
  // A fresh machine has no lists of packages, and an old one's name versions that are gone.
  await aptGet(['update'], signal)
  const { status, output } = await aptGet(installing, signal)
  if (status === 0) return
  const sentences = [`apt-get could not install them. It said:\n${output.trimEnd()}`, ...insteadOf(missing)]
  throw new MissingError('APT', sentences.join('\n'), { hint: `apt-get update && ${aptCommand(packages)}` })
}

async function aptGet(args: readonly string[], signal: AbortSignal): Promise<{ status: number; output: string }> {
  const { exitCode, all, shortMessage } = await execa('apt-get', ['-o', 'DPkg::Lock::Timeout=120', ...args], {
    env: { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'pipe'],
    all: true,
    reject: false,
  })
  // dpkg is not to be stopped half-way: an interruption takes effect here.
  signal.throwIfAborted()
  return { status: exitCode ?? 1, output: all || shortMessage || '' }
}
