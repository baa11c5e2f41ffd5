import { HandwaveError } from '../errors.ts'

/** Ctrl-C, a SIGTERM, or a reader that has gone: exit status 130. */
export class Interrupted extends HandwaveError {
  override readonly name = 'Interrupted'

  constructor(by: string) {
    super('INTERRUPTED', `Interrupted (${by}).`)
  }
}

/** A signal that aborts when this process is asked to end, so that everything it holds is let go of in order. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(name, () => controller.abort(new Interrupted(name)))
  }
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    controller.abort(new Interrupted('closed pipe'))
  })
  return controller.signal
}
