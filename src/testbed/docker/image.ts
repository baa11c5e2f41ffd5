import { createReadStream } from 'node:fs'
import { HandwaveError, MissingError } from '../../errors.ts'
import { ensureHostFiles } from './debian-image.ts'
import type { EngineApi } from './engine.ts'
import { HOST_FILES, HOST_FOLDER, type HostPurpose, type HostRecipe, readHostRecipe } from './host-recipe.ts'

export interface HostImageOptions {
  readonly engine: EngineApi
  readonly purpose?: HostPurpose
  readonly signal: AbortSignal
  /** What takes a while, a sentence each. Silent where the image is there. */
  readonly onProgress: (sentence: string) => void
}

/**
 * Gives the tag of the image that hosts are made of. Where the engine has none it is built: from the Node image of a
 * registry, or where none answers from Debian packages.
 */
export async function ensureHostImage({ engine, purpose, signal, onProgress }: HostImageOptions): Promise<string> {
  signal.throwIfAborted()
  const recipe = await readHostRecipe(purpose)
  if (await hasImage(engine, recipe.tag)) return recipe.tag
  onProgress('Building the host image, once…')
  const refusal = await buildFromRegistry(engine, recipe, signal)
  if (refusal === null) return recipe.tag
  onProgress(`No registry gave a Node image (${refusal}): making the host image of Debian packages instead…`)
  try {
    await requireOwnKind(engine)
    await importHostImage({ engine, recipe, files: await ensureHostFiles(recipe, signal), signal })
    return recipe.tag
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof HandwaveError)) throw error
    throw new MissingError(
      'HOST_IMAGE',
      `There is no host image, and no registry to build it from (${refusal}). ${error.message}`,
      {
        hint: error.hint,
        cause: error,
      },
    )
  }
}

/** Its tag, if the engine has it. */
export async function findHostImage(engine: EngineApi): Promise<string | null> {
  const { tag } = await readHostRecipe()
  return (await hasImage(engine, tag)) ? tag : null
}

export async function hasImage(engine: EngineApi, tag: string): Promise<boolean> {
  try {
    await engine.getImage(tag).inspect()
    return true
  } catch (error) {
    if (error instanceof Error && 'statusCode' in error && error.statusCode === 404) return false
    throw error
  }
}

/** Gives null, or why the engine could not build it. */
async function buildFromRegistry(engine: EngineApi, recipe: HostRecipe, signal: AbortSignal): Promise<string | null> {
  const { tag, labels, more } = recipe
  try {
    const context = { context: HOST_FOLDER, src: [...HOST_FILES] }
    await finished(
      engine,
      await engine.buildImage(context, {
        t: tag,
        labels,
        buildargs: { MORE: more.join(' ') },
        forcerm: true,
        abortSignal: signal,
      }),
    )
    return null
  } catch (error) {
    signal.throwIfAborted()
    return reasonOf(error)
  }
}

export interface ImportOptions {
  readonly engine: EngineApi
  readonly recipe: HostRecipe
  /** A tar. */
  readonly files: string
  readonly signal: AbortSignal
}

/** Makes an image of its files, with what the Dockerfile says besides. */
export async function importHostImage({ engine, recipe, files, signal }: ImportOptions): Promise<void> {
  const [repo, tag] = recipe.tag.split(':')
  const changes = [
    ...Object.entries(recipe.labels).map(([name, value]) => `LABEL ${name}=${value}`),
    'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'WORKDIR /handwave',
    'CMD ["sleep", "infinity"]',
  ]
  const options = { repo, tag, changes, abortSignal: signal }
  await finished(engine, await engine.importImage(createReadStream(files), options))
}

/** What is made here is made for this machine's processor. */
async function requireOwnKind(engine: EngineApi): Promise<void> {
  const { Arch, Os } = await engine.version()
  const own = { x64: 'amd64', arm64: 'arm64' }[process.arch as string]
  if (process.platform === Os && own === Arch) return
  throw new MissingError(
    'HOST_IMAGE',
    `For the engine, ${Os} on ${Arch}, none can be made here, ${process.platform} on ${process.arch}.`,
    {
      hint: 'Let the engine reach docker.io, once.',
    },
  )
}

/** The end of what the engine is doing; what went wrong is a line among its news. */
async function finished(engine: EngineApi, news: NodeJS.ReadableStream): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    engine.modem.followProgress(news, (error: Error | null, said: readonly { error?: string }[]) => {
      const failure = error ?? said.find(line => line.error !== undefined)?.error
      if (failure === undefined) resolve()
      else reject(failure instanceof Error ? failure : new Error(failure))
    })
  })
}

function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.trim().split('\n').at(-1) ?? ''
}
