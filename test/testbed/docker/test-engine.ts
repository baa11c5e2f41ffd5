import { getContainerRuntimeClient } from 'testcontainers'
import type { EngineApi } from '../../../src/testbed/docker/engine.ts'
import { doesAnswer } from './engine-answers.ts'
import { EngineOnMachine } from './engine-on-machine.ts'

/** The engine that answers here, or one of the test's own, to which DOCKER_HOST leads as long as it is there. */
export class TestEngine implements AsyncDisposable {
  readonly api: EngineApi
  #own: EngineOnMachine | null

  static async get(): Promise<TestEngine> {
    // Not by asking Testcontainers: where it has looked once it does not look again.
    if (process.env['DOCKER_HOST'] || (await doesAnswer('/var/run/docker.sock'))) {
      return new TestEngine((await getContainerRuntimeClient()).container.dockerode, null)
    }
    const own = await EngineOnMachine.start()
    process.env['DOCKER_HOST'] = own.address
    // Its image cannot be had there, and all containers go with the engine.
    process.env['TESTCONTAINERS_RYUK_DISABLED'] = 'true'
    try {
      return new TestEngine((await getContainerRuntimeClient()).container.dockerode, own)
    } catch (error) {
      await own[Symbol.asyncDispose]()
      throw error
    }
  }

  private constructor(api: EngineApi, own: EngineOnMachine | null) {
    this.api = api
    this.#own = own
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const own = this.#own
    if (own === null) return
    this.#own = null
    delete process.env['DOCKER_HOST']
    delete process.env['TESTCONTAINERS_RYUK_DISABLED']
    await own[Symbol.asyncDispose]()
  }
}
