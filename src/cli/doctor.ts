import { parseArgs, styleText } from 'node:util'
import { HandwaveError } from '../errors.ts'
import { ADDON_NEEDS, isAddonBuilt } from '../testbed/addon.ts'
import type { Engine } from '../testbed/docker/engine.ts'
import { kernelStatus } from '../testbed/kernel/build.ts'
import { hasNetem } from '../testbed/netns/abilities.ts'
import { aptCommand, findMissing, HOST_NEEDS, packagesOf } from '../testbed/needs.ts'
import { CALLED } from './called.ts'

export const usage = `handwave doctor

What this machine can do, and what it lacks, with the remedy. Exit status 3 where labs cannot run.
`

/** One line of the table: what was looked at, what was found, and what to do if that is not enough. */
interface Finding {
  readonly what: string
  readonly ok: boolean
  readonly found: string
  readonly remedy?: string
}

export async function run(args: readonly string[]): Promise<number> {
  parseArgs({ args: [...args], options: {} })
  const findings = [
    node(),
    await packages(),
    await rawSocket(),
    await kernelRecipe(),
    await namespaces(),
    await containers(),
  ]
  for (const finding of findings) process.stdout.write(describe(finding))
  return findings.every(({ ok }) => ok) ? 0 : 3
}

function node(): Finding {
  return { what: 'Node', ok: true, found: `${process.versions.node}, ${process.platform} ${process.arch}` }
}

async function packages(): Promise<Finding> {
  const missing = await findMissing(HOST_NEEDS, process.env)
  const names = packagesOf(missing).join(', ')
  if (missing.length === 0)
    return { what: 'programs', ok: true, found: 'ip, tc, bridge, nft and what else a host needs' }
  return { what: 'programs', ok: false, found: `missing: ${names}`, remedy: aptCommand(packagesOf(missing)) }
}

async function rawSocket(): Promise<Finding> {
  if (isAddonBuilt()) return { what: 'raw-socket', ok: true, found: 'built for this Node' }
  const missing = packagesOf(await findMissing(ADDON_NEEDS, process.env))
  if (missing.length > 0) {
    const found = `not built for this Node; to build it is missing: ${missing.join(', ')}`
    return { what: 'raw-socket', ok: false, found, remedy: aptCommand(missing) }
  }
  const found = 'not built for this Node yet; all is there to build it'
  return { what: 'raw-socket', ok: false, found, remedy: `${CALLED} run` }
}

async function kernelRecipe(): Promise<Finding> {
  const { built, missing, unsupported, path } = await kernelStatus()
  if (unsupported !== null) return { what: 'lab kernel', ok: false, found: unsupported }
  if (built)
    return {
      what: 'lab kernel',
      ok: true,
      found: `Linux ${built.kernel.version}, virtual time, netem, tracepoints: ${path}`,
    }
  if (missing.length === 0) {
    return {
      what: 'lab kernel',
      ok: false,
      found: 'not built yet; all is there to build it',
      remedy: `${CALLED} kernel build`,
    }
  }
  const names = packagesOf(missing)
  return {
    what: 'lab kernel',
    ok: false,
    found: `not built yet; to build it is missing: ${names.join(', ')}`,
    remedy: aptCommand(names),
  }
}

/** `--on netns`: what it cannot do here is no fault of the machine's, as long as there is the lab kernel. */
async function namespaces(): Promise<Finding> {
  const what = 'namespaces'
  if (process.platform !== 'linux') return { what, ok: true, found: 'only on Linux' }
  if (process.getuid?.() !== 0) return { what, ok: true, found: 'only as root: --on netns is not for you here' }
  const found = (await hasNetem())
    ? 'root, netem: every lab that needs no virtual time'
    : 'root, but no netem in this kernel: labs with a delay or a loss by chance are inconclusive on netns'
  return { what, ok: true, found }
}

/** `--on docker`: an engine is no must either. */
async function containers(): Promise<Finding> {
  const what = 'containers'
  try {
    const { findEngine } = await import('../testbed/docker/engine.ts')
    const engine = await findEngine()
    const { Version } = await engine.container.dockerode.version()
    return { what, ok: true, found: `engine ${Version}${await imageAndNetem(engine)}` }
  } catch (error) {
    if (!(error instanceof HandwaveError)) throw error
    return { what, ok: true, found: `${error.message} ${error.hint ?? ''}`.trim() }
  }
}

async function imageAndNetem(engine: Engine): Promise<string> {
  const { findHostImage } = await import('../testbed/docker/image.ts')
  const image = await findHostImage(engine.container.dockerode)
  if (image === null) return `; the host image is made when it is first needed: ${CALLED} run --on docker`
  const { engineHasNetem } = await import('../testbed/docker/netem.ts')
  return (await engineHasNetem(engine, image))
    ? ', host image, netem: every lab that needs no virtual time'
    : ', host image, but no netem in its kernel: labs with a delay or a loss by chance are inconclusive on docker'
}

function describe({ what, ok, found, remedy }: Finding): string {
  const mark = styleText(ok ? 'green' : 'red', ok ? '✓' : '✗', { stream: process.stdout })
  return `${mark} ${what.padEnd(12)} ${found}\n${ok || remedy === undefined ? '' : `               ${remedy}\n`}`
}
