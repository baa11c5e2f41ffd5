import { existsSync, readFileSync } from 'node:fs'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const PLACES = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin']

/**
 * Programs that write down how they are called, and with what input where they are told to read some (`-`), before they
 * do what they are for; or that do nothing else.
 */
export class RecordedPrograms {
  readonly folder: string
  readonly #record: string

  static async make(folder: string, names: readonly string[], then: 'do it' | 'fail'): Promise<RecordedPrograms> {
    const programs = new RecordedPrograms(folder)
    await mkdir(folder)
    for (const name of names) {
      const real = PLACES.map(place => join(place, name)).find(existsSync)
      if (real === undefined) throw new Error(`This machine has no ${name}.`)
      const file = join(folder, name)
      await writeFile(file, programs.#script(name, then === 'fail' ? 'false' : real))
      await chmod(file, 0o755)
    }
    return programs
  }

  private constructor(folder: string) {
    this.folder = folder
    this.#record = `${folder}.record`
  }

  /** A call each, with its input. */
  get calls(): string[] {
    if (!existsSync(this.#record)) return []
    return readFileSync(this.#record, 'utf8').split('\0').filter(Boolean)
  }

  #script(name: string, real: string): string {
    return [
      '#!/bin/sh',
      'for last; do :; done',
      `if [ "$last" = - ]; then`,
      '  input=$(cat)',
      `  printf '%s %s\\n%s\\0' ${name} "$*" "$input" >>'${this.#record}'`,
      `  printf '%s\\n' "$input" | ${real} "$@"`,
      'else',
      `  printf '%s %s\\0' ${name} "$*" >>'${this.#record}'`,
      `  exec ${real} "$@"`,
      'fi',
      '',
    ].join('\n')
  }
}
