import { type FileHandle, open } from 'node:fs/promises'
import { execa } from 'execa'
import { HandwaveError } from '../../errors.ts'

/**
 * A lock that no death can leave behind: flock(2) holds it on an open file, and the kernel lets go of it when the last
 * process that has that file open is gone. The file itself stays: removing it would let two holders in.
 */
export class FileLock implements AsyncDisposable {
  readonly #file: FileHandle

  private constructor(file: FileHandle) {
    this.#file = file
  }

  static async take(path: string, options: { signal: AbortSignal; onWait: () => void }): Promise<FileLock> {
    const file = await open(path, 'a')
    try {
      if (!(await flock(file, ['--nonblock'], options.signal))) {
        options.onWait()
        await flock(file, [], options.signal)
      }
      return new FileLock(file)
    } catch (error) {
      await file.close()
      options.signal.throwIfAborted()
      throw error
    }
  }

  /** A child that inherits this descriptor holds the lock too. */
  get descriptor(): number {
    return this.#file.fd
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close()
  }
}

/** flock(1) locks the file that it inherits as its descriptor 3, and with it ours: they are one open file. */
async function flock(file: FileHandle, flags: readonly string[], signal: AbortSignal): Promise<boolean> {
  const { exitCode, shortMessage } = await execa('flock', [...flags, '--conflict-exit-code', '75', '3'], {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- execa passes on any descriptor; its type ends at 9
    stdio: ['ignore', 'ignore', 'pipe', file.fd as 3],
    cancelSignal: signal,
    reject: false,
  })
  if (exitCode === 0) return true
  if (exitCode === 75) return false
  throw new HandwaveError('LOCK', `The build lock could not be taken: ${shortMessage}.`)
}
