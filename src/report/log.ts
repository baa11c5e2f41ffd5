/** What goes to standard error besides results: progress and what a reader of a failed run will want to know. */
export interface Log {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

/** One JSON document a line; on a terminal, lines for people. HANDWAVE_LOG names the least level (pino's names). */
export async function openLog(environment: NodeJS.ProcessEnv = process.env): Promise<{ log: Log }> {
  const [{ pino }, { default: pretty }] = await Promise.all([import('pino'), import('pino-pretty')])
  const options = { level: environment['HANDWAVE_LOG'] ?? 'info', base: null }
  // Written at once: whatever ends this process, what was logged before is there.
  if (!process.stderr.isTTY) return { log: pino(options, pino.destination({ dest: 2, sync: true })) }
  const colorize = environment['NO_COLOR'] === undefined
  return { log: pino(options, pretty({ destination: 2, sync: true, colorize, ignore: 'time', singleLine: true })) }
}
