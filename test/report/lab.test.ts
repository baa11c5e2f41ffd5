import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { findLab, labNames, loadWanted } from '../../src/lab/catalogue.ts'
import { casesOf, depends, holds, lab } from '../../src/lab/lab.ts'
import { resolveOwnName } from '../../src/lab/load.ts'
import { parseLadder } from '../../src/ladder/parse.ts'
import { describeLab } from '../../src/report/lab.ts'

/** Without colours, whose letters take no room. */
const terminal = (columns: number) =>
  Object.assign(new PassThrough(), { isTTY: true, columns, getColorDepth: () => 1 }) as unknown as NodeJS.WriteStream
const file = Object.assign(new PassThrough(), { isTTY: false }) as unknown as NodeJS.WriteStream

const LADDER = `
     client                                            server
  1. CLOSED                                            LISTEN
  2. (Open)
     SYN-SENT    --> <SEQ=x><CTL=SYN>              --> SYN-RECEIVED
  3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK> <-- SYN-RECEIVED
`
const LAB = casesOf(
  'some-lab',
  lab({
    title: 'A title',
    lesson: 'It teaches,\nin two lines.\n\n  a  table\n  b  stays',
    link: { delay: '20ms', to: { server: { loss: '1%' } } },
    ladder: LADDER,
    departs: [{ after: 3, linux: 'ESTABLISHED --> <SEQ=x+1><CTL=ACK>   -->', because: 'Linux is like that.' }],
    play: async () => {},
    claims: { C02: holds(() => true), C43: depends(() => true) },
    cases: {
      one: { sysctls: { server: { 'net.ipv4.tcp_syncookies': '2' } } },
      other: { needs: ['virtual time'], hosts: ['attacker'], claims: { C03: holds(() => true) } },
    },
  }),
)

describe('a lab, told before it runs', () => {
  it('has all that a student is to know, once each', () => {
    const ladder = LADDER.slice(1)
      .trimEnd()
      .split('\n')
      .map(line => line.slice(1))
      .join('\n')
    const departure = 'Linux, after row 3: ESTABLISHED --> <SEQ=x+1><CTL=ACK> -->\nLinux is like that.'
    expect(describeLab(LAB, file)).toBe(`A title

It teaches, in two lines.

  a  table
  b  stays

Link: delay 20ms
Link to server: loss 1%

some-lab/one

At server: net.ipv4.tcp_syncookies = 2

${ladder}

${departure}

some-lab/other

Further hosts: attacker
Needs virtual time

${ladder}

${departure}

Claims:
C03 Sending SYN with its own initial number x moves the client CLOSED → SYN_SENT. (expected: holds)

Claims in each case:
C02 Opening takes three segments: SYN, SYN+ACK, ACK. (expected: holds)
C43 FIN_WAIT_2 waits for ever for the other side's FIN. (expected: depends)
`)
  })

  it('has no picture that is wider than the terminal', () => {
    expect(describeLab(LAB, terminal(49))).toContain(`1.  client: CLOSED, server: LISTEN
2.  client: (Open)
    SYN-SENT --> <SEQ=x><CTL=SYN> -->
    SYN-RECEIVED
3.  ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>
    <-- SYN-RECEIVED
`)
  })
})

resolveOwnName()

describe.each(labNames())('%s', name => {
  it('is shown within 80 columns, and but for tables in its lesson within 40', async () => {
    const cases = await loadWanted(findLab(name))
    const wider = (columns: number) =>
      describeLab(cases, terminal(columns))
        .split('\n')
        .filter(line => line.length > columns)
    expect(wider(80)).toEqual([])
    const tables = cases.flatMap(({ spec }) => spec.lesson.split('\n')).filter(line => /^\s/.test(line))
    expect(wider(40).filter(line => !tables.includes(line))).toEqual([])
  })

  it('is shown with pictures that are ladders, in 80 columns', async () => {
    const cases = await loadWanted(findLab(name))
    const shown = describeLab(cases, terminal(80))
    const pictures = shown.split('\n\n').filter(part => /^ *client +server$/m.test(part))
    const rows = (ladder: string) => parseLadder(ladder).rows.map(row => ({ ...row, line: 0 }))
    expect(pictures.map(rows)).toEqual(cases.map(({ spec }) => rows(spec.ladder)))
  })
})
