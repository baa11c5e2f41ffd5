import type { Transition } from './transition.ts'
import { CLOSE_WAIT } from './transitions/close-wait.ts'
import { CLOSED_AND_LISTEN } from './transitions/closed-and-listen.ts'
import { CLOSING } from './transitions/closing.ts'
import { ESTABLISHED } from './transitions/established.ts'
import { FIN_WAIT } from './transitions/fin-wait.ts'
import { SYN_RCVD } from './transitions/syn-rcvd.ts'
import { SYN_SENT } from './transitions/syn-sent.ts'
import { TIME_WAIT } from './transitions/time-wait.ts'
import { WHOLE_EXCHANGES } from './transitions/whole-exchanges.ts'

/** The state machine of RFC 9293 (figure 5 and section 3.10), edge by edge, and what Linux makes of each. */
export const TRANSITIONS: readonly Transition[] = [
  ...CLOSED_AND_LISTEN,
  ...SYN_SENT,
  ...SYN_RCVD,
  ...ESTABLISHED,
  ...CLOSE_WAIT,
  ...FIN_WAIT,
  ...CLOSING,
  ...TIME_WAIT,
  ...WHOLE_EXCHANGES,
]
