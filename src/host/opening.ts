/** How a connection is to begin, where that is another way than Linux's own (tcp(7)). */
export interface Opening {
  /** What is written at once goes with the SYN, once the server has given a cookie (RFC 7413; TCP_FASTOPEN_CONNECT). */
  readonly fastOpen?: boolean
  /** False: the third segment waits a while, for data that it could carry (TCP_QUICKACK). */
  readonly quickAck?: boolean
  /** The initial sequence number, which Linux else draws by lot (TCP_REPAIR, TCP_QUEUE_SEQ; CAP_NET_ADMIN). */
  readonly firstNumber?: number
}
