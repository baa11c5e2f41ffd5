import { HandwaveError, LacksError, MissingError, UsageError } from '../errors.ts'
import { Interrupted } from './interrupt.ts'
import { nearest } from '../ladder/nearest.ts'

/** One file a command; each is loaded only when it is called. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  run: () => import('./run.ts'),
  list: () => import('./list.ts'),
  show: () => import('./show.ts'),
  claims: () => import('./claims.ts'),
  coverage: () => import('./coverage.ts'),
  reach: () => import('./reach.ts'),
  flood: () => import('./flood.ts'),
  grade: () => import('./grade.ts'),
  new: () => import('./new.ts'),
  clean: () => import('./clean.ts'),
  doctor: () => import('./doctor.ts'),
  kernel: () => import('./kernel.ts'),
}

/** Not for people: what handwave starts of itself in the lab kernel. */
const INNER_COMMANDS: typeof COMMANDS = {
  inside: () => import('./inside.ts'),
  'flood-inside': () => import('./flood-inside.ts'),
  'grade-inside': () => import('./grade-inside.ts'),
}

export interface Command {
  readonly usage: string
  /** Gives the exit status. */
  run(args: readonly string[]): Promise<number>
}

const USAGE = `handwave: TCP's handshake and teardown, proved on a real Linux kernel

  handwave run [labs|files]      run labs and show what happened     (--json, --repeat n)
  handwave list                  the labs there are
  handwave show <lab>            a lab's lesson and its picture
  handwave claims                what texts claim, and what the kernel made of it
  handwave coverage              which of the state machine's edges labs have shown
  handwave reach <STATE>         hold a connection in a state, to look at it
  handwave flood                 flood a server with SYNs, and watch what becomes of it
  handwave grade <assignment> …  mark programs by what the kernel saw of them
  handwave new <name>            write a lab of your own to begin with
  handwave clean                 take away what killed runs have left
  handwave doctor                what this machine can do
  handwave kernel build|status   the lab kernel

  handwave <command> --help      more on one of them
`

export async function main(argv: readonly string[]): Promise<number> {
  try {
    return await dispatch(argv)
  } catch (error) {
    return complain(error)
  }
}

async function dispatch([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(USAGE)
    return name === undefined ? 2 : 0
  }
  const load = COMMANDS[name] ?? INNER_COMMANDS[name]
  if (!load) {
    const near = nearest(name, Object.keys(COMMANDS))
    throw new UsageError('NO_SUCH_COMMAND', `There is no command '${name}'.`, {
      hint: near === null ? 'handwave --help lists them.' : `Did you mean ${near}?`,
    })
  }
  const command = await load()
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(command.usage)
    return 0
  }
  return command.run(args)
}

/** Says what went wrong, and gives the exit status that stands for its kind. */
function complain(error: unknown): number {
  if (error instanceof Interrupted) return 130
  if (isArgumentError(error)) return say(2, error.message, 'handwave --help')
  if (error instanceof UsageError) return say(2, error.message, error.hint)
  if (error instanceof MissingError || error instanceof LacksError) return say(3, error.message, error.hint)
  if (error instanceof HandwaveError) return say(4, error.message, error.hint)
  return say(4, 'handwave itself broke:', error instanceof Error ? error.stack : String(error))
}

function say(status: number, message: string, hint: string | undefined): number {
  process.stderr.write(`handwave: ${message}\n`)
  if (hint !== undefined) process.stderr.write(`${hint.replaceAll(/^/gm, '  ')}\n`)
  return status
}

/** node:util's parseArgs throws errors of its own. */
function isArgumentError(error: unknown): error is Error {
  return error instanceof TypeError && `${(error as NodeJS.ErrnoException).code}`.startsWith('ERR_PARSE_ARGS')
}
