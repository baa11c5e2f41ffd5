/** The labs in the order in which a course might take them. */
export const COURSE: Readonly<Record<string, readonly string[]>> = {
  'Saying hello': [
    'three-way-handshake',
    'what-each-side-knows',
    'syn-rcvd',
    'number-without-flag',
    'numbers-that-wrap',
    'eight-flags',
    'simultaneous-open',
    'early-data',
    'syn-cookie',
  ],
  'When hello goes wrong': [
    'lost-syn',
    'lost-syn-ack',
    'lost-third-segment',
    'refused',
    'no-way-there',
    'hanging-up',
    'second-thoughts',
    'stale-syn',
    'ghost',
    'two-listeners',
  ],
  'Saying goodbye': [
    'normal-close',
    'who-closes-first',
    'half-close',
    'three-segments',
    'data-with-fin',
    'simultaneous-close',
    'close-wait',
  ],
  'When goodbye goes wrong': [
    'lost-fin',
    'fin-again',
    'closed-window',
    'data-after-close',
    'unread-input',
    'reset-while-closing',
    'refused-reset-broken',
  ],
  'TIME-WAIT': [
    'time-wait',
    'fin-too-late',
    'no-time-wait',
    'old-segment',
    'assassinated',
    'syn-in-time-wait',
    'calling-again',
    'address-in-use',
    'ports-run-out',
  ],
  'A peer that is gone': ['no-answer', 'are-you-still-there', 'half-open-survivor', 'half-open-discovery'],
  'Segments out of place': [
    'knocking-at-the-door',
    'wrong-answers',
    'between-syn-and-ack',
    'guessed-segments',
    'forged-reset',
    'fin-without-ack',
  ],
  Floods: [
    'syn-flood',
    'syn-cookies',
    'synack-retries',
    'syn-flood-detection',
    'what-cookies-cost',
    'syn-proxy',
    'backlog-overflow',
  ],
  'What a connection costs': ['requests-and-handshakes', 'requests-side-by-side'],
}

export interface Chapter {
  readonly heading: string
  readonly labs: readonly string[]
}

/** These labs chapter by chapter; what the course does not name comes last. */
export function chaptersOf(names: readonly string[]): Chapter[] {
  const course = Object.entries(COURSE)
  const further = names.filter(name => !course.some(([, labs]) => labs.includes(name)))
  return [...course, ['Further labs', further] as const]
    .map(([heading, labs]) => ({ heading, labs: labs.filter(lab => names.includes(lab)) }))
    .filter(({ labs }) => labs.length > 0)
}
