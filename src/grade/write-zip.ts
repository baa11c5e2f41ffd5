import { crc32 } from 'node:zlib'

export interface FileToWrite {
  /** With slashes, from where all of them are to lie. */
  readonly path: string
  readonly bytes: Buffer
  readonly isProgram: boolean
}

/**
 * A zip (APPNOTE.TXT, 4.3) of these files in this order, none of them compressed and all of one moment: the same files
 * are the same bytes, whatever zlib there is.
 */
export function writeZip(files: readonly FileToWrite[]): Buffer {
  const locals: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const { path, bytes, isProgram } of files) {
    const name = Buffer.from(path)
    const common = commonFields(name, bytes)
    const local = Buffer.concat([number32(LOCAL_HEADER), common, number16(0), name])
    directory.push(
      Buffer.concat([
        number32(DIRECTORY_ENTRY),
        number16(MADE_BY_UNIX),
        common,
        // No extra field, no comment, the first disk, no text.
        ...[0, 0, 0, 0].map(number16),
        number32((FILE | (isProgram ? 0o755 : 0o644)) * 0x10000),
        number32(at),
        name,
      ]),
    )
    locals.push(local, bytes)
    at += local.length + bytes.length
  }
  const entries = Buffer.concat(directory)
  const end = [
    number32(END_OF_DIRECTORY),
    ...[0, 0, files.length, files.length].map(number16),
    ...[entries.length, at].map(number32),
    number16(0),
  ]
  return Buffer.concat([...locals, entries, ...end])
}

const LOCAL_HEADER = 0x04034b50
const DIRECTORY_ENTRY = 0x02014b50
const END_OF_DIRECTORY = 0x06054b50
const VERSION = 20
const MADE_BY_UNIX = (3 << 8) | VERSION
const NAMES_ARE_UTF8 = 0x800
const STORED = 0
/** 1 January 1980, as MS-DOS has it: the first day that there is. */
const FIRST_DAY = 0x21
/** As stat(2) has it. */
const FILE = 0o100000

/** What both headers of a file say, up to the length of its name. */
function commonFields(name: Buffer, bytes: Buffer): Buffer {
  return Buffer.concat([
    ...[VERSION, NAMES_ARE_UTF8, STORED, 0, FIRST_DAY].map(number16),
    ...[crc32(bytes), bytes.length, bytes.length].map(number32),
    number16(name.length),
  ])
}

function number16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}

function number32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
