import { AsyncLocalStorage } from 'node:async_hooks'

/** What went wrong and nobody waited for belongs to the play that set it off, which may be over by now. */
export type Whose = 'the play at work' | 'an earlier play' | 'unknown'

const scope = new AsyncLocalStorage<object>()
let atWork: object | null = null

/** All that it sets off is known by it afterwards. */
export function playFor<T>(run: object, play: () => T): T {
  atWork = run
  return scope.run(run, play)
}

export function playIsOver(): void {
  atWork = null
}

/** Asked where an error is told that nobody has caught. */
export function whosePlay(): Whose {
  const of = scope.getStore()
  if (of === undefined) return 'unknown'
  return of === atWork ? 'the play at work' : 'an earlier play'
}

export function isPlayAtWork(): boolean {
  return atWork !== null
}
