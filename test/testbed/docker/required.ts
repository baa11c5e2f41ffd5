import type { TestContext } from 'vitest'
import { unsupportedPlatform } from '../../../src/testbed/kernel/platform.ts'
import { ENGINE_NEEDS, findMissing, HOST_IMAGE_NEEDS, packagesOf } from '../../../src/testbed/needs.ts'

/** Why there can be no engine in the lab kernel, or null. */
export async function whyNoEngineInKernel(): Promise<string | null> {
  return unsupportedPlatform() ?? (await whyNot())
}

/** Why no engine can be started on this machine, or null. */
export async function whyNoEngineOnMachine(): Promise<string | null> {
  if (process.getuid?.() !== 0) return 'only root can start an engine'
  return await whyNot()
}

async function whyNot(): Promise<string | null> {
  const packages = packagesOf(await findMissing([...ENGINE_NEEDS, ...HOST_IMAGE_NEEDS], process.env))
  return packages.length === 0 ? null : `not installed: ${packages.join(', ')}`
}

/** Gives the reason back; where containers are required, it is a failure. */
export function requireEngine(reason: string | null): string | null {
  if (reason !== null && process.env['HANDWAVE_REQUIRE'] === 'docker')
    throw new Error(`HANDWAVE_REQUIRE=docker, and ${reason}.`)
  return reason
}

/** Skips a test that cannot be. */
export function skipWithoutEngine(context: TestContext, reason: string | null): void {
  if (requireEngine(reason) !== null) context.skip(reason ?? '')
}
