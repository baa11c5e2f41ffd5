import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { claimLedger } from '../../src/lab/claim-ledger.ts'
import { edgeCoverage } from '../../src/lab/edge-coverage.ts'
import type { CaseRecord } from '../../src/lab/case-record.ts'
import { describeClaims } from '../../src/report/claims.ts'
import { describeCoverage } from '../../src/report/coverage.ts'
import { describeAccount, type LedgerAccount, nameSome, toLedgerAccount } from '../../src/report/ledger-account.ts'

const RECORD: CaseRecord = {
  schema: 'handwave/case@1',
  lab: 'some-lab-with-a-name',
  case: 'this',
  source: '',
  at: '2026-11-28T15:41:59.000Z',
  claims: [
    { id: 'C02', expected: 'holds', finding: 'holds' },
    { id: 'C43', expected: 'depends', finding: 'holds' },
  ],
  edges: ['E05', 'E51'],
}
const LATER: CaseRecord = {
  ...RECORD,
  case: 'that',
  at: '2026-11-28T16:00:00.000Z',
  claims: [{ id: 'C43', expected: 'depends', finding: 'refuted' }],
}
const TESTBED = { kind: 'kernel', kernel: '6.12.117', time: 'virtual' } as const
const ACCOUNT: LedgerAccount = toLedgerAccount(TESTBED, [LATER, RECORD])

/** Without colours, whose letters take no room. */
const terminal = (columns: number) =>
  Object.assign(new PassThrough(), { isTTY: true, columns, getColorDepth: () => 1 }) as unknown as NodeJS.WriteStream
const file = Object.assign(new PassThrough(), { isTTY: false }) as unknown as NodeJS.WriteStream

const texts = {
  claims: (stream: NodeJS.WriteStream) => describeClaims(ACCOUNT, claimLedger([], [RECORD, LATER]), stream),
  coverage: (stream: NodeJS.WriteStream) => describeCoverage(ACCOUNT, edgeCoverage([RECORD, LATER]), stream),
}

describe.each(Object.entries(texts))('%s', (_, text) => {
  it.each([40, 60, 80])('keeps within a terminal of %d columns', columns => {
    const lines = text(terminal(columns)).split('\n')
    expect(lines.filter(line => line.length > columns)).toEqual([])
    const letters = (printed: string) => printed.replaceAll(/\s+/g, '')
    expect(letters(lines.join('\n'))).toBe(letters(text(file)))
  })

  it('says of which kernel and of when it is', () => {
    expect(text(file)).toMatch(/ by Linux 6\.12\.117, in virtual time, 2026-11-28 15:41 to 16:00 UTC\.\n/)
  })
})

describe('claims', () => {
  it('are each told with their finding, their place and their lab', () => {
    const printed = texts.claims(file)
    expect(printed).toContain('2 of 56 decided: holds 1, refuted 0, depends 1.')
    expect(printed).toMatch(/^ {2}C02 holds {5}Opening takes .*\n +RFC 9293, 3\.5\. some-lab-with-a-name \(this\)$/m)
    expect(printed).toMatch(/^ {2}C43 depends .*\n.* Holds in \S+ \(this\); refuted in \S+ \(that\)$/m)
    expect(printed).toMatch(/^ {2}C46 undecided .*\n.*No lab puts it to the kernel yet\.$/m)
  })
})

describe('coverage', () => {
  it('tells edges that are shown, that deviate, that are not shown, and that cannot be', () => {
    const printed = texts.coverage(file)
    expect(printed).toContain('2 of 73 edges shown, in 1 of them Linux deviates.')
    expect(printed).toMatch(
      /^ {2}✓ E05 LISTEN → SYN_RCVD: SYN, answers SYN\+ACK\n +RFC 9293, 3\.10\.7\.2\. \S+ \(this, that\)$/m,
    )
    expect(printed).toMatch(
      /^ {2}✓ E51 .*\n.*\n +Linux deviates: FIN_WAIT_2 → TIME_WAIT, and sends ACK\. Through FIN_WAIT_2\.$/m,
    )
    expect(printed).toMatch(/^ {2}✗ E03 .*\n.*No lab of those that were run shows it\.$/m)
    expect(printed).toMatch(/^ {2}· E06 .*\n.*Linux has no such call/m)
  })
})

describe('an account', () => {
  it('names days where there are several, and one moment once', () => {
    const at = (from: string, to: string) => describeAccount({ testbed: TESTBED, from, to })
    expect(at('2026-11-28T15:41:00Z', '2026-11-28T15:41:40Z')).toContain(' 2026-11-28 15:41 UTC')
    expect(at('2026-11-27T15:41:00Z', '2026-11-28T15:41:40Z')).toContain(' 2026-11-27 15:41 to 2026-11-28 15:41 UTC')
  })

  it('names some of many labs', () => {
    const labs = ['a', 'b', 'c', 'd'].map(lab => ({ lab, case: null }))
    const cases = ['x', 'y', 'z'].map(name => ({ lab: 'b', case: name }))
    expect(nameSome([...labs.slice(0, 1), ...cases])).toBe('a, b (x, y, z)')
    expect([1, 2, 3, 4].map(count => nameSome(labs.slice(0, count)))).toEqual([
      'a',
      'a, b',
      'a, b, c',
      'a, b and 2 more',
    ])
  })
})
