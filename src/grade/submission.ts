import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { UsageError } from '../errors.ts'
import { isLeftLyingAbout, isZip, type HandedIn, readZip, Refused } from './zip.ts'

/** What somebody handed in, in a copy of our own that holds nothing but files. */
export interface Submission {
  /** Among those that are marked together nobody else's. */
  readonly name: string
  readonly folder: string
  /** All, by their places in it. */
  readonly files: readonly string[]
  /** Why it cannot be marked at all: a sentence. */
  readonly refused: string | null
  /** Of another submission it is another one. */
  readonly fingerprint: string
}

const MOST_FILES = 2000
const MOST_BYTES = 50 * 1024 * 1024

/** Takes all of them in, each once, into a folder of its own in this one. */
export function takeInAll(paths: readonly string[], into: string): Submission[] {
  const places = [...new Set(paths.map(path => resolve(path)))]
  const names = namesOf(places)
  return places.map((place, index) => takeIn(place, names[index] ?? place, join(into, `${index}`)))
}

/** What each is called: the last step of its path, and where another one's is the same, as many more as tell them apart. */
function namesOf(places: readonly string[]): string[] {
  const lastSteps = (place: string, count: number) =>
    place
      .replace(/\.zip$/i, '')
      .split(sep)
      .slice(-count)
      .join('/')
  return places.map(place => {
    const others = places.filter(other => other !== place)
    const counts = place.split(sep).map((_, index) => index + 1)
    const enough = counts.find(count => others.every(other => lastSteps(other, count) !== lastSteps(place, count)))
    return enough === undefined ? place : lastSteps(place, enough)
  })
}

/** What is wrong with it is its writer's, and told in a sentence; a path that leads nowhere is ours. */
function takeIn(path: string, name: string, into: string): Submission {
  const kind = lstatSync(path, { throwIfNoEntry: false })
  if (!kind) throw new UsageError('NO_SUBMISSION', `There is no submission ${path}.`)
  mkdirSync(into, { recursive: true })
  try {
    if (!kind.isDirectory() && !kind.isFile()) throw new Refused('It is no file and no folder. Links are not followed.')
    const files = withoutWrapping(kind.isDirectory() ? readFolder(path) : readFile(path, kind.size))
    for (const file of files) write(join(into, file.path), file)
    const all = files.map(({ path: place }) => place)
    return { name, folder: into, files: all, refused: null, fingerprint: fingerprintOf(files) }
  } catch (error) {
    const refused = whyRefused(error)
    if (refused === null) throw error
    return { name, folder: into, files: [], refused, fingerprint: refused }
  }
}

/** What is named or nested so that no folder can hold it is its writer's doing. */
function whyRefused(error: unknown): string | null {
  if (error instanceof Refused) return error.message
  const { code = '' } = error as NodeJS.ErrnoException
  return NAMED[code] ?? null
}

const NAMED: Readonly<Record<string, string>> = {
  ENOENT: 'It holds a file whose name is no text in UTF-8.',
  EILSEQ: 'It holds a file whose name is no text in UTF-8.',
  EEXIST: 'It holds a file and a folder of one name.',
  ENOTDIR: 'It holds a file and a folder of one name.',
  EISDIR: 'It holds a file and a folder of one name.',
  ENAMETOOLONG: 'It holds a name that is too long for a file.',
  EACCES: 'It holds a file that may not be read.',
}

/** A zip, or whatever else it is, which is then all of the submission. */
function readFile(path: string, size: number): HandedIn[] {
  if (size > MOST_BYTES) throw new Refused(`It is longer than ${MOST_BYTES / 1024 / 1024} MB.`)
  const bytes = readFileSync(path)
  const name = basename(path)
  if (isZip(bytes) || /\.zip$/i.test(name)) return readZip(bytes, MOST_FILES, MOST_BYTES)
  return [{ path: name, bytes }]
}

function readFolder(folder: string): HandedIn[] {
  const files: HandedIn[] = []
  let bytes = 0
  const walk = (place: string) => {
    for (const entry of readdirSync(join(folder, place), { withFileTypes: true })) {
      if (isLeftLyingAbout(entry.name)) continue
      const path = join(place, entry.name)
      if (entry.isDirectory()) {
        walk(path)
        continue
      }
      if (!entry.isFile())
        throw new Refused(`It holds what is no file: ${JSON.stringify(path)}. Links are not followed.`)
      bytes += lstatSync(join(folder, path)).size
      if (files.length === MOST_FILES) throw new Refused(`It holds more than ${MOST_FILES} files.`)
      if (bytes > MOST_BYTES) throw new Refused(`It holds more than ${MOST_BYTES / 1024 / 1024} MB.`)
      files.push({ path, bytes: readFileSync(join(folder, path)) })
    }
  }
  walk('')
  return files
}

/** Archives are often made of a folder rather than of what is in it. */
function withoutWrapping(files: readonly HandedIn[]): readonly HandedIn[] {
  const [first] = files
  const wrapping = first?.path.split('/')[0]
  if (!first || wrapping === undefined || !files.every(({ path }) => path.startsWith(`${wrapping}/`))) return files
  return withoutWrapping(files.map(({ path, bytes }) => ({ path: path.slice(wrapping.length + 1), bytes })))
}

function fingerprintOf(files: readonly HandedIn[]): string {
  const hash = createHash('sha256')
  for (const { path, bytes } of files) hash.update(`${JSON.stringify(path)} ${bytes.length}\n`).update(bytes)
  return hash.digest('hex')
}

/** All may be read by whoever runs it, and run. */
function write(place: string, { bytes }: HandedIn): void {
  mkdirSync(dirname(place), { recursive: true, mode: 0o755 })
  writeFileSync(place, bytes, { mode: 0o755 })
}
