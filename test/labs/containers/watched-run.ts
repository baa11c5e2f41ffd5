import { readlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { getContainerRuntimeClient } from 'testcontainers'
import { LAUNCHER } from '../../handwave.ts'
import type { Watched } from './watched.ts'

/**
 * Runs beside an engine: handwave as it is asked, and meanwhile the engine itself is asked what there is, past all that
 * handwave says. Prints both as JSON.
 */
const api = (await getContainerRuntimeClient()).container.dockerode
const run = execa(process.execPath, [LAUNCHER, 'run', '--on', 'docker', '--json', ...process.argv.slice(2)], {
  reject: false,
  stdin: 'ignore',
})
/** Each look costs those who are looked at. */
const LOOK_MS = 4000
const seen: Record<string, Watched['seen'][string]> = {}
const over = run.then(() => true)
do await look()
while (!(await Promise.race([over, sleep(LOOK_MS, false)])))
const { exitCode, stdout, stderr } = await run
const left = await Promise.all([api.listContainers({ all: true }), api.listNetworks(), api.listVolumes()])
const watched: Watched = {
  exitCode,
  stderr,
  document: stdout === '' ? null : JSON.parse(stdout),
  seen,
  left: [
    ...left[0].map(({ Names }) => `container ${Names.join()}`),
    ...left[1]
      .filter(({ Driver, Name }) => Driver === 'bridge' && Name !== 'bridge')
      .map(({ Name }) => `network ${Name}`),
    ...left[2].Volumes.map(({ Name }) => `volume ${Name}`),
  ],
}
process.stdout.write(`${JSON.stringify(watched)}\n`)

/** Containers come and go while they are looked at. */
async function look(): Promise<void> {
  for (const { Id, Image } of await api.listContainers()) {
    try {
      const { State, HostConfig, NetworkSettings } = await api.getContainer(Id).inspect()
      const { stdout: qdiscs } = await execa('nsenter', [`--target=${State.Pid}`, '--net', 'tc', 'qdisc', 'show'])
      seen[Id] = {
        image: Image,
        networkNamespace: readlinkSync(`/proc/${State.Pid}/ns/net`),
        // Furnished by and by: the most that was seen.
        hasNetem: seen[Id]?.hasNetem === true || qdiscs.includes('netem'),
        isPrivileged: HostConfig.Privileged === true,
        capabilities: (HostConfig.CapAdd ?? []).map((name: string) => name.replace(/^CAP_/, '')),
        ports: Object.keys(HostConfig.PortBindings ?? {}),
        networks: Object.keys(NetworkSettings.Networks),
      }
    } catch {
      // It has gone.
    }
  }
}
