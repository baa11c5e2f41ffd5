import { inflateRawSync } from 'node:zlib'

/** One file of a submission, by its place in there. */
export interface HandedIn {
  readonly path: string
  readonly bytes: Buffer
}

/** A submission that cannot be taken in: the sentence is for whoever handed it in. */
export class Refused extends Error {}

export function isZip(bytes: Buffer): boolean {
  return bytes.subarray(0, 4).equals(FIRST_FILE) || bytes.subarray(0, 4).equals(END_OF_DIRECTORY)
}

/**
 * The files of a zip (APPNOTE.TXT, 4.3), read from its central directory and into memory: nothing of it is written before
 * all of it is known to be harmless.
 */
export function readZip(zip: Buffer, mostFiles: number, mostBytes: number): HandedIn[] {
  const end = zip.lastIndexOf(END_OF_DIRECTORY)
  if (end < 0 || end + 22 > zip.length) throw new Refused('It is no zip archive.')
  const count = zip.readUInt16LE(end + 10)
  if (count > mostFiles) throw new Refused(`It holds more than ${mostFiles} files.`)
  const files: HandedIn[] = []
  let bytesLeft = mostBytes
  try {
    for (let at = zip.readUInt32LE(end + 16), entry = 0; entry < count; entry++) {
      const { next, file } = readEntry(zip, at, bytesLeft)
      at = next
      if (!file) continue
      bytesLeft -= file.bytes.length
      files.push(file)
    }
  } catch (error) {
    if (error instanceof Refused) throw error
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ERR_BUFFER_TOO_LARGE') throw new Refused(`It holds more than ${mostBytes / 1024 / 1024} MB.`)
    throw new Refused('The zip archive is damaged.')
  }
  return files
}

const FIRST_FILE = Buffer.from('PK\u0003\u0004', 'latin1')
const END_OF_DIRECTORY = Buffer.from('PK\u0005\u0006', 'latin1')
const DIRECTORY_ENTRY = 0x02014b50
const STORED = 0
const DEFLATED = 8
const KINDS = 0o170000
const FILE = 0o100000

function readEntry(zip: Buffer, at: number, mostBytes: number): { next: number; file: HandedIn | null } {
  if (zip.readUInt32LE(at) !== DIRECTORY_ENTRY) throw new Refused('The zip archive is damaged.')
  const [flags, method] = [zip.readUInt16LE(at + 8), zip.readUInt16LE(at + 10)]
  const packed = zip.readUInt32LE(at + 20)
  const [nameLength, extra, comment] = [28, 30, 32].map(field => zip.readUInt16LE(at + field)) as [
    number,
    number,
    number,
  ]
  const name = zip.toString('utf8', at + 46, at + 46 + nameLength)
  const path = harmless(name)
  const next = at + 46 + nameLength + extra + comment
  // Only archives made by Unix say what an entry is.
  const kind = (zip.readUInt32LE(at + 38) >>> 16) & KINDS
  if (name.endsWith('/') || isLeftLyingAbout(name)) return { next, file: null }
  if (kind !== 0 && kind !== FILE)
    throw new Refused(`It holds what is no file: ${JSON.stringify(name)}. Links are not followed.`)
  if ((flags & 1) !== 0) throw new Refused('It is encrypted.')
  if (method !== STORED && method !== DEFLATED)
    throw new Refused(`${JSON.stringify(name)} is packed in a way that is not known here.`)
  const local = zip.readUInt32LE(at + 42)
  const from = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
  const data = zip.subarray(from, from + packed)
  if (method === STORED && data.length > mostBytes) throw new Refused(`It holds more than there is room for.`)
  const bytes =
    method === STORED ? Buffer.from(data) : inflateRawSync(data, { maxOutputLength: Math.max(1, mostBytes) })
  return { next, file: { path, bytes } }
}

/** Whether tools have made it, or a folder that it is in. */
export function isLeftLyingAbout(path: string): boolean {
  return path.split('/').some(step => LEFT.includes(step))
}

const LEFT = ['.git', 'node_modules', '__pycache__', '__MACOSX', '.DS_Store']

/** A place that is inside, whatever it is put into. */
function harmless(name: string): string {
  const steps = name
    .replaceAll('\\', '/')
    .split('/')
    .filter(step => step !== '' && step !== '.')
  if (name.startsWith('/') || /^[a-z]:/i.test(name) || steps.includes('..') || name.includes('\0'))
    throw new Refused(`It holds a path that leads out of it: ${JSON.stringify(name)}.`)
  return steps.join('/')
}
