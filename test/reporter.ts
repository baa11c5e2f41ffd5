import type { Reporter, TestCase, TestModule } from 'vitest/node'

/**
 * The last word of a test run: everything that was skipped with its reason, and the line `N passed, N failed, N skipped`.
 */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const tests = modules.flatMap(module => [...module.children.allTests()])
    // A suite whose preparation fails has no failed test, only tests that were not run.
    const suites = modules.flatMap(module => [module, ...module.children.allSuites()])
    const broken = suites.filter(suite => suite.errors().length > 0).length + unhandled.length
    const skipped = tests.filter(test => test.result().state === 'skipped')
    const count = (state: 'passed' | 'failed') => tests.filter(test => test.result().state === state).length
    const lines = skipped.map(test => `skipped: ${test.fullName}: ${reasonOf(test)}`)
    // After the other reporters' own last words.
    setImmediate(() => {
      process.stdout.write(
        `\n${[...lines, `${count('passed')} passed, ${count('failed') + broken} failed, ${skipped.length} skipped`].join('\n')}\n`,
      )
    })
  }
}

function reasonOf(test: TestCase): string {
  const result = test.result()
  return (result.state === 'skipped' && result.note) || 'no reason given'
}
