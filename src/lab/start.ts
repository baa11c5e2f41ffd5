/**
 * Kernel timers run on ticks, longer ones in buckets of up to 327.68 s (the timer wheel at HZ=100, kernel/time/timer.c).
 * A lab that begins at the same place in all of them takes the same times again, whatever ran before it. In virtual time
 * the wait takes no time. It does without the event loop, whose own timers count whole milliseconds from wherever they
 * are; and it looks whether it came out right, because the lab kernel's clock may slip on when it is read after much work
 * without a pause. After a pause it does not.
 */
export function sleepToTheStart(): void {
  const nobody = new Int32Array(new SharedArrayBuffer(4))
  for (let attempt = 0; attempt < 3; attempt++) {
    const past = (process.hrtime.bigint() - START_NS + START_GRID_NS) % START_GRID_NS
    if (attempt > 0 && past < CLOSE_ENOUGH_NS) return
    Atomics.wait(nobody, 0, 0, Number(START_GRID_NS - past) / 1e6)
  }
}

/** 25 of the longest buckets, and a whole second. */
const START_GRID_NS = 8192n * 1_000_000_000n
/** There, a minute's timer that is started again two seconds or more into the lab falls into a later bucket, and it shows. */
const START_NS = 2n * 1_000_000_000n
const CLOSE_ENOUGH_NS = 10_000n
