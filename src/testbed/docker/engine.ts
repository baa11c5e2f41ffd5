import { accessSync, constants, existsSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ContainerRuntimeClient, getContainerRuntimeClient, getReaper } from 'testcontainers'
import { type HandwaveError, LacksError, MissingError } from '../../errors.ts'

export type Engine = ContainerRuntimeClient
/** The engine's own API, for what Testcontainers has no words for. */
export type EngineApi = ContainerRuntimeClient['container']['dockerode']

/** The engine that Testcontainers finds: DOCKER_HOST and its own settings mean what its documentation says. */
export async function findEngine(signal?: AbortSignal): Promise<Engine> {
  // Testcontainers would wait for ever where somebody takes the connection and says nothing. The next place is then tried.
  const giveUp = () => {
    for (const agent of [http.globalAgent, https.globalAgent]) agent.destroy()
  }
  const impatience = setInterval(giveUp, ANSWER_MS)
  signal?.addEventListener('abort', giveUp, { once: true })
  try {
    return await getContainerRuntimeClient()
  } catch (cause) {
    signal?.throwIfAborted()
    const why = isRefused() ? `You may not use ${SOCKET}` : 'No container engine answers'
    const hint = isRefused()
      ? 'Join the group docker (usermod -aG docker <you>) and log in again, or run it as root. Without an engine: --on kernel'
      : 'Start Docker, or let DOCKER_HOST say where an engine is. Without one: --on kernel'
    throw new MissingError('NO_ENGINE', `${why}.`, { hint, cause })
  } finally {
    clearInterval(impatience)
    signal?.removeEventListener('abort', giveUp)
  }
}

/** A busy one takes seconds. */
const ANSWER_MS = 15_000

const SOCKET = '/var/run/docker.sock'

function isRefused(): boolean {
  if (process.env['DOCKER_HOST'] !== undefined || !existsSync(SOCKET)) return false
  try {
    accessSync(SOCKET, constants.R_OK | constants.W_OK)
    return false
  } catch {
    return true
  }
}

/**
 * Testcontainers' reaper takes away what a killed run has left, where its image is there or can be had. Elsewhere our own
 * labels do, and `handwave clean`. Gives the session by which it knows what is ours.
 */
export async function reaperSession(engine: Engine): Promise<string> {
  try {
    return (await getReaper(engine)).sessionId
  } catch {
    process.env['TESTCONTAINERS_RYUK_DISABLED'] = 'true'
    return (await getReaper(engine)).sessionId
  }
}

/** What went wrong with the engine, in its own words. */
export function engineError(doing: string, cause: unknown): MissingError {
  return new MissingError('ENGINE', wentWrong(doing, cause), {
    hint: 'Is it still running? docker info. What a run has left: handwave clean. Without an engine: --on kernel',
    cause,
  })
}

/** The same, where it may be one lab's misfortune: while the engine answers the others may go on. */
export async function misfortune(engine: Engine, doing: string, cause: unknown): Promise<HandwaveError> {
  if (!(await doesAnswer(engine))) return engineError(doing, cause)
  return new LacksError('CONTAINER', wentWrong(doing, cause), {
    hint: 'The engine answers: what it did last say docker events --since 10m and its own log.',
    cause,
  })
}

export async function doesAnswer({ container: { dockerode: api } }: Engine): Promise<boolean> {
  const answers = api.ping().then(
    () => true,
    () => false,
  )
  return await Promise.race([answers, sleep(ANSWER_MS, false, { ref: false })])
}

function wentWrong(doing: string, cause: unknown): string {
  const said = (cause as { json?: { message?: string } }).json?.message ?? (cause as Error).message
  return `The container engine could not ${doing}: ${said}`
}
