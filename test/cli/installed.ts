import { existsSync } from 'node:fs'
import { mkdir, symlink } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { execa, type Options } from 'execa'
import { ROOT } from '../handwave.ts'

interface RunOptions {
  readonly timeoutMs?: number
  /** What is different in it. */
  readonly environment?: NodeJS.ProcessEnv
}

/** An empty folder with a Node of its own, as a user's machine has it: in it npm installs, and npx runs. */
export class UsersFolder {
  readonly path: string
  readonly #environment: NodeJS.ProcessEnv

  /** `node` is the executable; whatever else is on the PATH comes after it. */
  static async make(path: string, node: string): Promise<UsersFolder> {
    const bin = `${path}-bin`
    await Promise.all([path, bin].map(folder => mkdir(folder, { recursive: true })))
    await symlink(node, join(bin, 'node'))
    return new UsersFolder(path, bin)
  }

  private constructor(path: string, bin: string) {
    this.path = path
    this.#environment = usersEnvironment(bin)
  }

  async run(program: string, args: readonly string[], options: RunOptions = {}) {
    const { timeoutMs = 60_000, environment = {} } = options
    const env = { ...this.#environment, ...environment }
    return await execa(program, args, { ...this.#options(), env, timeout: timeoutMs })
  }

  /** A folder of links to these programs, and to no others. */
  async linkPrograms(folder: string, names: readonly string[]): Promise<void> {
    await mkdir(folder)
    const path = `${this.#environment['PATH']}${delimiter}/usr/sbin${delimiter}/sbin`
    for (const name of new Set(names)) {
      const place = path.split(delimiter).find(each => existsSync(join(each, name)))
      if (place !== undefined) await symlink(join(place, name), join(folder, name))
    }
  }

  async npx(...args: readonly string[]) {
    return await this.run('npx', ['--no', 'handwave', ...args])
  }

  #options() {
    return {
      cwd: this.path,
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
      forceKillAfterDelay: 5000,
    } as const satisfies Options
  }
}

/** Without what npm tells the scripts of this clone, and without this clone's own programs. */
function usersEnvironment(bin: string): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(?:npm_(?!config_)|npm_config_local_prefix$|INIT_CWD$|NODE_ENV$|NODE_OPTIONS$)/i.test(name),
  )
  const path = (process.env['PATH'] ?? '').split(delimiter).filter(folder => !folder.startsWith(ROOT))
  return { ...Object.fromEntries(own), PATH: [bin, ...path].join(delimiter) }
}
