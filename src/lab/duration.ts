import { UsageError } from '../errors.ts'

const UNITS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** `'20ms'`, `'1.5s'`, `'5m'` in milliseconds. */
export function parseDuration(given: unknown): number {
  // A lab file may give anything.
  const text = String(given)
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*(us|ms|s|m|h)$/.exec(text.trim()) ?? []
  const factor = unit === undefined ? undefined : UNITS[unit]
  if (number === undefined || factor === undefined) {
    throw new UsageError('DURATION', `'${text}' is no length of time.`, {
      hint: "Write a number and a unit: '20ms', '1.5s', '5m', '2h'.",
    })
  }
  return Number(number) * factor
}
