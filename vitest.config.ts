import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const conditions = ['handwave-source']

/** What takes others by surprise comes first: after five minutes labs have been between containers, with netem. */
class ContainersFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isFirst = ({ moduleId }: TestSpecification) => moduleId.includes('/test/labs/containers/')
    return [...sorted.filter(isFirst), ...sorted.filter(file => !isFirst(file))]
  }
}

/** `pure` needs nothing but Node; `machine` builds and boots; `architecture` is part of `npm run check` too. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    sequence: { sequencer: ContainersFirst },
    reporters: ['default', './test/reporter.ts'],
    projects: [
      {
        extends: true,
        // They wait for nothing, and a busy machine only gives them less of its time: what ends a test is that it hangs.
        test: {
          name: 'pure',
          include: ['test/{tcp,ladder,evidence,host/pure,lab,report,grade/pure}/**/*.test.ts'],
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        // A boot has a processor to itself; two at a time leave none for the tests.
        test: {
          name: 'machine',
          include: ['test/{testbed,labs,cli}/**/*.test.ts', 'test/{host,grade}/*.test.ts'],
          fileParallelism: false,
          // They end what hangs. Labs have limits of their own, on their own clock, and how fast a machine is decides nothing.
          testTimeout: 600_000,
          // Preparing is often the run itself: every lab there is, and more of them with time.
          hookTimeout: 1_800_000,
        },
      },
      { extends: true, test: { name: 'architecture', include: ['test/architecture.test.ts'] } },
    ],
  },
})
