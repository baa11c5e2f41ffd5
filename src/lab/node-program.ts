/** What can be given to a program of its own: it arrives as a copy. */
type Plain = string | number | boolean | null | readonly Plain[] | { readonly [name: string]: Plain }

/**
 * The command by which a Node of its own runs a function that stands in a lab's file: `host.start(node(serve, 5000))`. Only
 * its text goes there. It is given copies of its arguments, imports what it needs by `await import('node:http')`, and sees
 * nothing else of the file.
 */
export function node<Given extends readonly Plain[]>(
  program: (...given: Given) => Promise<void>,
  ...given: Given
): string[] {
  const source = `await (${program.toString()})(...${JSON.stringify(given)})`
  return ['node', '--input-type=module', '--eval', source]
}
