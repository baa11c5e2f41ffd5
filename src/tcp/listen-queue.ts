/**
 * What becomes of the SYNs that reach a listening socket of Linux, and what its kernel counts meanwhile: tcp_conn_request
 * (net/ipv4/tcp_input.c, 6.12) as far as it counts, without timers. Entries that have timed out are taken out by whoever
 * knows that they have.
 */
export class ListenQueue {
  readonly #settings: Required<ListenSettings>
  readonly #counters = { ...NONE }
  #held = 0
  #mostHeld = 0
  #waiting = 0

  constructor(settings: ListenSettings) {
    this.#settings = { somaxconn: SOMAXCONN, ...settings }
  }

  /** Half-open entries now. */
  get held(): number {
    return this.#held
  }

  /** So many SYNs, each from somewhere else. */
  syns(count: number): this {
    for (let n = 0; n < count; n++) this.#syn()
    return this
  }

  /** The third segment of an entry that is held (tcp_v4_syn_recv_sock): there may be no room for another connection. */
  acks(count: number): this {
    for (let n = 0; n < count; n++) {
      if (this.#isAcceptQueueFull()) this.#overflows()
      else {
        this.#held--
        this.#waiting++
      }
    }
    return this
  }

  /** So many handshakes, one after the other. */
  handshakes(count: number): this {
    for (let n = 0; n < count; n++) this.syns(1).acks(1)
    return this
  }

  /** The third segment of one who was given a cookie (cookie_v4_check). */
  cookiesReturn(count: number): this {
    for (let n = 0; n < count; n++) {
      this.#counters.SyncookiesRecv++
      if (this.#isAcceptQueueFull()) this.#overflows()
      else this.#waiting++
    }
    return this
  }

  /** The program has taken so many. */
  accepted(count: number): this {
    this.#waiting -= count
    return this
  }

  /** So many entries are no more. */
  expired(count: number): this {
    this.#held -= count
    return this
  }

  /** What is to be found, if nothing but this has befallen the listener. */
  get foretold(): Foretold {
    return { halfOpen: this.#mostHeld, counters: { ...this.#counters } }
  }

  #syn(): void {
    const { syncookies, maxSynBacklog } = this.#settings
    // inet_csk_reqsk_queue_is_full (include/net/inet_connection_sock.h): more than the backlog, not as many.
    const isFull = this.#held > this.#backlog
    const sendsCookie = syncookies === 2 || (isFull && syncookies === 1)
    // tcp_syn_flood_action counts as if the queue were full, also where cookies are sent in any case.
    if (sendsCookie) this.#counters.TCPReqQFullDoCookies++
    else if (isFull) {
      this.#counters.TCPReqQFullDrop++
      this.#counters.ListenDrops++
      return
    }
    if (this.#isAcceptQueueFull()) {
      this.#overflows()
      return
    }
    if (sendsCookie) {
      this.#counters.SyncookiesSent++
      return
    }
    // "Without syncookies last quarter of backlog is filled with destinations, proven to be alive": nobody is, in a lab.
    if (syncookies === 0 && maxSynBacklog - this.#held < maxSynBacklog >> 2) {
      this.#counters.ListenDrops++
      return
    }
    this.#held++
    this.#mostHeld = Math.max(this.#mostHeld, this.#held)
  }

  /** listen(2) takes no more than net.core.somaxconn. */
  get #backlog(): number {
    return Math.min(this.#settings.backlog, this.#settings.somaxconn)
  }

  /** sk_acceptq_is_full (include/net/sock.h): here, too, one more than the backlog. */
  #isAcceptQueueFull(): boolean {
    return this.#waiting > this.#backlog
  }

  #overflows(): void {
    this.#counters.ListenOverflows++
    this.#counters.ListenDrops++
  }
}

export interface ListenSettings {
  /** What the program says to listen(2). */
  readonly backlog: number
  /** net.ipv4.tcp_syncookies: never, when the queue is full, always. */
  readonly syncookies: 0 | 1 | 2
  /** net.ipv4.tcp_max_syn_backlog */
  readonly maxSynBacklog: number
  readonly somaxconn?: number
}

/** What a host's kernel is to have held and counted by the end of a run, to the last one. */
export interface Foretold {
  /** The most half-open connections at once; absent of the wire, which has none. */
  readonly halfOpen?: number
  /** Of TcpExt (/proc/net/netstat) or of the wire's SYN proxy (/proc/net/stat/synproxy), by their names there. */
  readonly counters: Readonly<Record<string, number>>
}

const SOMAXCONN = 4096

const NONE = {
  ListenDrops: 0,
  ListenOverflows: 0,
  TCPReqQFullDrop: 0,
  TCPReqQFullDoCookies: 0,
  SyncookiesSent: 0,
  SyncookiesRecv: 0,
  SyncookiesFailed: 0,
}
