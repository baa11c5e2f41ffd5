import { existsSync, readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { basename, relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { HandwaveError, LadderError, UsageError } from '../errors.ts'
import { parseLadder } from '../ladder/parse.ts'
import { checkCase } from './check.ts'
import { casesOf, type Lab, type LabCase, type LabSpec } from './lab.ts'

/** A clone runs its sources; a package brings them compiled, labs and all, in one folder. */
const IS_CLONE = import.meta.url.endsWith('.ts')
const ENTRY = new URL(IS_CLONE ? '../index.ts' : '../index.js', import.meta.url).href

/** A lab file that cannot be used: where, what, and what was expected. Exit status 2. */
class LabFileError extends UsageError {
  override readonly name = 'LabFileError'
}

/**
 * A lab file may lie anywhere and still say `from 'handwave'`: it means the handwave that runs it. And it is a module,
 * whatever the nearest package.json says: npm init writes "type": "commonjs".
 */
export function resolveOwnName(): void {
  registerHooks({
    resolve: (specifier, context, next) => {
      if (specifier === 'handwave') return { url: ENTRY, shortCircuit: true }
      const found = next(specifier, context)
      const isImported = context.conditions.includes('import') && found.url.endsWith('.ts')
      return isImported ? { ...found, format: 'module-typescript' } : found
    },
  })
}

/** Loads a lab's file and checks all that can be checked before anything runs. */
export async function loadLab(file: string): Promise<LabCase[]> {
  const path = resolve(file)
  if (!existsSync(path)) {
    throw new LabFileError('NO_FILE', `There is no file ${file}.`, {
      hint: 'Name a lab (handwave list) or a lab file.',
    })
  }
  const lab = await importLab(path)
  const id = basename(path).replace(/(\.lab)?\.[cm]?[jt]s$/, '')
  const cases = casesOf(id, lab)
  if (cases.length === 0)
    throw new LabFileError('LAB_FILE', `${shown(path)}:1:1: the lab has 'cases', but no case in it.`)
  for (const labCase of cases) checkWhole(labCase, path)
  return cases
}

async function importLab(path: string): Promise<Lab> {
  let module: { default?: unknown }
  try {
    module = (await import(pathToFileURL(path).href)) as { default?: unknown }
  } catch (cause) {
    const place = placeOf(cause, path)
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new LabFileError('LAB_FILE', `${place}: the lab file does not load: ${message}`, { cause })
  }
  const lab = module.default
  if (isLab(lab)) return lab
  throw new LabFileError('LAB_FILE', `${shown(path)}:1:1: expected 'export default lab({ … })', found no lab.`, {
    hint: "import { lab } from 'handwave'",
  })
}

function isLab(value: unknown): value is Lab {
  return typeof value === 'object' && value !== null && 'spec' in value && typeof value.spec === 'object'
}

/** Where in the lab's file an error arose: from its stack, or from the compiler's arrow. */
function placeOf(error: unknown, path: string): string {
  const stack = error instanceof Error ? `${error.stack}` : ''
  const url = pathToFileURL(path).href
  const [, line, column = '1'] = new RegExp(`(?:${escape(url)}|${escape(path)}):(\\d+)(?::(\\d+))?`).exec(stack) ?? []
  return `${shown(path)}:${line ?? 1}:${column}`
}

function checkWhole({ name, spec }: LabCase, path: string): void {
  const where = name === null ? '' : ` (case '${name}')`
  const missing = (['title', 'lesson', 'ladder', 'play'] as const).filter(key => spec[key] === undefined)
  if (missing.length > 0) {
    throw new LabFileError('LAB_FILE', `${shown(path)}:1:1: the lab${where} lacks ${missing.join(', ')}.`)
  }
  for (const text of [spec.ladder, ...(spec.orElse ?? [])]) checkPicture(text, spec, path, where)
}

function checkPicture(text: string, spec: LabSpec, path: string, where: string): void {
  try {
    checkCase(spec, parseLadder(text))
  } catch (error) {
    if (error instanceof LadderError) throw atPlace(error, text, path, where)
    if (!(error instanceof HandwaveError)) throw error
    throw new LabFileError(error.code, `${shown(path)}:1:1: ${error.message}${where}`, {
      hint: error.hint,
      cause: error,
    })
  }
}

/** A ladder counts lines in its own text; a person wants those of the file. */
function atPlace(error: LadderError, ladder: string, path: string, where: string): LabFileError {
  const source = readFileSync(path, 'utf8')
  const start = source.indexOf(ladder)
  // A ladder that the file puts together has no place of its own in it.
  const line = start < 0 ? null : source.slice(0, start).split('\n').length - 1 + error.line
  const firstColumn = error.line === 1 && start >= 0 ? start - source.lastIndexOf('\n', start - 1) - 1 : 0
  const place =
    line === null
      ? `${shown(path)}: line ${error.line}, column ${error.column} of the ladder${where}`
      : `${shown(path)}:${line}:${firstColumn + error.column}`
  return new LabFileError('LADDER', `${place}: ${error.message}`, { hint: error.hint, cause: error })
}

function shown(path: string): string {
  const near = relative(process.cwd(), path)
  return near.startsWith('..') ? path : near
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

/** The folder of the labs that come with handwave. */
export const LABS_FOLDER = fileURLToPath(new URL(IS_CLONE ? '../../labs/' : '../labs/', import.meta.url))
