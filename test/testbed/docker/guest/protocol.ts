/** What the guest is asked to do. */
export interface GuestRequest {
  /** The host image's files, unpacked. */
  readonly image: string
  readonly command: readonly string[]
  /** Where it is run. */
  readonly folder: string
}

/** A line that the command has printed. */
export interface GuestLine {
  readonly from: 'stdout' | 'stderr'
  readonly line: string
}
