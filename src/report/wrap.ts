/** Breaks a text into lines of at most so many characters, between words where it can; all but the first are indented. */
export function wrap(text: string, width: number, indent = ''): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = indent
    }
    line += line === '' || line === indent ? word : ` ${word}`
    // A word that is longer than a line has no better place to be broken.
    while (line.length > width && width > indent.length) {
      lines.push(line.slice(0, width))
      line = indent + line.slice(width)
    }
  }
  return [...lines, line]
}
