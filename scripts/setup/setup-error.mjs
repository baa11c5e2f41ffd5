/** The machine lacks something: a sentence, and the remedy. */
export class SetupError extends Error {
  constructor(message, hint) {
    super(message)
    this.hint = hint
  }
}
