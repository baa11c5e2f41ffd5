import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import { execa } from 'execa'
import { MissingError } from '../../errors.ts'
import type { FileToWrite } from '../write-zip.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const IS_CLONE = import.meta.url.endsWith('.ts')

/** This very handwave as npm packs it: whoever installs it need not find it in any registry. */
export async function packOwn(): Promise<FileToWrite> {
  const folder = await mkdtemp(join(tmpdir(), 'handwave-pack-'))
  try {
    // A package has been compiled already.
    const scripts = IS_CLONE ? [] : ['--ignore-scripts']
    const args = ['pack', ROOT, '--pack-destination', folder, '--json', '--loglevel=error', ...scripts]
    const { failed, code, all, stdout } = await execa('npm', args, {
      cwd: ROOT,
      reject: false,
      stdin: 'ignore',
      all: true,
    })
    if (failed) {
      const reason = code === 'ENOENT' ? 'there is no npm.' : `npm said:\n${all.trimEnd()}`
      throw new MissingError('NPM_PACK', `handwave itself could not be packed: ${reason}`, {
        hint: IS_CLONE ? "Is this clone set up? 'npm start' does it." : 'Install npm: it comes with Node.',
      })
    }
    // What prepack says comes before it.
    const [packed] = JSON.parse(stdout.slice(stdout.indexOf('[\n'))) as { filename: string }[]
    const path = packed?.filename ?? ''
    return { path, bytes: readFileSync(join(folder, path)), isProgram: false }
  } finally {
    await rm(folder, { recursive: true })
  }
}

const BLOCK = 512

/** The same without what solves the assignments that come with it: for a folder that students see. */
export function withoutSolutions(own: FileToWrite): FileToWrite {
  const tar = gunzipSync(own.bytes)
  const kept: Buffer[] = []
  // A header, the file, and zeros up to the next block; at the end blocks of zeros (POSIX, pax).
  for (let at = 0, next = 0; at < tar.length; at = next) {
    const path = [text(tar, at + 345, 155), text(tar, at, 100)].filter(part => part !== '').join('/')
    const bytes = Number.parseInt(text(tar, at + 124, 12), 8) || 0
    next = at + BLOCK + Math.ceil(bytes / BLOCK) * BLOCK
    if (!SOLUTIONS.test(path)) kept.push(tar.subarray(at, next))
  }
  return { ...own, bytes: gzipSync(Buffer.concat(kept)) }
}

const SOLUTIONS = /\/labs\/assignments\/[^/]+\/(solution\/|wrong\/|README\.md)/

function text(tar: Buffer, at: number, length: number): string {
  const field = tar.subarray(at, at + length)
  const end = field.indexOf(0)
  return field.toString('utf8', 0, end < 0 ? length : end).trim()
}
