import { claimLedger } from '../lab/claim-ledger.ts'
import { describeClaims, toClaimsDocument } from '../report/claims.ts'
import { readLedger } from './ledger.ts'

export const usage = `handwave claims [--on kernel|netns|docker] [--json]

What texts claim about TCP's handshake and teardown, and what the kernel that labs were last
run on makes of it: which lab shows it, and where it is written. Nothing is run: each lab's
last run counts, of the lab as it is now.

  --on …        what was found there: on the lab kernel (kernel), on this machine's own (netns) or
                in containers (docker)
  --json        one JSON document on standard output (handwave/claims@1)
`

export async function run(args: readonly string[]): Promise<number> {
  const { json, account, labs, records } = await readLedger(args)
  const claims = claimLedger(labs, records)
  process.stdout.write(
    json ? `${JSON.stringify(toClaimsDocument(account, claims))}\n` : describeClaims(account, claims, process.stdout),
  )
  return 0
}
