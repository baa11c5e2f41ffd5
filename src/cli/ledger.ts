import { parseArgs } from 'node:util'
import { MissingError } from '../errors.ts'
import { findLab, labNames, loadWanted } from '../lab/catalogue.ts'
import type { CaseRecord } from '../lab/case-record.ts'
import type { LabCase } from '../lab/lab.ts'
import { resolveOwnName } from '../lab/load.ts'
import { type LedgerAccount, toLedgerAccount } from '../report/ledger-account.ts'
import { CALLED } from './called.ts'
import { RecordShelf, sourceOf } from './record-shelf.ts'
import { readTestbed } from './run-arguments.ts'
import { TESTBEDS } from './testbeds.ts'

/** What runs of the labs as they are now have left, on the kernel that was run last. */
interface Ledger {
  readonly json: boolean
  readonly account: LedgerAccount
  readonly labs: readonly LabCase[]
  readonly records: readonly CaseRecord[]
}

const PLACES = { kernel: 'on the lab kernel', netns: "on this machine's own kernel", docker: 'in containers' } as const

export async function readLedger(args: readonly string[]): Promise<Ledger> {
  const { values } = parseArgs({
    args: [...args],
    options: { on: { type: 'string', default: 'kernel' }, json: { type: 'boolean', default: false } },
  })
  const kind = readTestbed(values.on)
  resolveOwnName()
  const wanted = labNames().map(findLab)
  const labs = (await Promise.all(wanted.map(loadWanted))).flat()
  const sources = new Map(wanted.map(({ file }, index) => [labNames()[index], sourceOf(file)]))
  const latest = new RecordShelf(kind).latest()
  const [first, ...others] = labs.flatMap(({ id, name }) =>
    (latest?.records ?? []).filter(
      record => record.lab === id && record.case === name && record.source === sources.get(id),
    ),
  )
  if (!latest || !first) {
    throw new MissingError('NOTHING_RUN', `None of the labs, as they are now, has been run ${PLACES[kind]} yet.`, {
      hint: `${CALLED} run --all --on ${kind}`,
    })
  }
  const testbed = { kind, kernel: latest.kernel, time: TESTBEDS[kind].time }
  return { json: values.json, account: toLedgerAccount(testbed, [first, ...others]), labs, records: [first, ...others] }
}
