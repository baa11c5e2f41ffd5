import { LABEL_TESTCONTAINERS_SESSION_ID } from 'testcontainers'
import { MissingError } from '../../errors.ts'
import { LAB_RANGE } from '../../host/network.ts'
import { ownerName } from '../../host/owner.ts'
import { type Engine, engineError, reaperSession } from './engine.ts'
import { ownLabels } from './labels.ts'
import { unlessGone } from './leftovers.ts'

/** A network that no way leads out of: the engine gives it no route, and its bridge has no address of this machine's. */
export interface LabNetwork extends AsyncDisposable {
  readonly name: string
}

/** As wide as the lab's range: what the engine does not count to the network it lets nobody send. */
export async function makeNetwork(engine: Engine): Promise<LabNetwork> {
  const name = `handwave-${ownerName()}-${++made}`
  const network = await engine.network
    .create({
      Name: name,
      Driver: 'bridge',
      Internal: true,
      EnableIPv6: false,
      CheckDuplicate: true,
      IPAM: { Config: [{ Subnet: LAB_RANGE, Gateway: LAST_ADDRESS }] },
      Options: { 'com.docker.network.bridge.inhibit_ipv4': 'true' },
      Labels: { ...ownLabels(), [LABEL_TESTCONTAINERS_SESSION_ID]: await reaperSession(engine) },
    })
    .catch(explain)
  return { name, [Symbol.asyncDispose]: () => remove(engine, network.id) }
}

let made = 0

/** The engine wants one for its bridge. No host has it, and no lab invents it. */
const LAST_ADDRESS = '198.19.255.254'

function explain(cause: Error): never {
  if (!/overlaps/i.test(cause.message)) throw engineError("make the lab's network", cause)
  throw new MissingError(
    'NETWORK_IN_USE',
    `Another network of the engine has addresses of ${LAB_RANGE}, the labs' own.`,
    {
      hint: 'Another run may be at work: wait until it ends. If it was killed: handwave clean. All of them: docker network ls',
      cause,
    },
  )
}

async function remove(engine: Engine, id: string): Promise<void> {
  await engine.container.dockerode
    .getNetwork(id)
    .remove()
    .catch(unlessGone)
    .catch(cause => {
      throw engineError("take the lab's network away", cause)
    })
}
