/** What a lab file needs: `import { lab, holds } from 'handwave'`. */
export { depends, holds, lab, refuted } from './lab/lab.ts'
export type { ClaimCheck, Lab, LabSpec } from './lab/lab.ts'
export type { HostSeen, Moment, Seen, SegmentSeen } from './lab/seen.ts'
export type { Stage, StageHost } from './lab/stage.ts'
export type { StageListener, StageSocket } from './lab/stage-socket.ts'
