import { execa } from 'execa'
import { LAUNCHER, ROOT } from '../handwave.ts'

interface TerminalOptions {
  readonly columns: number
  /** What is done with the streams, in a shell's words. */
  readonly redirect?: string
  readonly environment?: Readonly<Record<string, string>>
  /** What a person types when they read this. */
  readonly answer?: { readonly to: RegExp; readonly with: string }
}

/**
 * A terminal of a person's: what the tests' own runner is told about colours, or that it runs where nobody looks on (CI,
 * which Node takes for a terminal without colours), is not told to what runs there.
 */
const PERSONAL = { ...only(/^(?:PATH|HOME|TMPDIR|XDG_CACHE_HOME|HANDWAVE_.*)$/), TERM: 'xterm-256color' }

function only(names: RegExp): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => names.test(name)))
}

/** A handwave on a terminal of its own (script(1)), and all that was written there. */
export async function onTerminal(
  args: readonly string[],
  { columns, redirect = '', environment = {}, answer }: TerminalOptions,
): Promise<{ written: string; exitCode: number | undefined }> {
  const call = [process.execPath, LAUNCHER, ...args].map(word => `'${word}'`).join(' ')
  const terminal = execa('script', ['-qec', `stty cols ${columns}; exec ${call} ${redirect}`, '/dev/null'], {
    cwd: ROOT,
    env: { ...PERSONAL, ...environment },
    extendEnv: false,
    stripFinalNewline: false,
    reject: false,
    timeout: 50_000,
  })
  let heard = ''
  const hear = (chunk: Buffer) => {
    heard += chunk.toString()
    if (!answer?.to.test(heard)) return
    terminal.stdin.write(answer.with)
    terminal.stdout.off('data', hear)
  }
  if (answer) terminal.stdout.on('data', hear)
  const { stdout, exitCode } = await terminal
  return { written: stdout, exitCode }
}
