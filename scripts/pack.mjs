// Called by npm before it packs: makes dist/, because Node runs no TypeScript from node_modules.
import { spawnSync } from 'node:child_process'
import { cpSync, readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { ROOT } from './setup/root.mjs'

const DIST = join(ROOT, 'dist')
const require = createRequire(import.meta.url)

rmSync(DIST, { recursive: true, force: true })
compile('tsconfig.json')
// Held against the types that the package has just been given, as a user's labs will be.
compile('tsconfig.labs.json')
copyAddon()
copyAssignments()

function compile(project) {
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc')
  const { status } = spawnSync(process.execPath, [tsc, '--project', join(ROOT, 'scripts/pack', project)], {
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(status ?? 1)
}

/**
 * raw-socket as source, and the nan that it builds with: its own choice of nan does not compile on Node 24 and later, and a
 * package's overrides count for nothing where it is installed. In here npm does not see them, so that it neither builds
 * them nor, where it cannot, takes them away: handwave builds what it needs (src/testbed/addon-build.ts).
 */
function copyAddon() {
  copyFrom('raw-socket', /^(package\.json|README\.md|binding\.gyp|index\.js|src)$/)
  copyFrom('nan', /^(package\.json|LICENSE\.md|include_dirs\.js|.*\.h)$/)
}

/** What belongs to an assignment and is nobody's to compile: handouts, and programs that are handed in. */
function copyAssignments() {
  const folder = join(ROOT, 'labs/assignments')
  const filter = path => !path.endsWith('assignment.ts')
  cpSync(folder, join(DIST, 'labs/assignments'), { recursive: true, filter })
}

function copyFrom(name, wanted) {
  const folder = dirname(require.resolve(`${name}/package.json`))
  for (const entry of readdirSync(folder).filter(entry => wanted.test(entry))) {
    cpSync(join(folder, entry), join(DIST, 'node_modules', name, entry), { recursive: true })
  }
}
