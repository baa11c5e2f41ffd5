import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FIXTURES, runLabs } from '../handwave.ts'

/** The RFC's figures are labs. */
describe('true pictures pass', () => {
  it.each(['server-first', 'reset', 'half-close', 'lost-synack', 'server-on-the-left', 'unmarked-abort'])(
    '%s',
    async name => {
      const { status, document } = await runLabs(join(FIXTURES, `${name}.lab.ts`))
      expect({ status, reasons: document.labs[0]?.reasons }).toEqual({ status: 0, reasons: [] })
    },
  )
})
