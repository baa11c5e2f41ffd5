import { HandwaveError } from '../errors.ts'
import { keepFilesFromChildren } from './close-on-exec.ts'
import { Keeper } from './keeper.ts'
import type { HostNamespace } from './host-namespace.ts'
import { Program, type ProgramEvent, type ProgramOptions } from './program.ts'

/** Programs of any language in a host, by number. None outlives its host, nor the process that started it. */
export class Programs implements AsyncDisposable {
  readonly #namespace: HostNamespace
  readonly #tell: (event: ProgramEvent) => void
  readonly #programs = new Map<number, Program>()
  #keeper: Keeper | undefined
  #nextId = 1

  constructor(namespace: HostNamespace, tell: (event: ProgramEvent) => void) {
    this.#namespace = namespace
    this.#tell = tell
  }

  async start(options: ProgramOptions): Promise<number> {
    const id = this.#nextId++
    keepFilesFromChildren()
    const program = await this.#namespace.run(() => Program.spawn(id, options, this.#tell))
    this.#programs.set(id, program)
    // A stranger's ends with the lab kernel that it runs in.
    if (!options.sandbox) this.#keep(program)
    return id
  }

  #keep(program: Program): void {
    this.#keeper ??= new Keeper()
    const keeper = this.#keeper
    keeper.keep(program.group)
    void program.ended.then(() => keeper.release(program.group))
  }

  find(id: number): Program {
    const program = this.#programs.get(id)
    if (!program) throw new HandwaveError('NO_SUCH_PROGRAM', `This host has no program number ${id}.`)
    return program
  }

  /** Ends all of them, and waits until they are gone. */
  async kill(): Promise<void> {
    const programs = [...this.#programs.values()]
    for (const program of programs) program.kill()
    await Promise.all(programs.map(({ ended }) => ended))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    this.#keeper?.[Symbol.dispose]()
  }
}
