import { edgeCoverage } from '../lab/edge-coverage.ts'
import { describeCoverage, toCoverageDocument } from '../report/coverage.ts'
import { readLedger } from './ledger.ts'

export const usage = `handwave coverage [--on kernel|netns|docker] [--json]

Which of the state machine's 73 edges labs have shown on the kernel that they were last run
on, and which lab does; where Linux deviates, and how; what cannot be reached, and why.
Nothing is run: each lab's last run counts, of the lab as it is now.

  --on …        what was shown there: on the lab kernel (kernel), on this machine's own (netns) or
                in containers (docker)
  --json        one JSON document on standard output (handwave/coverage@1)
`

export async function run(args: readonly string[]): Promise<number> {
  const { json, account, records } = await readLedger(args)
  const edges = edgeCoverage(records)
  process.stdout.write(
    json ? `${JSON.stringify(toCoverageDocument(account, edges))}\n` : describeCoverage(account, edges, process.stdout),
  )
  return 0
}
