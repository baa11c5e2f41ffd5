import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FIXTURES, handwave } from '../handwave.ts'
import { Screen } from './screen.ts'
import { onTerminal } from './terminal.ts'

const COLUMNS = 60
const ESCAPE = '\u001b'
/** CSI m */
const hasColours = (written: string) =>
  written.includes(`${ESCAPE}[`) && / \[[\d;]*m/.test(written.replaceAll(ESCAPE, ' '))
/** One that passes and takes a second and more with its boot, and one that fails. */
const LABS = ['three-way-handshake', join(FIXTURES, 'fault-misses.lab.ts')]

describe('without a terminal', () => {
  it.each([[[]], [['--json']]])('nothing but text is written: %j', async options => {
    const { stdout, stderr, exitCode } = await handwave('run', '--on', 'kernel', ...LABS, ...options)
    expect(exitCode).toBe(1)
    expect(stdout.length).toBeGreaterThan(1000)
    expect(stdout + stderr).not.toContain(ESCAPE)
    expect(stdout + stderr).not.toContain('\r')
  })
})

describe('on a terminal', () => {
  it('what is said in colours is said without them where NO_COLOR is set', async () => {
    const coloured = await onTerminal(['run', '--on', 'kernel', ...LABS], { columns: 150 })
    expect(hasColours(coloured.written)).toBe(true)
    const plain = await onTerminal(['run', '--on', 'kernel', ...LABS], { columns: 150, environment: { NO_COLOR: '1' } })
    expect(hasColours(plain.written)).toBe(false)
    expect(timeless(new Screen(plain.written))).toEqual(timeless(new Screen(coloured.written)))
  })

  it('a line on standard error tells what a lab is at, and is gone when the lab is over', async () => {
    const { written } = await onTerminal(['run', '--on', 'kernel', 'three-way-handshake'], {
      columns: COLUMNS,
      redirect: '>/dev/null',
    })
    const { moments, lines } = new Screen(written)
    expect(moments.some(line => /^▸ three-way-handshake +\d\.\d s /.test(line))).toBe(true)
    expect(lines.join('')).toBe('')
  })

  it("it is in nobody's way who reads standard output", async () => {
    const { written } = await onTerminal(['run', '--on', 'kernel', 'three-way-handshake'], {
      columns: COLUMNS,
      redirect: '2>/dev/null',
    })
    expect(written).not.toContain('▸')
  })

  it.each([40, COLUMNS])('nothing is wider than %i columns', async columns => {
    const { written, exitCode } = await onTerminal(['run', '--on', 'kernel', ...LABS], { columns })
    expect(exitCode).toBe(1)
    const { moments, lines } = new Screen(written)
    expect(moments.filter(line => line.length > columns)).toEqual([])
    expect(lines.some(line => line.includes('▸'))).toBe(false)
    expect(lines.join('\n')).toContain('three-way-handshake  Three segments')
  })
})

/** What it says, but for the times, and for the room that they take. */
function timeless({ lines }: Screen): string[] {
  return lines.map(line =>
    line
      .replaceAll(/\d+\.\d+/g, '')
      .replaceAll(/ +/g, ' ')
      .trim(),
  )
}
