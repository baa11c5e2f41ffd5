import { setTimeout as sleep } from 'node:timers/promises'
import { toPlainError } from '../errors.ts'
import type { AgentEvent } from '../host/agent-events.ts'
import { fromProc } from '../tcp/states.ts'
import { openClaimed } from '../testbed/netns/claimed.ts'
import { SPOKEN_TO_US } from '../testbed/runner.ts'
import type { TestbedHost } from '../testbed/testbed.ts'
import { FIRST_LOCAL_PORT, PORT } from './faults.ts'
import { floodPlan, type FloodSpec, WHERE } from './flood-plan.ts'
import type { ClientFate, FloodLine } from './flood-lines.ts'
import { CLIENT, SERVER } from './hosts.ts'

/** A flood that a person asks for, with a server to bear it and an honest client beside it. */
export interface FloodRequest {
  readonly backlog: number
  readonly syncookies: 0 | 1 | 2
  readonly segments: number
  readonly perSecond: number
  /** How long it is watched, the flood included. */
  readonly forMs: number
}

const ATTACKER = 'attacker'

export function specOf({ segments, perSecond }: FloodRequest): FloodSpec {
  return { from: ATTACKER, to: SERVER, segments, perSecond }
}

/** What is asked of the testbed, in whichever process that is. */
export function hostsOf({ syncookies }: FloodRequest) {
  const endpoints = [CLIENT, SERVER, ATTACKER].map(name => ({
    name,
    sysctls: name === SERVER ? { 'net.ipv4.tcp_syncookies': `${syncookies}` } : {},
  }))
  return { endpoints, link: {} }
}

/** The life of the process that has the hosts: it tells what it sees until the time is over, and takes them away again. */
export async function floodInside(request: FloodRequest, signal: AbortSignal): Promise<void> {
  try {
    await besiege(request, signal)
    tell({ flood: 'done' })
  } catch (error) {
    if (!signal.aborted) tell({ flood: 'error', ...toPlainError(error) })
  }
}

async function besiege(request: FloodRequest, signal: AbortSignal): Promise<void> {
  let hear: (event: AgentEvent) => void = () => {}
  await using testbed = await openClaimed(hostsOf(request), (host, event) => {
    if (host === CLIENT) hear(event)
  })
  const [client, server, attacker] = testbed.endpoints
  if (!client || !server || !attacker) throw new Error('The testbed has not given the hosts that it was asked for.')
  const caller = new HonestClient(client, server.place.address)
  hear = event => caller.hear(event)
  await server.agent.listen({ port: PORT, backlog: request.backlog })
  tell({
    flood: 'plan',
    lines: floodPlan(
      specOf(request),
      testbed.endpoints.map(({ place }) => place),
      PORT,
      WHERE.netns,
    ),
  })

  const beganMs = performance.now()
  const to = { address: server.place.address, port: PORT }
  // Once before the flood.
  await caller.call()
  await sleep(SAMPLE_MS, undefined, { signal })
  const { segments, perSecond } = request
  const flooding = attacker.agent.flood({ to, segments, perSecond })
  // Told below, when it is awaited.
  flooding.catch(() => {})
  for (let next = beganMs; performance.now() - beganMs < request.forMs; next += SAMPLE_MS) {
    await caller.call()
    tell({ flood: 'sample', ...(await sampleOf({ server, attacker, client: caller, beganMs })) })
    await sleep(Math.max(1, next + SAMPLE_MS - performance.now()), undefined, { signal })
  }
  await flooding
  tell({ flood: 'sample', ...(await sampleOf({ server, attacker, client: caller, beganMs })) })
}

const SAMPLE_MS = 250

interface Watched {
  readonly server: TestbedHost
  readonly attacker: TestbedHost
  readonly client: HonestClient
  readonly beganMs: number
}

async function sampleOf({ server, attacker, client, beganMs }: Watched) {
  const lines = await server.agent.socketTable()
  const { counters } = await server.agent.counters()
  const sent = (await attacker.agent.counters()).counters.left
  return {
    tMs: performance.now() - beganMs,
    sent,
    halfOpen: lines.filter(({ state }) => fromProc(state) === 'SYN_RCVD').length,
    counters: counters.tcpExt,
    client: client.fate,
  }
}

/** Connects, says nothing, hangs up by a RST, and calls again. */
class HonestClient {
  readonly #host: TestbedHost
  readonly #server: string
  #port = FIRST_LOCAL_PORT
  #letIn = 0
  #lastMs: number | null = null
  #isCalling = false
  #calling: { readonly socket: number; readonly sinceMs: number } | null = null
  readonly #told = new Map<number, { readonly isLetIn: boolean; readonly atMs: number }>()

  constructor(host: TestbedHost, server: string) {
    this.#host = host
    this.#server = server
  }

  get fate(): ClientFate {
    const waitsMs = this.#calling === null ? null : performance.now() - this.#calling.sinceMs
    return { letIn: this.#letIn, lastMs: this.#lastMs, waitsMs }
  }

  async call(): Promise<void> {
    if (this.#isCalling) return
    this.#isCalling = true
    const sinceMs = performance.now()
    const socket = await this.#host.agent.connect({ host: this.#server, port: PORT, fromPort: this.#port++ })
    this.#calling = { socket, sinceMs }
    this.#settle()
  }

  /** On a short way it is told before the call has a number. */
  hear(event: AgentEvent): void {
    if (event.kind !== 'connected' && event.kind !== 'failed') return
    this.#told.set(event.socket, { isLetIn: event.kind === 'connected', atMs: performance.now() })
    this.#settle()
  }

  #settle(): void {
    const calling = this.#calling
    const told = calling && this.#told.get(calling.socket)
    if (!calling || !told) return
    this.#calling = null
    this.#isCalling = false
    if (!told.isLetIn) return
    this.#letIn++
    this.#lastMs = told.atMs - calling.sinceMs
    void this.#host.agent.reset({ socket: calling.socket })
  }
}

function tell(line: FloodLine): void {
  process.stdout.write(`${SPOKEN_TO_US}${JSON.stringify(line)}\n`)
}
