import { sameConnection } from './connections.ts'
import type { ConnectionId, Evidence, StateChange } from './evidence.ts'

/** A host's changes of state for one connection, in order. */
export function changesOf(evidence: Evidence, host: string, connection: ConnectionId): readonly StateChange[] {
  return remembered(changesByHost, evidence, `${host} ${connection}`, () =>
    evidence.states
      .filter(change => change.host === host && sameConnection(change.connection, connection))
      .sort((a, b) => a.n - b.n),
  )
}

/** A ladder asks the same of one evidence thousands of times. Evidence does not change: a longer one is another one. */
const changesByHost = new WeakMap<Evidence, Map<string, StateChange[]>>()

export function remembered<T>(
  memory: WeakMap<Evidence, Map<string, T>>,
  evidence: Evidence,
  key: string,
  find: () => T,
): T {
  const known = memory.get(evidence) ?? new Map<string, T>()
  memory.set(evidence, known)
  const found = known.get(key) ?? find()
  known.set(key, found)
  return found
}
