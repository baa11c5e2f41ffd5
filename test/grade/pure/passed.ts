import type { PartResult } from '../../../src/grade/part-result.ts'

/** A part that has all its points, and nothing to say. */
export const PASSED: PartResult = {
  part: 'p',
  title: 'P',
  points: 1,
  outOf: 1,
  visibility: 'visible',
  section: null,
  verdict: 'pass',
  reasons: [],
  checks: [],
  differs: null,
  picture: [],
  said: '',
}
