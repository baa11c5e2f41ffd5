import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { HandwaveError } from '../errors.ts'
import { type Runner, type RunnerEnd, type RunnerRequest, SPOKEN_TO_US } from './runner.ts'

interface ProcessRequest extends RunnerRequest {
  /** How long it may take to end when it is asked to. */
  readonly graceMs: number
}

/** A runner as a process of its own: a play that spins, or ends its process, harms nobody else. */
export class RunningProcess implements Runner {
  readonly ended: Promise<RunnerEnd>
  readonly #child: ChildProcess
  readonly #graceMs: number

  constructor({ command, environment, onLine, signal, graceMs }: ProcessRequest) {
    this.#graceMs = graceMs
    const said: string[] = []
    const [program = '', ...args] = command
    this.#child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      // Ctrl-C on the terminal is for the process outside, which asks the runner to end.
      detached: true,
      env: { ...process.env, ...environment },
    })
    const hear = (line: string) => {
      if (line.startsWith(SPOKEN_TO_US)) onLine(line.slice(SPOKEN_TO_US.length))
      else if (line.trim() !== '') said.push(line.trimEnd())
    }
    const { stdout, stderr } = this.#child
    if (stdout) createInterface({ input: stdout }).on('line', hear)
    if (stderr) createInterface({ input: stderr }).on('line', hear)
    const ask = () => this.#kill('SIGTERM')
    signal.addEventListener('abort', ask, { once: true })
    this.ended = new Promise((resolve, reject) => {
      this.#child.once('error', cause =>
        reject(new HandwaveError('RUNNER', `The runner could not be started: ${cause.message}.`, { cause })),
      )
      this.#child.once('close', (code, endedBy) => {
        signal.removeEventListener('abort', ask)
        resolve({ code, signal: endedBy, said })
      })
    })
    this.ended.catch(() => {})
    if (signal.aborted) ask()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#kill('SIGTERM')
    await this.ended.catch(() => {})
  }

  #kill(signal: NodeJS.Signals): void {
    const { pid, exitCode, signalCode } = this.#child
    if (pid === undefined || exitCode !== null || signalCode !== null) return
    this.#child.kill(signal)
    if (signal === 'SIGKILL') return
    const impatience = setTimeout(() => this.#kill('SIGKILL'), this.#graceMs)
    this.#child.once('close', () => clearTimeout(impatience))
  }
}
