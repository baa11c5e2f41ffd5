import { type Link, netemTowards } from './netem.ts'

/**
 * Longer than this no link of a lab holds a segment back: netem's delay, its jitter (tc's own tables of distributions end
 * at four deviations), and, where it has a rate, what may wait for its turn; and what it takes a busy machine.
 */
export function slowestMs(link: Link, hosts: readonly string[]): number {
  const each = hosts.map(host => {
    const { delay = '', jitter = '', rate } = netemTowards(link, host)
    const [delayMs = 0, ...jitterMs] = times(`${delay} ${jitter}`)
    const spread = Math.max(0, ...jitterMs) * DEVIATIONS
    return delayMs + spread + (rate === undefined ? 0 : (MOST_WAITING_BITS / bitsPerSecond(rate)) * 1000)
  })
  return Math.max(0, ...each) + BUSY_MS
}

const DEVIATIONS = 4
/** What one connection may have under way with Linux's buffers (tcp_wmem, tcp(7)). */
const MOST_WAITING_BITS = 4 * 1024 * 1024 * 8
const BUSY_MS = 250

const TIME_UNITS: Readonly<Record<string, number>> = { u: 0.001, m: 1, s: 1000 }

function times(words: string): number[] {
  return [...words.matchAll(/(?:^|\s)(\d+(?:\.\d+)?)(u|m|s)\w*/g)].map(
    ([, number, unit = '']) => Number(number) * (TIME_UNITS[unit] ?? 1),
  )
}

const RATE_UNITS: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 }

/** tc(8): bit and bps, which is bytes, with prefixes of a thousand; those of 1024 are a little more. */
function bitsPerSecond(rate: string): number {
  const [, number, prefix = '', unit = ''] = /^(\d+(?:\.\d+)?)([kmgt]?)i?(bit|bps)/i.exec(rate.trim()) ?? []
  return Number(number ?? 1) * (RATE_UNITS[prefix.toLowerCase()] ?? 1) * (unit.toLowerCase() === 'bps' ? 8 : 1)
}
