import { spawn } from 'node:child_process'
import { HandwaveError } from '../errors.ts'

/** One program with what it reads; several of them make a script, because a shell forks faster than Node does. */
export interface Command {
  readonly program: string
  readonly args: readonly string[]
  readonly stdin?: readonly string[]
  /** The network namespace that it runs in, if not the caller's own. */
  readonly namespace?: string
}

export function within(namespace: string, commands: readonly Command[]): Command[] {
  return commands.map(command => ({ ...command, namespace }))
}

/** As a shell would take them. */
export function toScript(commands: readonly Command[]): string {
  return commands
    .map(({ program, args, stdin, namespace }) => {
      const line = inside(namespace, program, args).map(quote).join(' ')
      return stdin ? `${line} <<'END_OF_INPUT'\n${stdin.join('\n')}\nEND_OF_INPUT` : line
    })
    .join('\n')
}

/** iproute2's programs enter a namespace by themselves, and faster than nsenter does. */
const IPROUTE2: readonly string[] = ['ip', 'tc', 'bridge']

function inside(namespace: string | undefined, program: string, args: readonly string[]): string[] {
  if (namespace === undefined) return [program, ...args]
  if (IPROUTE2.includes(program)) return [program, '-n', namespace, ...args]
  return ['nsenter', `--net=/run/netns/${namespace}`, program, ...args]
}

/** Runs the commands one after the other; the first that fails ends it. */
export async function runCommands(commands: readonly Command[]): Promise<string> {
  const child = spawn('/bin/sh', ['-e'], { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, LC_ALL: 'C' } })
  let output = ''
  let complaints = ''
  child.stdout.on('data', chunk => {
    output += chunk
  })
  child.stderr.on('data', chunk => {
    complaints += chunk
  })
  child.stdin.end(`${toScript(commands)}\n`)
  const status = await new Promise<number | string>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'))
  })
  if (status !== 0) {
    const programs = [...new Set(commands.map(command => command.program))].join(', ')
    throw new HandwaveError('COMMAND_FAILED', `One of ${programs} failed with ${status}: ${complaints.trim()}`)
  }
  return output
}

function quote(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`
}
