import type { ClaimId } from '../../../src/lab/claim-texts.ts'

/** Claims that no run turns, not with forged segments either: each with the reason, in a sentence. */
export const UNIVERSAL: Readonly<Partial<Record<ClaimId, string>>> = {}
