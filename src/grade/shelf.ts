import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { UsageError } from '../errors.ts'
import { toCsv } from './formats/csv.ts'
import { toFeedback } from './formats/feedback.ts'
import { type GradescopeResults, type Kept, toGradescope } from './formats/gradescope.ts'
import { toJunit } from './formats/junit.ts'
import type { Marks } from './marks.ts'
import type { Submission } from './submission.ts'

const RESULTS = 'results.json'
const TABLE = 'class.csv'

/** The folder in which a class's marks are left: one for each submission, and a table. Each file is whole or not there. */
export class MarksFolder {
  readonly #folder: string
  readonly #title: string
  readonly #version: string

  /** `version` stands for all that marks depend on besides the submission. */
  constructor(folder: string, title: string, version: string) {
    this.#folder = folder
    this.#title = title
    this.#version = version
    makeFolder(resolve(folder))
  }

  /** What an earlier run has left of the very same submission. */
  find({ name, fingerprint }: Submission): Marks | null {
    const kept = this.#read(folderOf(name))
    return kept?.fingerprint === fingerprint && kept.name === name && kept.version === this.#version ? kept : null
  }

  /** The results come last: where they are, the rest is, too. */
  leave(marks: Marks): void {
    const folder = join(this.#folder, folderOf(marks.name))
    mkdirSync(folder, { recursive: true })
    write(join(folder, 'feedback.md'), toFeedback(this.#title, marks))
    write(join(folder, 'junit.xml'), toJunit(marks))
    const results = toGradescope(this.#title, marks, this.#version)
    write(join(folder, RESULTS), `${JSON.stringify(results, null, 2)}\n`)
  }

  /**
   * The class: these, and whoever else was marked into this folder before. Those whose marks are of another version of the
   * assignment, or of the kernel, are not in it: their names are told.
   */
  leaveTable(marks: readonly Marks[]): readonly string[] {
    const here = new Set(marks.map(({ name }) => name))
    const others = readdirSync(this.#folder)
      .toSorted()
      .flatMap(folder => this.#read(folder) ?? [])
      .filter(({ name }) => !here.has(name))
    const isOutdated = ({ version }: Kept) => version !== this.#version
    write(join(this.#folder, TABLE), toCsv([...marks, ...others.filter(one => !isOutdated(one))]))
    return others.filter(isOutdated).map(({ name }) => name)
  }

  #read(folder: string): Kept | null {
    const file = join(this.#folder, folder, RESULTS)
    if (!existsSync(file)) return null
    const { extra_data: kept } = parsed(readFileSync(file, 'utf8'))
    return kept?.name === undefined ? null : kept
  }
}

/** Anything may lie in a folder that somebody names. */
function parsed(text: string): Partial<GradescopeResults> {
  try {
    return (JSON.parse(text) as Partial<GradescopeResults> | null) ?? {}
  } catch {
    return {}
  }
}

/** A folder's name that any system takes, and that is no other submission's, whoever else is marked. */
function folderOf(name: string): string {
  const plain = name
    .replaceAll(/[^\p{L}\p{N}.@+_-]+/gu, '_')
    .replace(/^\.+/, '_')
    .slice(0, 100)
    .replace(/[\uD800-\uDFFF]$/, '')
  const isShort = Buffer.byteLength(plain) <= MOST_BYTES
  if (plain === name && isShort && !plain.startsWith(TABLE)) return plain
  return `${isShort ? plain : plain.slice(0, 40)}-${createHash('sha256').update(name).digest('hex').slice(0, 8)}`
}

/** What a file system takes for a name, less what is added to it. */
const MOST_BYTES = 200

/** Not by Node's `recursive`, which never ends where a folder can be made nowhere (/proc). */
function makeFolder(folder: string): void {
  try {
    if (!existsSync(dirname(folder))) makeFolder(dirname(folder))
    if (!existsSync(folder)) mkdirSync(folder)
    if (!statSync(folder).isDirectory()) throw new Error('it is a file')
  } catch (cause) {
    if (cause instanceof UsageError) throw cause
    const { message } = cause as Error
    throw new UsageError('OUT', `Marks cannot be left in ${folder}: ${message}.`, {
      hint: '--out names a folder.',
      cause,
    })
  }
}

function write(file: string, text: string): void {
  writeFileSync(`${file}.part`, text)
  renameSync(`${file}.part`, file)
}
