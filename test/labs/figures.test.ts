import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FIXTURES, runLabs } from '../handwave.ts'

describe("RFC 9293's figures, as printed, happen on the lab kernel", () => {
  it.each(['6', '12', '13'])('figure %s', async figure => {
    const { status, document } = await runLabs(join(FIXTURES, `figure-${figure}.lab.ts`))
    expect({ status, reasons: document.labs[0]?.reasons }).toEqual({ status: 0, reasons: [] })
  })
})

describe('other true pictures pass', () => {
  it.each(['server-first', 'reset', 'half-close', 'lost-synack'])('%s', async name => {
    const { status, document } = await runLabs(join(FIXTURES, `${name}.lab.ts`))
    expect({ status, reasons: document.labs[0]?.reasons }).toEqual({ status: 0, reasons: [] })
  })
})
