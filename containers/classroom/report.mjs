// Gradescope's results as the reporter of GitHub Classroom takes them: all parts of one runner, each with its points.
import { readFileSync } from 'node:fs'

const { tests } = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'))
const result = {
  version: 1,
  status: tests.every(({ status }) => status === 'passed') ? 'pass' : 'fail',
  max_score: tests.reduce((total, test) => total + test.max_score, 0),
  tests: tests.map(({ name, status, score, visibility }) => ({
    name: visibility === 'visible' ? name : 'A hidden part',
    status: status === 'passed' ? 'pass' : 'fail',
    score,
    line_no: 0,
  })),
}
process.stdout.write(`result=${Buffer.from(JSON.stringify(result)).toString('base64')}\n`)
