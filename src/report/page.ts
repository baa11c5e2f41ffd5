import { styleText } from 'node:util'
import { wrap } from './wrap.ts'

export type Style = Parameters<typeof styleText>[0]
/** styleText asks the stream and NO_COLOR whether colours are wanted. */
type Paint = (style: Style, text: string) => string

/** Where the text goes: a file takes lines of any length. */
export interface Page {
  readonly paint: Paint
  readonly width: number
}

export function pageOf(stream: NodeJS.WriteStream): Page {
  return {
    paint: (style, text) => styleText(style, text, { stream }),
    width: stream.isTTY && stream.columns > 0 ? stream.columns : Number.POSITIVE_INFINITY,
  }
}

export const INDENT = '  '

export function indented(text: string, { width }: Page): string[] {
  return wrap(text, width - 2 * INDENT.length).map(line => `${INDENT}${line}`)
}
