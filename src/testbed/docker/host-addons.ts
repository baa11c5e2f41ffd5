import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { MissingError } from '../../errors.ts'

/** A file or folder of a host, and where it is to be had here. */
export interface Supply {
  readonly from: string
  /** Within the host's /handwave/node_modules. */
  readonly to: string
}

interface Package {
  readonly folder: string
  readonly version: string
  readonly optional: readonly string[]
}

/** Those of the packages that are installed here: what the image is named after. */
export function addonVersions(): Record<string, string | undefined> {
  return Object.fromEntries(['raw-socket', 'nan', 'koffi'].map(name => [name, findPackage(name, HERE)?.version]))
}

/** raw-socket and koffi as they are installed and built here. */
export function addonSupplies(): Supply[] {
  const [rawSocket, koffi] = [findPackage('raw-socket', HERE), findPackage('koffi', HERE)]
  if (rawSocket === null || koffi === null) {
    throw new MissingError('ADDON', 'A host needs raw-socket and koffi, and npm has not installed both.', {
      hint: 'npm install --include=optional',
    })
  }
  const rawFiles = ['package.json', 'index.js', join('build', 'Release', 'raw.node')]
  // koffi's binaries are packages of their own, of which npm installs those for this machine.
  const binaries = koffi.optional.flatMap(name => {
    const found = findPackage(name, koffi.folder)
    return found === null ? [] : [{ from: found.folder, to: name }]
  })
  return [
    ...rawFiles.map(file => ({ from: join(rawSocket.folder, file), to: join('raw-socket', file) })),
    { from: koffi.folder, to: 'koffi' },
    ...binaries,
  ]
}

const HERE = import.meta.dirname

/** By hand: not every package lets its package.json be imported. */
function findPackage(name: string, from: string): Package | null {
  for (const folder of createRequire(join(from, '-')).resolve.paths(name) ?? []) {
    const text = read(join(folder, name, 'package.json'))
    if (text === null) continue
    const facts: { version: string; optionalDependencies?: Record<string, string> } = JSON.parse(text)
    return {
      folder: join(folder, name),
      version: facts.version,
      optional: Object.keys(facts.optionalDependencies ?? {}),
    }
  }
  return null
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}
