import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { node } from '../../src/lab/node-program.ts'

const run = async ([, ...args]: string[]) => await execa(process.execPath, args, { reject: false })

describe("a function of a lab's file as a program of its own", () => {
  it('is given copies of its arguments', async () => {
    const program = async (greeting: string, { names }: { names: readonly string[] }) =>
      console.log(greeting, names.join())
    const { stdout } = await run(node(program, "it's", { names: ['a', 'b'] }))
    expect(stdout).toBe("it's a,b")
  })

  it('sees nothing else of the file, and says so', async () => {
    const outside = 1
    const { exitCode, stderr } = await run(node(async () => console.log(outside)))
    expect(exitCode).toBe(1)
    expect(stderr).toContain('ReferenceError: outside is not defined')
  })

  it('may be a named one', async () => {
    const { stdout } = await run(node(answer))
    expect(stdout).toBe('42')
  })
})

async function answer() {
  console.log(42)
}
