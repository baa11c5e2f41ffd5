/** How a program in some language is made and started, in its own folder; what a compiler makes lies in BUILD_FOLDER. */
export interface HowToRun {
  readonly build: readonly string[] | null
  readonly start: readonly string[]
}

/** Where a program's folder is, and where what was made of it, as it sees them. */
export const OWN_FOLDER = '/submission'
export const BUILD_FOLDER = '/build'

const interpreted =
  (...interpreter: string[]) =>
  (file: string): HowToRun => ({ build: null, start: [...interpreter, file] })

const compiled =
  (...compiler: string[]) =>
  (file: string): HowToRun => ({
    build: [...compiler, '-o', `${BUILD_FOLDER}/program`, file],
    start: [`${BUILD_FOLDER}/program`],
  })

const LANGUAGES: Readonly<Record<string, (file: string) => HowToRun>> = {
  py: interpreted('python3'),
  js: interpreted('node'),
  mjs: interpreted('node'),
  cjs: interpreted('node'),
  ts: interpreted('node'),
  sh: interpreted('sh'),
  pl: interpreted('perl'),
  rb: interpreted('ruby'),
  c: compiled('gcc', '-O1', '-Wall', '-pthread'),
  cpp: compiled('g++', '-O1', '-Wall', '-pthread'),
  cc: compiled('g++', '-O1', '-Wall', '-pthread'),
  rs: compiled('rustc', '-O'),
}

/** The endings that there are, for a sentence. */
export const ENDINGS = Object.keys(LANGUAGES)

/** Which files have a program's name: one with a language's ending, or none at all, and then it can be run by itself (#!). */
export function programsIn(name: string, files: readonly string[]): string[] {
  return [...ENDINGS.map(ending => `${name}.${ending}`), name].filter(file => files.includes(file))
}

export function howToRun(file: string): HowToRun {
  const [, ending = ''] = /\.(\w+)$/.exec(file) ?? []
  return LANGUAGES[ending]?.(file) ?? { build: null, start: [`./${file}`] }
}
