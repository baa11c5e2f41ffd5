import { styleText } from 'node:util'
import { kernelStatus } from '../testbed/kernel/build.ts'
import { aptCommand, findMissing, HOST_NEEDS, packagesOf } from '../testbed/needs.ts'

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

export async function run(): Promise<number> {
  const findings = [node(), await packages(), await rawSocket(), await kernelRecipe(), ...otherTestbeds()]
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
    return { what: 'programs', ok: true, found: 'ip, tc, bridge, nft, ethtool and what else a host needs' }
  return { what: 'programs', ok: false, found: `missing: ${names}`, remedy: aptCommand(packagesOf(missing)) }
}

async function rawSocket(): Promise<Finding> {
  try {
    await import('raw-socket')
    return { what: 'raw-socket', ok: true, found: 'built for this Node' }
  } catch (error) {
    const found = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
    return { what: 'raw-socket', ok: false, found, remedy: 'npm start builds it' }
  }
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
      remedy: 'npm run -s handwave -- kernel build',
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

/** What is planned and not there yet is said, and is no fault of the machine's. */
function otherTestbeds(): Finding[] {
  return [{ what: 'containers', ok: true, found: 'not in this version of handwave' }]
}

function describe({ what, ok, found, remedy }: Finding): string {
  const mark = styleText(ok ? 'green' : 'red', ok ? '✓' : '✗', { stream: process.stdout })
  return `${mark} ${what.padEnd(12)} ${found}\n${ok || remedy === undefined ? '' : `               ${remedy}\n`}`
}
