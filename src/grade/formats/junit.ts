import type { Marks } from '../marks.ts'
import { printable } from './feedback.ts'

/** JUnit's XML, as continuous integration reads it: a suite for the submission, a case for each part. */
export function toJunit({ name: submission, parts }: Marks): string {
  const failed = parts.filter(({ verdict }) => verdict !== 'pass')
  const cases = parts.map(({ part, title, verdict, reasons }) => {
    const head = `    <testcase classname=${quoted(part)} name=${quoted(title)}`
    if (verdict === 'pass') return `${head}/>`
    return `${head}>\n      <failure message=${quoted(reasons[0] ?? '')}>${text(reasons.join('\n'))}</failure>\n    </testcase>`
  })
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    `  <testsuite name=${quoted(submission)} tests="${parts.length}" failures="${failed.length}">`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}

function quoted(value: string): string {
  return `"${text(value).replaceAll('"', '&quot;').replaceAll('\n', '&#10;')}"`
}

function text(value: string): string {
  return printable(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
