import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { HandwaveError } from '../../errors.ts'
import type { AgentCalls, AgentEvent } from '../../host/agent.ts'
import { Caller } from '../../host/channel.ts'
import type { HostPlace } from '../../host/network.ts'
import { type Command, toScript } from '../../host/shell.ts'
import type { OnAgentDeath, OnAgentEvent } from '../testbed.ts'

const LAUNCHER = fileURLToPath(new URL('../../../bin/handwave.mjs', import.meta.url))
/** dash knows file descriptors of one digit; the first three are taken. */
const FIRST_CHANNEL = 3
const MOST_HOSTS = 7

export interface HostStart {
  readonly place: HostPlace
  readonly namespace: string
  /** What is run in the namespace before the agent is. */
  readonly commands: readonly Command[]
}

export type Agent = Caller<AgentCalls, AgentEvent>

/**
 * All agents of a testbed. One shell makes the namespaces, furnishes each and becomes the agents' parent: a fork of Node
 * for each of these steps would take longer than all of them together.
 */
export class Agents implements AsyncDisposable {
  readonly byHost = new Map<string, Agent>()
  readonly #shell: ChildProcess
  readonly #channels: Socket[] = []
  readonly #ended: Promise<void>
  #complaints = ''
  #isOver = false

  constructor(first: readonly Command[], hosts: readonly HostStart[], onEvent: OnAgentEvent, onDeath: OnAgentDeath) {
    if (hosts.length > MOST_HOSTS) {
      throw new HandwaveError('TOO_MANY_HOSTS', `A lab has ${hosts.length} hosts, and at most ${MOST_HOSTS} can be.`)
    }
    const channels = hosts.map(() => 'pipe' as const)
    this.#shell = spawn('/bin/sh', ['-e', '-c', script(first, hosts)], {
      stdio: ['ignore', 'ignore', 'pipe', ...channels],
    })
    this.#shell.stderr?.on('data', chunk => {
      this.#complaints += chunk
    })
    this.#shell.once('error', error => {
      this.#complaints += error.message
    })
    this.#ended = new Promise(resolve => this.#shell.once('close', () => resolve()))
    for (const [index, { place }] of hosts.entries()) {
      // Node's pipes between processes are socket pairs: one serves both ways.
      const channel = this.#shell.stdio[FIRST_CHANNEL + index] as unknown as Socket
      const agent: Agent = new Caller(channel, channel, event => onEvent(place.name, event))
      channel.once('close', () => {
        if (this.#isOver) return
        const reason = new HandwaveError(
          'AGENT_DIED',
          `The agent of ${place.name} ended before its time. ${this.#complaints}`.trim(),
        )
        agent.end(reason)
        onDeath(place.name, reason)
      })
      this.#channels.push(channel)
      this.byHost.set(place.name, agent)
    }
  }

  /** An agent ends when its channel does, and the shell when all its agents have. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true
    for (const channel of this.#channels) channel.destroy()
    await this.#ended
  }
}

function script(first: readonly Command[], hosts: readonly HostStart[]): string {
  const channels = hosts.map((_, index) => FIRST_CHANNEL + index)
  return [
    toScript(first),
    ...hosts.map((host, index) => hostScript(host, FIRST_CHANNEL + index, channels)),
    // Kept open here, a channel would outlive its agent.
    `exec ${channels.map(closed).join(' ')}`,
    'wait',
  ].join('\n')
}

function hostScript({ namespace, commands }: HostStart, own: number, channels: readonly number[]): string {
  const others = channels.filter(channel => channel !== own).map(closed)
  return [
    `nsenter --net=/run/netns/${namespace} /bin/sh -e ${others.join(' ')} <<'END_OF_HOST' &`,
    toScript(commands),
    `exec ${toScript([{ program: process.execPath, args: [LAUNCHER, 'agent'] }])} <&${own} >&${own} ${closed(own)}`,
    'END_OF_HOST',
  ].join('\n')
}

function closed(channel: number): string {
  return `${channel}<&-`
}
