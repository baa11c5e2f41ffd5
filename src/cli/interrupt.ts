import { HandwaveError } from '../errors.ts'

/** Ctrl-C, a SIGTERM, or a reader that has gone: exit status 130. */
export class Interrupted extends HandwaveError {
  override readonly name = 'Interrupted'

  constructor(by: string) {
    super('INTERRUPTED', `Interrupted (${by}).`)
  }
}

/**
 * A signal that aborts when this process is asked to end, so that everything it holds is let go of in order. Who asks again
 * will not wait for that.
 */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController()
  let askedMs = 0
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted && performance.now() - askedMs > ONE_WISH_MS) process.exit(130)
      askedMs = performance.now()
      controller.abort(new Interrupted(name))
    })
  }
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    controller.abort(new Interrupted('closed pipe'))
  })
  return controller.signal
}

/** Whoever signals a whole group reaches this process twice: by itself, and through what started it. */
const ONE_WISH_MS = 1000
