import type { LabSpec } from '../lab/lab.ts'
import type { Seen } from '../lab/seen.ts'
import type { Stage } from '../lab/stage.ts'
import type { ProgramStory } from '../lab/stage-program.ts'
import type { StudentProgram } from './student-program.ts'

/** What an assignment's file says: a program to be written, or pictures to be drawn, and small labs that give points for it. */
export interface AssignmentSpec {
  readonly title: string
  readonly program?: ProgramSpec
  /** Each by itself: a program that dies in one is started afresh for the next. */
  readonly parts: Readonly<Record<string, PartSpec>>
}

export interface ProgramSpec {
  /** At which host it runs. */
  readonly runsAt: 'client' | 'server'
  /** Its file's name without the ending, which tells the language: `echo` for echo.py, echo.js, echo.c and the like. */
  readonly file: string
  /** What it may do besides, by the names of capabilities(7): `['net_raw']`. */
  readonly capabilities?: readonly string[]
}

/** What a part may have of a lab's. */
type OfLab = 'link' | 'hosts' | 'sysctls' | 'ladder' | 'orElse' | 'departs' | 'repeats' | 'within'

export interface PartSpec extends Partial<Pick<LabSpec, OfLab>> {
  /** What the program is asked to do, as its writer reads it. */
  readonly title: string
  readonly points: number
  /** Where it is written that it should: `'RFC 9293, 3.6'`. */
  readonly section?: string
  /** Hidden parts count, and students see no more of them than that. */
  readonly visibility?: 'visible' | 'hidden'
  /**
   * The file in which the student has drawn the exchange beforehand: no program is run, and each row of the part's own
   * picture gives its share of the points if the drawn one has it, and the kernel bears it out.
   */
  readonly predict?: string
  play(stage: PartStage): Promise<void>
  /** What must have been so once all is over, each in a sentence. */
  readonly checks?: Checks
}

export type Checks = Readonly<Record<string, (seen: Seen, program: ProgramStory) => boolean>>

/** What a part's play is given: what a lab's is, and the student's program. */
export interface PartStage extends Stage {
  /** Starts it: with HOST, where it is; PEER, the other host; PORT; and what is named here. */
  readonly start: (environment?: Readonly<Record<string, string>>) => Promise<StudentProgram>
}

export interface Assignment {
  readonly assignment: AssignmentSpec
}

export function assignment(spec: AssignmentSpec): Assignment {
  return { assignment: spec }
}
