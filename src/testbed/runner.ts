/** Begins the lines on a runner's output that are meant for the process outside. Programs inside print there as well. */
export const SPOKEN_TO_US = 'handwave-relay:'

/** How the process that runs labs, or the kernel that it runs in, came to its end. */
export interface RunnerEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** What it printed besides, last: worth reading when something is wrong. */
  readonly said: readonly string[]
}

/** Labs at work somewhere else: in a lab kernel, or in a process of their own. Disposing ends them. */
export interface Runner extends AsyncDisposable {
  readonly ended: Promise<RunnerEnd>
}

export interface RunnerRequest {
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** What it tells the process outside, a line each. */
  readonly onLine: (line: string) => void
  readonly signal: AbortSignal
}
