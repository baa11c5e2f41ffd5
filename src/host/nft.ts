import type { Command } from './shell.ts'

/** nft(8) with what it reads. All of it becomes so at once, or nothing does. */
export function nft(lines: readonly string[]): Command {
  return { program: 'nft', args: ['-f', '-'], stdin: lines }
}
