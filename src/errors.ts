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

/** What one testbed lacks for one lab, which is inconclusive there: the others may go on. */
export class LacksError extends HandwaveError {
  override readonly name = 'LacksError'
}

/** What a play demands of a program that is not its own, and the program has not done: the sentence is for who wrote it. */
export class UnmetError extends HandwaveError {
  override readonly name = 'UnmetError'
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

/** An error as it travels from one process to another. */
export interface PlainError {
  readonly name: string
  readonly code: string
  readonly message: string
  readonly hint?: string | undefined
  readonly stack?: string | undefined
}

export function toPlainError(thrown: unknown): PlainError {
  const error = firstOf(thrown)
  if (error instanceof HandwaveError) {
    const { name, code, message, hint, stack } = error
    return { name, code, message, hint, stack }
  }
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error))
  return { name, code: 'CRASH', message, stack }
}

/** What the exit status depends on is the same again. */
export function fromPlainError({ name, code, message, hint, stack }: PlainError): HandwaveError {
  const options = { hint, cause: stack }
  if (['UsageError', 'LabFileError', 'LadderError'].includes(name)) return new UsageError(code, message, options)
  if (name === 'MissingError') return new MissingError(code, message, options)
  if (name === 'LacksError') return new LacksError(code, message, options)
  return new HandwaveError(code, message, options)
}

/** When tidying up fails as well, what went wrong first is the cause. */
function firstOf(error: unknown): unknown {
  return error instanceof SuppressedError ? firstOf(error.suppressed) : error
}
