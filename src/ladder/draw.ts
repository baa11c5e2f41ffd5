import type { Ladder } from './ladder.ts'
import { layOut, toLines } from './layout.ts'

export { drawMatch, drawMatchLines } from './draw-match.ts'

/** A ladder in tidy columns, which `parseLadder` reads back to the same rows. */
export function drawLadder(ladder: Ladder): string {
  return layOut(ladder.peers, ladder.rows.flatMap(toLines)).join('\n')
}
