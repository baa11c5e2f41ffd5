import { isAddonBuilt } from '../testbed/addon.ts'

/** raw-socket, by which hosts hear; built first where this Node cannot load it. */
export async function ensureAddonShown(signal: AbortSignal): Promise<void> {
  if (isAddonBuilt()) return
  // What builds is loaded only where there is something to build.
  const { buildAddon } = await import('../testbed/addon-build.ts')
  await buildAddon({ signal, onBuild: () => process.stderr.write('Building raw-socket for this Node, once…\n') })
}
