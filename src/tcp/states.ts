/** The eleven states of RFC 9293, section 3.3.2. */
export const TCP_STATES = [
  'CLOSED',
  'LISTEN',
  'SYN_SENT',
  'SYN_RCVD',
  'ESTABLISHED',
  'FIN_WAIT_1',
  'FIN_WAIT_2',
  'CLOSE_WAIT',
  'CLOSING',
  'LAST_ACK',
  'TIME_WAIT',
] as const

export type TcpState = (typeof TCP_STATES)[number]

interface Spellings {
  /** RFC 9293's, and the ladders'. */
  readonly ladder: string
  /** The kernel's, as its tracepoints print them (include/trace/events/sock.h). */
  readonly trace: readonly string[]
  /** ss(8)'s. */
  readonly ss: string
  /** The kernel's numbers, as /proc/net/tcp prints them (include/net/tcp_states.h). */
  readonly proc: readonly string[]
}

/**
 * The one table of spellings. SYN_RCVD has two: TCP_SYN_RECV is a full socket's, after a simultaneous open and for a
 * moment in each passive one; TCP_NEW_SYN_RECV is a request's, which waits for the last ACK of a handshake.
 */
const SPELLINGS: Readonly<Record<TcpState, Spellings>> = {
  CLOSED: { ladder: 'CLOSED', trace: ['TCP_CLOSE'], ss: 'UNCONN', proc: ['07'] },
  LISTEN: { ladder: 'LISTEN', trace: ['TCP_LISTEN'], ss: 'LISTEN', proc: ['0A'] },
  SYN_SENT: { ladder: 'SYN-SENT', trace: ['TCP_SYN_SENT'], ss: 'SYN-SENT', proc: ['02'] },
  SYN_RCVD: { ladder: 'SYN-RECEIVED', trace: ['TCP_SYN_RECV', 'TCP_NEW_SYN_RECV'], ss: 'SYN-RECV', proc: ['03', '0C'] },
  ESTABLISHED: { ladder: 'ESTABLISHED', trace: ['TCP_ESTABLISHED'], ss: 'ESTAB', proc: ['01'] },
  FIN_WAIT_1: { ladder: 'FIN-WAIT-1', trace: ['TCP_FIN_WAIT1'], ss: 'FIN-WAIT-1', proc: ['04'] },
  FIN_WAIT_2: { ladder: 'FIN-WAIT-2', trace: ['TCP_FIN_WAIT2'], ss: 'FIN-WAIT-2', proc: ['05'] },
  CLOSE_WAIT: { ladder: 'CLOSE-WAIT', trace: ['TCP_CLOSE_WAIT'], ss: 'CLOSE-WAIT', proc: ['08'] },
  CLOSING: { ladder: 'CLOSING', trace: ['TCP_CLOSING'], ss: 'CLOSING', proc: ['0B'] },
  LAST_ACK: { ladder: 'LAST-ACK', trace: ['TCP_LAST_ACK'], ss: 'LAST-ACK', proc: ['09'] },
  TIME_WAIT: { ladder: 'TIME-WAIT', trace: ['TCP_TIME_WAIT'], ss: 'TIME-WAIT', proc: ['06'] },
}

const BY_LADDER = index(spellings => [spellings.ladder])
const BY_TRACE = index(spellings => spellings.trace)
const BY_PROC = index(spellings => spellings.proc)
const BY_ANY = new Map(
  TCP_STATES.flatMap(state => {
    const { ladder, trace, ss } = SPELLINGS[state]
    return [state, ladder, ss, ...trace].map(name => [letters(name), state] as const)
  }),
)

export function toLadder(state: TcpState): string {
  return SPELLINGS[state].ladder
}

export function fromLadder(text: string): TcpState | undefined {
  return BY_LADDER.get(text)
}

export function toSs(state: TcpState): string {
  return SPELLINGS[state].ss
}

/** However a person spells it: as RFC 9293, Linux or ss does, in capitals or not. */
export function fromAnySpelling(text: string): TcpState | undefined {
  return BY_ANY.get(letters(text))
}

export function fromTrace(name: string): TcpState | undefined {
  return BY_TRACE.get(name)
}

export function fromProc(hex: string): TcpState | undefined {
  return BY_PROC.get(hex.toUpperCase())
}

/** FIN_WAIT_2, FIN-WAIT-2, TCP_FIN_WAIT2 and finwait2 are one. */
function letters(name: string): string {
  return name.toUpperCase().replace(/^TCP_/, '').replaceAll(/[-_ ]/g, '')
}

function index(names: (spellings: Spellings) => readonly string[]): ReadonlyMap<string, TcpState> {
  return new Map(TCP_STATES.flatMap(state => names(SPELLINGS[state]).map(name => [name, state] as const)))
}
