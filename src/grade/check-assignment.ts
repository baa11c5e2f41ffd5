import { HandwaveError, UsageError } from '../errors.ts'
import { checkCase } from '../lab/check.ts'
import { NO_PICTURE } from '../lab/pictures.ts'
import { nearest } from '../ladder/nearest.ts'
import { parseLadder } from '../ladder/parse.ts'
import type { AssignmentSpec, PartSpec, ProgramSpec } from './assignment.ts'

/** What can be known to be wrong with an assignment before anybody's program is run: else its students would be told. */
export function checkAssignment(spec: AssignmentSpec, file: string): void {
  told(file, () => {
    requireObject(spec, 'assignment({ … })')
    requireKeys(spec, ['title', 'program', 'parts'])
    requireText(spec.title, 'title')
    requireObject(spec.parts, 'parts')
    if (Object.keys(spec.parts).length === 0) throw wrong('It has no parts.', "parts: { 'hangs-up': { … } }")
    if (spec.program !== undefined) checkProgram(spec.program)
  })
  for (const [name, part] of Object.entries(spec.parts)) {
    told(`${file}, part '${name}'`, () => checkPart(part, spec.program !== undefined))
  }
}

function checkProgram(program: ProgramSpec): void {
  requireObject(program, 'program')
  requireKeys(program, ['runsAt', 'file', 'capabilities'])
  requireText(program.file, "program's file")
  requireOneOf(program.runsAt, "program's runsAt", ['client', 'server'])
  for (const capability of program.capabilities ?? []) requireOneOf(capability, 'capability', CAPABILITIES)
}

function checkPart(part: PartSpec, hasProgram: boolean): void {
  requireObject(part, 'part')
  requireKeys(part, PART_KEYS)
  requireText(part.title, 'title')
  const { points, visibility = 'visible', predict, checks = {} } = part
  if (!Number.isFinite(points) || points < 0) throw wrong(`Its points are ${String(points)}.`, 'points: 3')
  requireOneOf(visibility, 'visibility', ['visible', 'hidden'])
  if (predict !== undefined) requireText(predict, 'predict')
  if (predict === undefined && !hasProgram)
    throw wrong('There is no program that it could start.', "program: { runsAt: 'server', file: 'echo' }")
  if (typeof part.play !== 'function') throw wrong('It has no play.', 'async play({ client, server, start }) { … }')
  for (const [sentence, check] of Object.entries(checks)) {
    if (typeof check !== 'function') throw wrong(`The check '${sentence}' is no function.`, 'seen => …')
  }
  for (const text of [part.ladder ?? '', ...(part.orElse ?? [])]) {
    checkCase({ ...part, lesson: '', ladder: text }, text === '' ? NO_PICTURE : parseLadder(text))
  }
}

const PART_KEYS: readonly (keyof PartSpec)[] = [
  'title',
  'points',
  'section',
  'visibility',
  'predict',
  'play',
  'checks',
  'link',
  'hosts',
  'sysctls',
  'ladder',
  'orElse',
  'departs',
  'repeats',
  'within',
]

/** Those that a host's own program may be given: none reaches beyond its namespaces. As capabilities(7) spells them. */
const CAPABILITIES = ['net_raw', 'net_admin', 'net_bind_service', 'net_broadcast']

function requireObject(value: unknown, what: string): void {
  if (typeof value !== 'object' || value === null) throw wrong(`There is no ${what}.`)
}

function requireKeys(value: object, known: readonly string[]): void {
  const unknown = Object.keys(value).find(key => !known.includes(key))
  if (unknown === undefined) return
  const near = nearest(unknown, [...known])
  throw wrong(
    `There is nothing that is called '${unknown}'.`,
    near === null ? `It may have ${known.join(', ')}.` : `Did you mean ${near}?`,
  )
}

function requireText(value: unknown, what: string): void {
  if (typeof value !== 'string' || value === '') throw wrong(`It has no ${what}: it is a text.`)
}

function requireOneOf(value: unknown, what: string, known: readonly string[]): void {
  if (!known.includes(value as string))
    throw wrong(`Its ${what} is '${String(value)}'.`, `It is ${known.join(' or ')}.`)
}

function wrong(sentence: string, hint?: string): UsageError {
  return new UsageError('ASSIGNMENT', sentence, { hint })
}

function told(where: string, check: () => void): void {
  try {
    check()
  } catch (error) {
    if (!(error instanceof HandwaveError)) throw error
    throw new UsageError(error.code, `${where}: ${error.message}`, { hint: error.hint, cause: error })
  }
}
