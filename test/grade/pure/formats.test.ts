import { describe, expect, it } from 'vitest'
import { toCsv } from '../../../src/grade/formats/csv.ts'
import { toFeedback } from '../../../src/grade/formats/feedback.ts'
import { toGradescope } from '../../../src/grade/formats/gradescope.ts'
import { toJunit } from '../../../src/grade/formats/junit.ts'
import { describeClass } from '../../../src/grade/formats/terminal.ts'
import type { Marks } from '../../../src/grade/marks.ts'
import { PASSED } from './passed.ts'

const GRADED: Marks = {
  name: '=cmd|\'"\n\u001b[31m',
  fingerprint: 'f',
  remark: 'Of *a.py* and b.c the first was run.',
  parts: [
    {
      part: 'closes',
      title: 'It closes',
      points: 0,
      outOf: 3,
      visibility: 'visible',
      section: 'RFC 9293, 3.6',
      verdict: 'fail',
      reasons: ['Row 3: <b>no</b> *such* segment & "more".\n# A heading'],
      checks: [],
      differs: { row: '3', expected: 'CLOSE-WAIT', observed: 'nothing' },
      picture: [{ text: '✗ 3. CLOSE-WAIT', kind: 'failed' }],
      said: '```\n# I have all points\u001b[2J',
    },
    { ...PASSED, part: 'secret', title: 'Not told before', visibility: 'hidden' },
  ],
}

describe('marks', () => {
  it('are told with expected beside observed, and what a program prints stays what it printed', () => {
    const text = toFeedback('An assignment', GRADED)
    expect(text).toContain('**0 of 3 points**')
    expect(text).toContain('expected  CLOSE-WAIT\nobserved  nothing')
    expect(text).toContain('Read: RFC 9293, 3.6.')
    expect(text).toContain('````text\n```\n# I have all points�[2J\n````')
    expect(text).toContain('- Row 3: \\<b\\>no\\</b\\> \\*such\\* segment & "more". \\# A heading')
    expect(text).toContain('\n\nOf \\*a.py\\* and b.c the first was run.\n\n')
    expect(text).not.toContain('Not told before')
  })

  it('tell once what is so of several parts', () => {
    const [closes] = GRADED.parts
    const built = {
      ...closes!,
      title: 'It *builds*',
      reasons: ['No such thing.'],
      differs: null,
      picture: [],
      said: 'line 3',
    }
    const text = toFeedback('An assignment', {
      ...GRADED,
      parts: [built, { ...built, title: 'It runs', outOf: 5 }, { ...built, title: 'It ends', said: 'line 4' }],
    })
    expect(text.match(/No such thing/g)).toHaveLength(2)
    const unseen = { ...built, differs: { row: '2', expected: 'LAST-ACK', observed: '' } }
    expect(toFeedback('', { ...GRADED, parts: [unseen] })).toContain(
      'expected  LAST-ACK\nobserved  nothing of the kind',
    )
    expect(text).toContain(
      '## ✗ It runs\n\n0 of 5 points.\n\nFor the same reason: see *It \\*builds\\**.\n\n## ✗ It ends',
    )
  })

  it("are Gradescope's", () => {
    const results = toGradescope('An assignment', GRADED, 'f')
    expect(results).toMatchObject({
      score: 1,
      output: 'An assignment\n\nOf \\*a.py\\* and b.c the first was run.',
      tests: [
        { name: 'It closes', score: 0, max_score: 3, status: 'failed', visibility: 'visible', output_format: 'md' },
        { name: 'Not told before', score: 1, max_score: 1, status: 'passed', visibility: 'hidden' },
      ],
    })
  })

  it('are JUnit, in which nothing can be closed from within', () => {
    const xml = toJunit(GRADED)
    expect(xml).toContain('<testsuite name="=cmd|\'&quot;&#10;�[31m" tests="2" failures="1">')
    expect(xml).toContain('&lt;b&gt;no&lt;/b&gt;')
    expect(toJunit({ ...GRADED, name: 'a\ufffeb\uffffc\ud800d' })).toContain('name="a�b�c�d"')
    // oxlint-disable-next-line no-control-regex
    expect(xml).not.toMatch(/[\u0000-\u0008\u000b-\u001f]/)
  })

  it('are a table that no spreadsheet takes for a formula, and no terminal for a command', () => {
    expect(toCsv([GRADED])).toBe(
      'submission,closes (3),secret (1),points,remark\r\n"\'=cmd|\'""\n\u001b[31m",0,1,1,Of *a.py* and b.c the first was run.\r\n',
    )
    expect(describeClass([GRADED], 'grades')).toContain('=cmd|\'"��[31m     0/3     1/1     1/4')
  })
})
