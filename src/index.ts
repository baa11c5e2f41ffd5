/// <reference lib="esnext.disposable" preserve="true" />
// A program that a lab's types are held against need not know of disposables by itself.

/** What a lab file needs: `import { lab, holds } from 'handwave'`. */
export { depends, holds, lab, refuted } from './lab/lab.ts'
export { node } from './lab/node-program.ts'
export { ListenQueue } from './tcp/listen-queue.ts'
export { SynProxy } from './tcp/syn-proxy.ts'
export type { ListenSettings } from './tcp/listen-queue.ts'
export { assignment } from './grade/assignment.ts'
export type { Assignment, AssignmentSpec, Checks, PartSpec, PartStage, ProgramSpec } from './grade/assignment.ts'
export { demand } from './grade/demand.ts'
export type { StudentProgram } from './grade/student-program.ts'
export type { ProgramStory } from './lab/stage-program.ts'
export type { ClaimCheck, Lab, LabSpec } from './lab/lab.ts'
export type { ConnectionSeen, Seen } from './lab/seen.ts'
export type { HostSeen } from './lab/seen-host.ts'
export type { Moment } from './lab/seen-moment.ts'
export type { SegmentSeen } from './lab/seen-segment.ts'
export type { Stage, StageHost } from './lab/stage.ts'
export type { HeardSegment } from './lab/heard.ts'
export type { StageProgram } from './lab/stage-program.ts'
export type { HeldSegment, StageWire } from './lab/stage-wire.ts'
export type { StageListener, StageSocket } from './lab/stage-socket.ts'
