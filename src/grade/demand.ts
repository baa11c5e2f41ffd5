import { UnmetError } from '../errors.ts'

/** What a part asks of the program while it plays. The sentence, for whoever wrote the program, says what it did instead. */
export function demand(isMet: boolean, sentence: string): asserts isMet {
  if (!isMet) throw new UnmetError('UNMET', sentence)
}
