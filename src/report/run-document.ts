import type { TimedResult } from '../lab/on-kernel.ts'

/** What `run --json` prints. Its shape is a promise: whoever changes it changes the schema's number. */
export interface RunDocument {
  readonly schema: 'handwave/run@1'
  readonly testbed: TestbedAccount
  readonly labs: readonly Omit<TimedResult, 'picture'>[]
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
  const labs = results.map(withoutPicture)
  return { schema: 'handwave/run@1', testbed: { ...testbed, hosts }, labs }
}

/** The picture is for people; rows and evidence say the same. */
function withoutPicture({ picture, ...rest }: TimedResult): Omit<TimedResult, 'picture'> {
  void picture
  return rest
}
