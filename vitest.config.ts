import { defineConfig } from 'vitest/config'

const conditions = ['handwave-source']

/** `pure` needs nothing but Node; `machine` builds and boots; `architecture` is part of `npm run check` too. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    reporters: ['default', './test/reporter.ts'],
    projects: [
      { extends: true, test: { name: 'pure', include: ['test/{tcp,ladder,evidence,lab}/**/*.test.ts'] } },
      {
        extends: true,
        // A boot has a processor to itself; two at a time leave none for the tests.
        test: {
          name: 'machine',
          include: ['test/{testbed,labs,cli}/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 60_000,
        },
      },
      { extends: true, test: { name: 'architecture', include: ['test/architecture.test.ts'] } },
    ],
  },
})
