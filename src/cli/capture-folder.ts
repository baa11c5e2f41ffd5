import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { MissingError, UsageError } from '../errors.ts'
import type { LabResult } from '../lab/result.ts'
import { toPcapng } from '../report/pcapng/file.ts'
import { errnoOf } from '../testbed/errno.ts'

/** Where `run --pcap` leaves its files. */
export class CaptureFolder {
  readonly #folder: string
  readonly #written = new Set<string>()
  readonly #failed = new AbortController()
  readonly #beganAtMs = new Map<string, number>()

  /** Whether it can be written is found out by writing: permissions say little to root. */
  constructor(folder: string) {
    this.#folder = folder
    try {
      makeFolder(folder)
      const probe = this.#temporary('probe')
      writeFileSync(probe, '')
      rmSync(probe)
    } catch (cause) {
      throw new UsageError('PCAP_FOLDER', `Nothing can be written to the folder '${folder}': ${messageOf(cause)}`, {
        hint: '--pcap takes a folder. It is made if it is not there.',
        cause,
      })
    }
  }

  /** Gives up the run: what was asked for cannot be had. */
  get isBroken(): AbortSignal {
    return this.#failed.signal
  }

  /** This lab's clock begins now. */
  labBegins(lab: string): void {
    this.#beganAtMs.set(lab, Date.now())
  }

  /** Writes the file whole or not at all. */
  write(result: LabResult, lab: string): void {
    const name = this.#nameOf(result)
    const temporary = this.#temporary(name)
    try {
      writeFileSync(temporary, toPcapng(result, this.#beganAtMs.get(lab) ?? Date.now()))
      renameSync(temporary, join(this.#folder, name))
    } catch (cause) {
      discard(temporary)
      this.#failed.abort(errnoOf(cause) === undefined ? cause : notWritten(join(this.#folder, name), cause))
    }
  }

  /** The lab and its case; from the second of that name on, with its number. */
  #nameOf({ id, case: name }: LabResult): string {
    const base = [id, ...(name === null ? [] : [name])].join('-').replaceAll(/[^\p{L}\p{N}._-]/gu, '_')
    let file = `${base}.pcapng`
    for (let time = 2; this.#written.has(file); time++) file = `${base}-${time}.pcapng`
    this.#written.add(file)
    return file
  }

  #temporary(name: string): string {
    return join(this.#folder, `.${name}.${process.pid}`)
  }
}

/** Node's own recursive one never ends where nothing can be made and the parent is there, as in /proc. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  mkdirSync(folder)
}

/** Where writing has just failed, taking away may fail as well; the first failure is the one to tell. */
function discard(file: string): void {
  try {
    rmSync(file, { force: true })
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
  }
}

function notWritten(file: string, cause: unknown): MissingError {
  return new MissingError('PCAP_FILE', `${file} could not be written: ${messageOf(cause)}`, {
    hint: 'Make room, or name another folder.',
    cause,
  })
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
