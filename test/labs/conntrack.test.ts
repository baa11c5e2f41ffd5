import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { expect, it } from 'vitest'
import type { Evidence } from '../../src/evidence/evidence.ts'
import { FIXTURES, runLabs } from '../handwave.ts'

const FIXTURE = join(FIXTURES, 'slow-steps.lab.ts')
const WHY_NOT =
  process.getuid?.() !== 0
    ? 'only root may enter a namespace'
    : existsSync('/proc/net/nf_conntrack')
      ? null
      : 'this kernel does not list its connections (/proc/net/nf_conntrack)'

/**
 * A rule that asks for the state makes the kernel follow connections. It looks at a segment in prerouting, before the
 * wire's own rules hold or lose it: what it says is what has come to the wire.
 */
const FOLLOW = `table ip independent {
  chain looks {
    type filter hook prerouting priority 0;
    ct state established counter
  }
}`

/** Its list, again and again, each line with the time that the machine has been up. Ends by itself. */
const POLL = `
n=0
while [ $n -lt 2000 ]; do
  read up _ </proc/uptime
  while read line; do echo "$up $line"; done </proc/net/nf_conntrack
  sleep 0.003
  n=$((n + 1))
done`

it("what the wire's own kernel makes of the segments agrees with the states of both ends", async context => {
  if (WHY_NOT !== null) context.skip(WHY_NOT)
  const running = runLabs(FIXTURE, '--on', 'netns')
  const namespace = await namespaceOfWire()
  await execa('nsenter', [namespace, 'nft', '-f', '-'], { input: FOLLOW })
  const polling = execa('nsenter', [namespace, 'sh', '-c', POLL], { reject: false, timeout: 30_000 })
  const { document } = await running
  polling.kill()
  const { stdout } = await polling
  const [lab] = document.labs
  if (!lab) throw new Error('no result')
  expect({ verdict: lab.verdict, reasons: lab.reasons }).toEqual({ verdict: 'pass', reasons: [] })

  const seen = firstSightings(stdout)
  expect(seen.map(({ state }) => state)).toEqual(WORDS.map(({ conntrack }) => conntrack))
  const [{ upMs: zero } = { upMs: 0 }] = seen
  const expected = WORDS.map(({ host, state }) => enteredMs(lab.evidence, host, state))
  expect(expected).toEqual(expected.toSorted((a, b) => a - b))
  for (const [index, { upMs, state }] of seen.entries()) {
    // The list is read every few milliseconds, and the machine's uptime counts ten at a time.
    expect(Math.abs(upMs - zero - (expected[index] ?? 0)), state).toBeLessThan(60)
  }
})

/** Its words, and whose state in ours begins with the same segment. */
const WORDS = [
  { conntrack: 'SYN_SENT', host: 'client', state: 'SYN_SENT' },
  { conntrack: 'SYN_RECV', host: 'server', state: 'SYN_RCVD' },
  { conntrack: 'ESTABLISHED', host: 'client', state: 'ESTABLISHED' },
  { conntrack: 'FIN_WAIT', host: 'client', state: 'FIN_WAIT_1' },
  { conntrack: 'CLOSE_WAIT', host: 'server', state: 'CLOSE_WAIT' },
  { conntrack: 'LAST_ACK', host: 'server', state: 'LAST_ACK' },
  { conntrack: 'TIME_WAIT', host: 'client', state: 'TIME_WAIT' },
] as const

function enteredMs({ states }: Evidence, host: string, state: string): number {
  return states.find(change => change.host === host && change.to === state)?.tMs ?? Number.NaN
}

function firstSightings(listing: string): { upMs: number; state: string }[] {
  const found: { upMs: number; state: string }[] = []
  for (const line of listing.split('\n')) {
    const [, up, state] = /^(\S+) ipv4\s.* tcp\s+\d+ \d+ (\w+) /.exec(line) ?? []
    if (state !== undefined && found.at(-1)?.state !== state) found.push({ upMs: Number(up) * 1000, state })
  }
  return found
}

/** As nsenter takes it, once the runner has made it. */
async function namespaceOfWire(): Promise<string> {
  for (let attempt = 0; attempt < 300; attempt++) {
    const runner = readdirSync('/proc').find(pid => /^\d+$/.test(pid) && isRunner(pid))
    const folder = `/proc/${runner}/root/run/netns`
    const wire =
      runner !== undefined && existsSync(folder) ? readdirSync(folder).find(name => name.endsWith('-wire')) : undefined
    // The last of the hosts is furnished a moment later.
    if (wire !== undefined) return await sleep(300, `--net=${join(folder, wire)}`)
    await sleep(10)
  }
  throw new Error('There was no runner.')
}

function isRunner(pid: string): boolean {
  try {
    const [program = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0')
    return program.endsWith('node') && args.includes('inside') && args.join().includes('slow-steps')
  } catch {
    return false
  }
}
