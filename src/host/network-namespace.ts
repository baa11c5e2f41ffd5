import { closeSync, openSync, readlinkSync } from 'node:fs'
import { HandwaveError } from '../errors.ts'
import type { HostNamespace } from './host-namespace.ts'
import { errno, libc } from './libc.ts'

const CLONE_NEWNET = 0x40000000
const OWN = '/proc/thread-self/ns/net'

/**
 * A network namespace that this thread can step into (setns(2)). A socket belongs for ever to the namespace in which it
 * was made, so one process can hold the sockets of many hosts: a process for each would take longer to start than most
 * labs take to run.
 */
export class NetworkNamespace implements HostNamespace {
  readonly id: string
  #fd: number | null

  constructor(name: string) {
    this.#fd = openSync(`/run/netns/${name}`, 'r')
    this.id = this.run(() => readlinkSync(OWN))
  }

  run<T>(work: () => T): T {
    const before = current()
    enter(this.#mustBeOpen())
    try {
      return work()
    } finally {
      enter(before)
    }
  }

  /**
   * Stays in here until the work is done: Node makes some of its sockets only a turn later. One at a time; whatever else
   * runs meanwhile says by `run` where it wants to be.
   */
  hold<T>(work: () => Promise<T>): Promise<T> {
    const held = queue.then(async () => {
      const before = current()
      enter(this.#mustBeOpen())
      try {
        return await work()
      } finally {
        enter(before)
      }
    })
    queue = held.catch(() => {})
    return held
  }

  /** Its number may be another file's by now. */
  #mustBeOpen(): number {
    if (this.#fd === null) throw new HandwaveError('HOST_GONE', `Nobody can enter ${this.id} any more.`)
    return this.#fd
  }

  [Symbol.dispose](): void {
    if (this.#fd !== null) closeSync(this.#fd)
    this.#fd = null
  }
}

let queue: Promise<unknown> = Promise.resolve()
let home: number | undefined
let here: number | undefined

function current(): number {
  home ??= openSync(OWN, 'r')
  return here ?? home
}

/** Of the process itself, where it lives when it is in no host. */
export function homeNamespace(): string {
  return readlinkSync(`/proc/self/fd/${home ?? current()}`)
}

type Setns = (fd: number, kind: number) => number
let setns: Setns | undefined

function enter(fd: number): void {
  setns ??= libc('int setns(int fd, int nstype)') as Setns
  if (setns(fd, CLONE_NEWNET) !== 0) {
    throw new HandwaveError('SETNS', `This process may not enter a network namespace (errno ${errno()}).`, {
      hint: 'It needs CAP_SYS_ADMIN: run as root.',
    })
  }
  here = fd
}
