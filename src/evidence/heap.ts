/** A binary heap: the smallest first. */
export class Heap<T> {
  readonly #items: T[] = []
  readonly #isBefore: (a: T, b: T) => boolean

  constructor(isBefore: (a: T, b: T) => boolean) {
    this.#isBefore = isBefore
  }

  push(item: T): void {
    let at = this.#items.push(item) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#swapIfBefore(at, parent)) return
      at = parent
    }
  }

  pop(): T | undefined {
    const [first] = this.#items
    const last = this.#items.pop()
    if (last === undefined || this.#items.length === 0) return first
    this.#items[0] = last
    let at = 0
    while (true) {
      const [left, right] = [2 * at + 1, 2 * at + 2]
      const smaller = this.#isSmaller(right, left) ? right : left
      if (!this.#swapIfBefore(smaller, at)) return first
      at = smaller
    }
  }

  #isSmaller(a: number, b: number): boolean {
    const [itemA, itemB] = [this.#items[a], this.#items[b]]
    return itemA !== undefined && itemB !== undefined && this.#isBefore(itemA, itemB)
  }

  /** Swaps two places if the first one's item belongs before the second one's. */
  #swapIfBefore(a: number, b: number): boolean {
    const [itemA, itemB] = [this.#items[a], this.#items[b]]
    if (itemA === undefined || itemB === undefined || !this.#isBefore(itemA, itemB)) return false
    this.#items[a] = itemB
    this.#items[b] = itemA
    return true
  }
}
