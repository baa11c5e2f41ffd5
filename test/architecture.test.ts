import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const SRC = resolve(import.meta.dirname, '../src')

/** Whom each folder may import from, besides itself and the pure ones. Data flows one way. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  tcp: [],
  evidence: [],
  ladder: [],
  host: [],
  testbed: ['host'],
  lab: ['testbed', 'host'],
  grade: ['lab', 'testbed', 'host'],
  report: ['lab', 'testbed', 'host'],
  cli: ['grade', 'report', 'lab', 'testbed', 'host'],
  '.': ['grade', 'lab'],
}
const PURE = ['tcp', 'evidence', 'ladder']

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.ts'))
const imports = files.flatMap(file =>
  [...readFileSync(join(SRC, file), 'utf8').matchAll(/(?:from\s+|import\s*\(?\s*)'([^']+)'/g)].map(
    ([, specifier = '']) => ({
      file,
      specifier,
    }),
  ),
)

function folderOf(file: string): string {
  return file.includes('/') ? (file.split('/')[0] ?? '.') : '.'
}

describe('imports point one way', () => {
  it('between folders', () => {
    const wrong = imports.filter(({ file, specifier }) => {
      if (!specifier.startsWith('.')) return false
      const target = relative(SRC, resolve(SRC, dirname(file), specifier))
      const [from, to] = [folderOf(file), folderOf(target)]
      if (target === 'errors.ts' || from === to || PURE.includes(to)) return false
      return !MAY_IMPORT[from]?.includes(to)
    })
    expect(wrong).toEqual([])
  })

  it('and the pure folders touch nothing of the world', () => {
    const wrong = imports.filter(({ file, specifier }) => PURE.includes(folderOf(file)) && !specifier.startsWith('.'))
    expect(wrong).toEqual([])
    const globals = files
      .filter(file => PURE.includes(folderOf(file)))
      .filter(file =>
        /\b(process|Buffer|Date|performance|setTimeout|fetch|console)\b[.(]/.test(withoutComments(join(SRC, file))),
      )
    expect(globals).toEqual([])
  })

  it('and no file reaches out of src', () => {
    expect(
      imports.filter(
        ({ file, specifier }) =>
          specifier.startsWith('.') && relative(SRC, resolve(SRC, dirname(file), specifier)).startsWith('..'),
      ),
    ).toEqual([])
  })
})

function withoutComments(path: string): string {
  return readFileSync(path, 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
}
