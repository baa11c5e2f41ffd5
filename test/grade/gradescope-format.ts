/** What Gradescope's documentation says of results.json ("Autograder Specifications", Output format). */
const OPTIONAL = {
  score: 'number',
  execution_time: 'number',
  output: 'string',
  output_format: ['text', 'html', 'simple_format', 'md', 'ansi'],
  test_output_format: ['text', 'html', 'simple_format', 'md', 'ansi'],
  test_name_format: ['text', 'html', 'simple_format', 'md', 'ansi'],
  visibility: ['hidden', 'after_due_date', 'after_published', 'visible'],
  stdout_visibility: ['hidden', 'after_due_date', 'after_published', 'visible'],
  extra_data: 'object',
  tests: 'object',
  leaderboard: 'object',
} as const
const OPTIONAL_IN_TEST = {
  score: 'number',
  max_score: 'number',
  status: ['passed', 'failed'],
  name: 'string',
  name_format: OPTIONAL.output_format,
  number: 'string',
  output: 'string',
  output_format: OPTIONAL.output_format,
  tags: 'object',
  visibility: OPTIONAL.visibility,
  extra_data: 'object',
} as const

type Format = Readonly<Record<string, string | readonly string[]>>

/** Where it is not as documented, a sentence each. */
export function departuresFromFormat(results: Readonly<Record<string, unknown>>): string[] {
  const { tests } = results
  if (!Array.isArray(tests)) return ['tests is no list']
  const all = tests as Record<string, unknown>[]
  return [
    ...departures('results', results, OPTIONAL),
    ...all.flatMap((test, index) => departures(`test ${index + 1}`, test, OPTIONAL_IN_TEST)),
    ...('score' in results || all.every(test => 'score' in test) ? [] : ['there is no score']),
  ]
}

function departures(where: string, value: Readonly<Record<string, unknown>>, format: Format): string[] {
  return Object.entries(value).flatMap(([key, found]) => {
    const wanted = format[key]
    if (wanted === undefined) return [`${where}: ${key} is unknown`]
    const isRight = typeof wanted === 'string' ? typeof found === wanted : wanted.includes(String(found))
    return isRight ? [] : [`${where}: ${key} is ${JSON.stringify(found)}`]
  })
}
