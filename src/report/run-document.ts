import type { TimedResult } from '../lab/outside.ts'

/** What `run --json` prints. Its shape is a promise: whoever changes it changes the schema's number. */
export interface RunDocument {
  readonly schema: 'handwave/run@1'
  readonly testbed: TestbedAccount
  readonly labs: readonly LabAccount[]
}

export interface TestbedAccount {
  readonly kind: 'kernel' | 'netns' | 'docker'
  readonly kernel: string
  readonly time: 'virtual' | 'real'
  readonly boot: string
  readonly hosts: Readonly<Record<string, string>>
}

export function toRunDocument(testbed: Omit<TestbedAccount, 'hosts'>, results: readonly TimedResult[]): RunDocument {
  const hosts = Object.fromEntries(
    results.flatMap(result => Object.entries(result.hosts).map(([name, { address }]) => [name, address])),
  )
  const labs = results.map(toAccount)
  return { schema: 'handwave/run@1', testbed: { ...testbed, hosts }, labs }
}

/** The picture is for people; rows and evidence say the same. Packets go into files of their own. */
type LabAccount = Omit<TimedResult, 'picture' | 'capture'>

function toAccount({ picture, capture, ...rest }: TimedResult): LabAccount {
  void capture
  void picture
  return rest
}
