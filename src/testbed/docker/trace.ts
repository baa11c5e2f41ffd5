import { TRACE_METHODS, type TraceEvent, type TraceKeeper } from '../../host/container-agent.ts'
import type { Trace } from '../testbed.ts'
import { type ContainerOptions, HostContainer } from './host-container.ts'

export interface TraceOptions extends Pick<ContainerOptions, 'engine' | 'apiVersion' | 'image' | 'name' | 'onLost'> {
  /** Of the tracer's instance. */
  readonly tag: string
  readonly devices: readonly string[]
}

/** The trace of the engine's kernel, from a container of its own: the only one that may more than hosts may. */
export class RemoteTrace implements Trace, AsyncDisposable {
  readonly hasMarks = false
  untilNs = 0
  readonly #container: HostContainer
  readonly #keeper: TraceKeeper
  readonly #lines: string[]

  static async open({ tag, devices, ...options }: TraceOptions): Promise<RemoteTrace> {
    const lines: string[] = []
    let told: RemoteTrace | undefined
    const onEvent = (event: TraceEvent) => {
      for (const line of event.lines) lines.push(line)
      if (told) told.untilNs = event.untilNs
    }
    await using undo = new AsyncDisposableStack()
    const container = undo.use(
      await HostContainer.start({
        ...options,
        role: 'trace',
        network: null,
        sysctls: {},
        onEvent: event => onEvent(event as TraceEvent),
      }),
    )
    const keeper = container.inside<TraceKeeper>(TRACE_METHODS)
    await keeper.open({ name: tag, devices })
    undo.move()
    told = new RemoteTrace(container, keeper, lines)
    return told
  }

  private constructor(container: HostContainer, keeper: TraceKeeper, lines: string[]) {
    this.#container = container
    this.#keeper = keeper
    this.#lines = lines
  }

  /**
   * What has been until now is none of the lab's: hosts that greet each other send what no sniffer hears, and a packet that may
   * yet be heard is waited for.
   */
  async begin(): Promise<void> {
    await this.catchUp()
    this.read()
  }

  read(): string[] {
    return this.#lines.splice(0)
  }

  async catchUp(): Promise<void> {
    await this.#keeper.catchUp()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Should the container be gone, so is its trace.
    await this.#keeper.close().catch(() => {})
    await this.#container[Symbol.asyncDispose]()
  }
}
