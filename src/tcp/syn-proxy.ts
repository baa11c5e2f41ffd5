/**
 * What a SYN proxy of Linux counts (net/netfilter/nf_synproxy_core.c, 6.12), by the names of /proc/net/stat/synproxy. It keeps
 * nothing in mind until a cookie has come back: nothing can be full.
 */
export class SynProxy {
  readonly #counters = { ...NONE }

  /** So many SYNs, each of them answered with a cookie. */
  syns(count: number): this {
    this.#counters.syn_received += count
    return this
  }

  /** A third segment with the cookie that it was given: now the proxy opens to the server (synproxy_recv_client_ack). */
  cookiesReturn(count: number): this {
    this.#counters.cookie_valid += count
    return this
  }

  /** A third segment with a number that nobody was given, or what is taken for one. */
  guesses(count: number): this {
    this.#counters.cookie_invalid += count
    return this
  }

  get foretold(): { readonly counters: Readonly<Record<string, number>> } {
    return { counters: { ...this.#counters } }
  }
}

const NONE = { syn_received: 0, cookie_invalid: 0, cookie_valid: 0, cookie_retrans: 0, conn_reopened: 0 }
