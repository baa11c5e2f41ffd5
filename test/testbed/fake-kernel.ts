import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import type { KernelChoice } from '../../src/testbed/kernel/build.ts'

/** Linux as far as a build sees it: real make, real compiler, next to nothing to compile. */
const MAKEFILE = `# SPDX-License-Identifier: GPL-2.0
VERSION = 6
PATCHLEVEL = 12
SUBLEVEL = 99

allnoconfig:
	@grep -v DROPPED $(KCONFIG_ALLCONFIG) > .config

linux:
	@echo built >> $(RECORD)
	@while [ ! -e $(GATE) ]; do echo '  CC      tick.o'; sleep 0.02; done
	@echo '  LD      vmlinux.o'
	gcc -o linux arch/um/main.c $(FLAGS)
`
const MAIN = '#include <stdio.h>\nint main(void)\n{\n\treturn puts("unpatched") < 0;\n}\n'
const PATCH = `says its version

--- a/arch/um/main.c
+++ b/arch/um/main.c
@@ -1,5 +1,5 @@
 #include <stdio.h>
 int main(void)
 {
-\treturn puts("unpatched") < 0;
+\treturn puts("6.12.99") < 0;
 }
`

export interface FakeOptions {
  /** The build goes on only once `open` was called. */
  readonly gated?: boolean
  readonly config?: string
  readonly makefile?: string
  readonly makeArguments?: readonly string[]
  readonly diskMegabytes?: number
  /** The tarball's name. */
  readonly tarball?: string
}

/** A recipe, a source of Linux and a cache of a test's own. */
export class FakeKernel implements AsyncDisposable {
  readonly folder: string

  static async make(options: FakeOptions = {}): Promise<FakeKernel> {
    const fake = new FakeKernel(await realpath(await mkdtemp(join(tmpdir(), 'handwave-test-'))))
    await fake.#writeSource(options)
    await fake.#writeRecipe(options)
    if (!options.gated) await fake.open()
    return fake
  }

  private constructor(folder: string) {
    this.folder = folder
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true, maxRetries: 10 })
  }

  get recipeFolder(): string {
    return join(this.folder, 'recipe')
  }

  get kernels(): string {
    return join(this.folder, 'cache', 'kernels')
  }

  get choice(): Required<KernelChoice> {
    return {
      recipeFolder: this.recipeFolder,
      environment: { PATH: process.env['PATH'], HANDWAVE_CACHE: join(this.folder, 'cache') },
    }
  }

  async open(): Promise<void> {
    await writeFile(this.#gate, '')
  }

  /** How often make was asked for a kernel. */
  async builds(): Promise<number> {
    return (await this.#read(this.#record)).split('\n').length - 1
  }

  /** A process that make has running beside the build: see `BACKGROUND`. */
  async backgroundPid(): Promise<number> {
    return Number(await this.#read(`${this.#record}.pid`))
  }

  /** What lies in the cache, but for the lock. */
  async kept(): Promise<string[]> {
    return (await readdir(this.kernels)).filter(name => name !== 'build.lock')
  }

  get #gate(): string {
    return join(this.folder, 'gate')
  }

  get #record(): string {
    return join(this.folder, 'record')
  }

  async #read(file: string): Promise<string> {
    return await readFile(file, 'utf8').catch(() => '')
  }

  async #writeSource({ makefile = MAKEFILE, tarball = 'linux-source-6.12.tar.xz' }: FakeOptions): Promise<void> {
    const tree = join(this.folder, 'linux-source')
    await mkdir(join(tree, 'arch', 'um'), { recursive: true })
    await writeFile(join(tree, 'Makefile'), makefile)
    await writeFile(join(tree, 'arch', 'um', 'main.c'), MAIN)
    await execa('tar', ['-cJf', join(this.folder, tarball), '-C', this.folder, 'linux-source'])
  }

  async #writeRecipe(options: FakeOptions): Promise<void> {
    await mkdir(this.recipeFolder)
    const recipe = {
      series: '6.12',
      source: {
        package: 'linux-source-6.12',
        tarball: join(this.folder, options.tarball ?? 'linux-source-6.12.tar.xz'),
      },
      make: [`RECORD=${this.#record}`, `GATE=${this.#gate}`, ...(options.makeArguments ?? [])],
      needs: [
        { tool: 'gcc', package: 'gcc' },
        { tool: 'flex', package: 'flex' },
      ],
      diskMegabytes: options.diskMegabytes ?? 1,
    }
    await writeFile(join(this.recipeFolder, 'recipe.json'), JSON.stringify(recipe))
    await writeFile(join(this.recipeFolder, 'config'), options.config ?? 'CONFIG_NET=y\nCONFIG_IO_URING=n\n')
    await writeFile(join(this.recipeFolder, 'um.patch'), PATCH)
  }
}

/** In the Makefile: something that runs on by itself, and says nothing that could fail. */
export const BACKGROUND = '@sleep 600 & echo $$! > $(RECORD).pid'

/** The Makefile with something in it changed. */
export function makefileWith(from: string, to: string): string {
  return MAKEFILE.replace(from, () => to)
}
