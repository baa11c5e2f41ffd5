/** The candidate that was probably meant: at most a third of its letters differ. */
export function nearest(text: string, candidates: readonly string[]): string | null {
  const wanted = text.toUpperCase().replaceAll('_', '-')
  let best: { readonly candidate: string; readonly edits: number } | null = null
  for (const candidate of candidates) {
    const edits = editsBetween(wanted, candidate.toUpperCase())
    if (edits * 3 <= candidate.length && (best === null || edits < best.edits)) best = { candidate, edits }
  }
  return best?.candidate ?? null
}

/** Letters put in, left out or replaced, and neighbours exchanged: what fingers do. */
function editsBetween(a: string, b: string): number {
  const edits: number[][] = []
  const at = (i: number, j: number) => edits[i]?.[j] ?? 0
  for (let i = 0; i <= a.length; i++) {
    const row: number[] = []
    edits.push(row)
    for (let j = 0; j <= b.length; j++) {
      if (i === 0 || j === 0) {
        row.push(i + j)
        continue
      }
      const replaced = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const exchanged =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : replaced
      row.push(Math.min(replaced, exchanged, at(i - 1, j) + 1, at(i, j - 1) + 1))
    }
  }
  return at(a.length, b.length)
}
