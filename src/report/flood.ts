import type { ClientFate, FloodSample } from '../lab/flood-lines.ts'

/** One moment of a flood, in a line: for who reads it later. */
export function describeSample(sample: FloodSample): string {
  const { tMs, sent, halfOpen, counters } = sample
  const drops = DROPS.flatMap(name => (counters[name] ? `  ${name} ${counters[name]}` : []))
  const again = counters[REPEATED] ?? 0
  return `${seconds(tMs)}  sent ${sent}  half-open ${halfOpen}  SYN+ACKs repeated ${again}${drops.join('')}  client ${fateOf(sample.client)}`
}

/** All that has been seen so far as small plots, each as wide as there is room for. */
export function plotSamples(samples: readonly FloodSample[], queue: number, columns: number): string[] {
  const last = samples.at(-1)
  if (!last) return []
  const width = Math.max(8, Math.min(40, columns - ROOM_FOR_TEXT))
  const shown = samples.slice(-width)
  const plot = (values: readonly number[], most: number) => sparkline(values, most).padEnd(width)
  const sum = ({ counters }: FloodSample) => REFUSED.reduce((total, name) => total + (counters[name] ?? 0), 0)
  // What grows all the time is plotted by how much it has grown.
  const steps = (of: (sample: FloodSample) => number) =>
    shown.map((sample, index) => of(sample) - of(shown[index - 1] ?? samples.at(-width - 1) ?? NOTHING))
  const [sent, again, drops] = [
    steps(sample => sample.sent),
    steps(({ counters }) => counters[REPEATED] ?? 0),
    steps(sum),
  ]
  const named = REFUSED.find(name => last.counters[name])
  const lines = [
    `sent    ${plot(sent, Math.max(...sent))} ${last.sent} SYNs`,
    `queue   ${plot(
      shown.map(({ halfOpen }) => halfOpen),
      queue,
    )} ${last.halfOpen} half-open`,
    `again   ${plot(again, Math.max(...again))} ${last.counters[REPEATED] ?? 0} SYN+ACKs`,
    `drops   ${plot(drops, Math.max(...drops))} ${named ? `${named} ${last.counters[named]}` : 'none'}`,
    `client  ${shown
      .map(({ client }) => (client.waitsMs !== null && client.waitsMs > LONG_MS ? '✗' : '·'))
      .join('')
      .padEnd(width)} ${fateOf(last.client)}`,
  ]
  return lines.map(line => line.slice(0, columns))
}

const ROOM_FOR_TEXT = 40
const LONG_MS = 200
/** TCPSynRetrans: SYN+ACKs that were repeated; a server sends no SYNs of its own. */
const REPEATED = 'TCPSynRetrans'
/** What becomes of SYNs that get no entry. */
const REFUSED = ['ListenDrops', 'SyncookiesSent'] as const
/** And why, as far as the kernel says. */
const DROPS = [...REFUSED, 'ListenOverflows', 'TCPReqQFullDrop', 'TCPReqQFullDoCookies', 'SyncookiesRecv'] as const
const NOTHING: FloodSample = { tMs: 0, sent: 0, halfOpen: 0, counters: {}, client: { letIn: 0, lastMs: 0, waitsMs: 0 } }

function fateOf({ letIn, lastMs, waitsMs }: ClientFate): string {
  if (waitsMs !== null && waitsMs > LONG_MS) return `shut out for ${seconds(waitsMs).trim()}`
  return letIn === 0 || lastMs === null ? 'calling' : `let in ${letIn} times, last in ${lastMs.toFixed(0)} ms`
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`.padStart(6)
}

function sparkline(values: readonly number[], most: number): string {
  return values
    .map(value => BARS[most <= 0 ? 0 : Math.min(BARS.length - 1, Math.ceil((value / most) * (BARS.length - 1)))])
    .join('')
}

const BARS = ' ▁▂▃▄▅▆▇█'
