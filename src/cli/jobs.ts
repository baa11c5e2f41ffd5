/** Deals items out among so many, in turn; fewer where there are not enough. */
export function sharesOf<T>(items: readonly T[], jobs: number): T[][] {
  const shares: T[][] = Array.from({ length: Math.max(1, Math.min(jobs, items.length)) }, () => [])
  for (const [index, item] of items.entries()) shares[index % shares.length]?.push(item)
  return shares
}

/** What was dealt out, one from each in turn, is in its first order again. */
export function gathered<T>(shares: readonly (readonly T[])[]): T[] {
  const most = Math.max(0, ...shares.map(({ length }) => length))
  return Array.from({ length: most }, (_, index) => shares.flatMap(share => share.slice(index, index + 1))).flat()
}

/**
 * So many at once; the results in the order of the tasks. Once one has come to a bad end no more are begun, and those that
 * were not have none.
 */
export async function runJobs<T, R extends { readonly error: Error | null }>(
  tasks: readonly T[],
  jobs: number,
  run: (task: T, worker: number, index: number) => Promise<R>,
): Promise<(R | null)[]> {
  const results: (R | null)[] = tasks.map(() => null)
  const left = tasks.entries()
  let isWell = true
  const work = async (worker: number) => {
    // All workers take from the one iterator.
    for (const [index, task] of left) {
      if (!isWell) return
      const result = await run(task, worker, index)
      results[index] = result
      isWell &&= result.error === null
    }
  }
  await Promise.all(Array.from({ length: jobs }, (_, worker) => work(worker)))
  return results
}
