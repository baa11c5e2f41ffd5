/** Every error of handwave's own: a code for programs, a sentence for people, a hint on what to do next. */
export class HandwaveError extends Error {
  override readonly name: string = 'HandwaveError'
  readonly code: string
  readonly hint: string | undefined

  constructor(code: string, message: string, options: { hint?: string | undefined; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.hint = options.hint
  }
}

/** The command line or a file that it names is wrong: exit status 2. */
export class UsageError extends HandwaveError {
  override readonly name: string = 'UsageError'
}

/** The machine lacks something; the hint is its remedy: exit status 3. */
export class MissingError extends HandwaveError {
  override readonly name = 'MissingError'
}

/** A ladder that cannot be read: where, and what was expected there. Exit status 2. */
export class LadderError extends HandwaveError {
  override readonly name = 'LadderError'
  /** Both count from 1, within the ladder's own text. */
  readonly line: number
  readonly column: number

  constructor(line: number, column: number, message: string, hint?: string) {
    super('LADDER', message, { hint })
    this.line = line
    this.column = column
  }
}

/** Bytes that are not an IPv4 TCP segment. */
export class SegmentError extends HandwaveError {
  override readonly name = 'SegmentError'
}
