import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CaseRecord } from '../lab/case-record.ts'
import type { InsideRequest } from '../lab/inside-request.ts'
import { recordsFolder } from '../testbed/kernel/cache.ts'

type Kind = InsideRequest['kind']

/**
 * Where runs leave what they found: a file a case, in a folder a kernel. So what is run again takes its own place and no
 * other, two runs at once do not take each other's, and what one kernel does is never told of another.
 */
export class RecordShelf {
  readonly #folder: string

  constructor(kind: Kind, folder = recordsFolder()) {
    this.#folder = join(folder, kind)
  }

  /** Whole or not at all. */
  put(kernel: string, record: CaseRecord): void {
    const folder = join(this.#folder, encodeURIComponent(kernel))
    mkdirSync(folder, { recursive: true })
    const name = [record.lab, ...(record.case === null ? [] : [record.case])].map(encodeURIComponent).join(',')
    const temporary = join(folder, `.${name}.${process.pid}`)
    try {
      writeFileSync(temporary, JSON.stringify(record))
      renameSync(temporary, join(folder, `${name}.json`))
    } finally {
      rmSync(temporary, { force: true })
    }
  }

  /** All of the kernel that was run last, newest or not; null where there was none. */
  latest(): { readonly kernel: string; readonly records: readonly CaseRecord[] } | null {
    const kernels = list(this.#folder).map(name => ({
      kernel: decodeURIComponent(name),
      records: list(join(this.#folder, name)).flatMap(file => readRecord(join(this.#folder, name, file))),
    }))
    const newest = ({ records }: (typeof kernels)[number]) =>
      records
        .map(({ at }) => at)
        .sort()
        .at(-1) ?? ''
    const [latest] = kernels
      .filter(({ records }) => records.length > 0)
      .sort((a, b) => (newest(a) < newest(b) ? 1 : -1))
    return latest ?? null
  }
}

/** What tells one version of a lab's file from another. */
export function sourceOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}

function list(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).filter(name => !name.startsWith('.')) : []
}

/** None where it is of another shape, or no JSON: it is only a trace of a run, which can be run again. */
function readRecord(file: string): CaseRecord[] {
  try {
    const record = JSON.parse(readFileSync(file, 'utf8')) as CaseRecord
    return record.schema === 'handwave/case@1' ? [record] : []
  } catch (error) {
    if (error instanceof SyntaxError) return []
    throw error
  }
}
