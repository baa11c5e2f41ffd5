/** RFC 9293's figures 6 to 13, as its sections 3.5 and 3.6 print them. */
export const FIGURES = {
  /** Basic three-way handshake. */
  figure6: `
    TCP Peer A                                           TCP Peer B

1.  CLOSED                                               LISTEN

2.  SYN-SENT    --> <SEQ=100><CTL=SYN>               --> SYN-RECEIVED

3.  ESTABLISHED <-- <SEQ=300><ACK=101><CTL=SYN,ACK>  <-- SYN-RECEIVED

4.  ESTABLISHED --> <SEQ=101><ACK=301><CTL=ACK>       --> ESTABLISHED

5.  ESTABLISHED --> <SEQ=101><ACK=301><CTL=ACK><DATA> --> ESTABLISHED
`,
  /** Simultaneous connection synchronization. */
  figure7: `
    TCP Peer A                                       TCP Peer B

1.  CLOSED                                           CLOSED

2.  SYN-SENT     --> <SEQ=100><CTL=SYN>              ...

3.  SYN-RECEIVED <-- <SEQ=300><CTL=SYN>              <-- SYN-SENT

4.               ... <SEQ=100><CTL=SYN>              --> SYN-RECEIVED

5.  SYN-RECEIVED --> <SEQ=100><ACK=301><CTL=SYN,ACK> ...

6.  ESTABLISHED  <-- <SEQ=300><ACK=101><CTL=SYN,ACK> <-- SYN-RECEIVED

7.               ... <SEQ=100><ACK=301><CTL=SYN,ACK> --> ESTABLISHED
`,
  /** Recovery from old duplicate SYN. */
  figure8: `
    TCP Peer A                                           TCP Peer B

1.  CLOSED                                               LISTEN

2.  SYN-SENT    --> <SEQ=100><CTL=SYN>               ...

3.  (duplicate) ... <SEQ=90><CTL=SYN>               --> SYN-RECEIVED

4.  SYN-SENT    <-- <SEQ=300><ACK=91><CTL=SYN,ACK>  <-- SYN-RECEIVED

5.  SYN-SENT    --> <SEQ=91><CTL=RST>               --> LISTEN

6.              ... <SEQ=100><CTL=SYN>               --> SYN-RECEIVED

7.  ESTABLISHED <-- <SEQ=400><ACK=101><CTL=SYN,ACK>  <-- SYN-RECEIVED

8.  ESTABLISHED --> <SEQ=101><ACK=401><CTL=ACK>      --> ESTABLISHED
`,
  /** Half-open connection discovery. */
  figure9: `
      TCP Peer A                                      TCP Peer B

  1.  (REBOOT)                              (send 300,receive 100)

  2.  CLOSED                                           ESTABLISHED

  3.  SYN-SENT --> <SEQ=400><CTL=SYN>              --> (??)

  4.  (!!)     <-- <SEQ=300><ACK=100><CTL=ACK>     <-- ESTABLISHED

  5.  SYN-SENT --> <SEQ=100><CTL=RST>              --> (Abort!!)

  6.  SYN-SENT                                         CLOSED

  7.  SYN-SENT --> <SEQ=400><CTL=SYN>              -->
`,
  /** Active side causes half-open connection discovery. */
  figure10: `
      TCP Peer A                                         TCP Peer B

  1.  (REBOOT)                                  (send 300,receive 100)

  2.  (??)    <-- <SEQ=300><ACK=100><DATA=10><CTL=ACK> <-- ESTABLISHED

  3.          --> <SEQ=100><CTL=RST>                   --> (ABORT!!)
`,
  /** Old duplicate SYN initiates a reset on two passive sockets. */
  figure11: `
    TCP Peer A                                    TCP Peer B

1.  LISTEN                                        LISTEN

2.       ... <SEQ=Z><CTL=SYN>                -->  SYN-RECEIVED

3.  (??) <-- <SEQ=X><ACK=Z+1><CTL=SYN,ACK>   <--  SYN-RECEIVED

4.       --> <SEQ=Z+1><CTL=RST>              -->  (return to LISTEN!)

5.  LISTEN                                        LISTEN
`,
  /** Normal close sequence. */
  figure12: `
    TCP Peer A                                           TCP Peer B

1.  ESTABLISHED                                          ESTABLISHED

2.  (Close)
    FIN-WAIT-1  --> <SEQ=100><ACK=300><CTL=FIN,ACK>  --> CLOSE-WAIT

3.  FIN-WAIT-2  <-- <SEQ=300><ACK=101><CTL=ACK>      <-- CLOSE-WAIT

4.                                                       (Close)
    TIME-WAIT   <-- <SEQ=300><ACK=101><CTL=FIN,ACK>  <-- LAST-ACK

5.  TIME-WAIT   --> <SEQ=101><ACK=301><CTL=ACK>      --> CLOSED

6.  (2 MSL)
    CLOSED
`,
  /** Simultaneous close sequence. */
  figure13: `
    TCP Peer A                                           TCP Peer B

1.  ESTABLISHED                                          ESTABLISHED

2.  (Close)                                              (Close)
    FIN-WAIT-1  --> <SEQ=100><ACK=300><CTL=FIN,ACK>  ... FIN-WAIT-1
                <-- <SEQ=300><ACK=100><CTL=FIN,ACK>  <--
                ... <SEQ=100><ACK=300><CTL=FIN,ACK>  -->

3.  CLOSING     --> <SEQ=101><ACK=301><CTL=ACK>      ... CLOSING
                <-- <SEQ=301><ACK=101><CTL=ACK>      <--
                ... <SEQ=101><ACK=301><CTL=ACK>      -->

4.  TIME-WAIT                                            TIME-WAIT
    (2 MSL)                                              (2 MSL)
    CLOSED                                               CLOSED
`,
} as const

/** The ladder of the lab time-wait: the last ACK is lost once. */
export const TIME_WAIT = `
     client                                               server
  1. ESTABLISHED                                          ESTABLISHED
  2. (Close)
     FIN-WAIT-1  --> <SEQ=u><ACK=w><CTL=FIN,ACK>     -->  CLOSE-WAIT
  3. FIN-WAIT-2  <-- <SEQ=w><ACK=u+1><CTL=ACK>       <--  CLOSE-WAIT
  4.                                                      (Close)
     TIME-WAIT   <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>   <--  LAST-ACK
  5. TIME-WAIT   --> <SEQ=u+1><ACK=w+1><CTL=ACK>     XXX  LAST-ACK
  6. TIME-WAIT   <-- <SEQ=w><ACK=u+1><CTL=FIN,ACK>   <--  LAST-ACK
  7. TIME-WAIT   --> <SEQ=u+1><ACK=w+1><CTL=ACK>     -->  CLOSED
  8. (2 MSL)
     CLOSED
`

/** Figure 6 with the call that it begins with, and names for its numbers. */
export const HANDSHAKE = `
     client                                               server
  1. CLOSED                                               LISTEN
  2. (Open)
     SYN-SENT    --> <SEQ=x><CTL=SYN>                -->  SYN-RECEIVED
  3. ESTABLISHED <-- <SEQ=y><ACK=x+1><CTL=SYN,ACK>   <--  SYN-RECEIVED
  4. ESTABLISHED --> <SEQ=x+1><ACK=y+1><CTL=ACK>     -->  ESTABLISHED
`

export const LADDERS: Readonly<Record<string, string>> = { ...FIGURES, TIME_WAIT, HANDSHAKE }
