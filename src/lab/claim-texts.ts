/**
 * What texts teach about TCP's handshake and teardown, sentence by sentence. Labs say by the number which of them they
 * put to the kernel.
 */
export const CLAIMS = {
  // Opening
  C01: 'One side opens actively, the other passively.',
  C02: 'Opening takes three segments: SYN, SYN+ACK, ACK.',
  C03: 'Sending SYN with its own initial number x moves the client CLOSED → SYN_SENT.',
  C04: 'On SYN the server answers SYN+ACK with seq=y, ack=x+1 and is in SYN_RCVD.',
  C05: 'On SYN+ACK the client is ESTABLISHED and answers ACK with seq=x+1, ack=y+1.',
  C06: 'On that ACK the server is ESTABLISHED.',
  C07: 'The initial number x is "usually 1".',
  C08: 'The acknowledgement field means something only when the ACK flag is set.',
  C09: 'A SYN uses up one sequence number, a bare ACK none.',
  C10: 'After segment 1 the server knows client→server works; after 2 the client knows both directions do; after 3 the server does too.',
  C11: 'If the SYN is lost the client sends it again, waiting longer each time, and gives up in the end.',
  C12: 'If the SYN+ACK is lost, it is sent again.',
  C13: 'If the third segment is lost the connection cannot be used.',
  C14: 'SYN_RCVD is too short to see unless the last ACK is withheld on purpose.',
  C15: 'A server that never gets the third segment waits for ever.',
  C16: 'A stale SYN that arrives after its connection ended is answered, the client refuses the answer with RST, and the server forgets it.',
  C17: 'With a two-way handshake that stale SYN would leave the server holding a connection nobody wants.',
  C18: 'Data flows only once ESTABLISHED.',
  C19: 'Opening carries no data.',
  C20: 'SYN and ACK travel in one segment, hence three and not four.',
  C21: 'Both numbers are 32-bit and wrap around.',

  // Closing
  C22: 'The side that closes first sends FIN with seq=u and is in FIN_WAIT_1.',
  C23: 'The other side acknowledges with ack=u+1 and is in CLOSE_WAIT.',
  C24: 'On that ACK the closer is in FIN_WAIT_2.',
  C25: 'The passive side may go on sending, and the closer still receives and acknowledges.',
  C26: 'After its FIN the closer sends no more data, but still sends ACKs.',
  C27: 'The passive side sends its own FIN with seq=w, ack=u+1 and is in LAST_ACK.',
  C28: 'On it the closer is in TIME_WAIT and answers ACK with seq=u+1, ack=w+1.',
  C29: 'On that ACK the passive side is CLOSED, earlier than the closer.',
  C30: 'A FIN uses up one sequence number.',
  C31: 'Either side, client or server, may close first; TIME_WAIT goes to the one that does.',
  C32: "The passive side's ACK and FIN cannot travel together, so closing takes four segments.",
  C33: 'FIN and ACK together take the closer from FIN_WAIT_1 straight to TIME_WAIT.',
  C34: 'FIN_WAIT_1 is rarely seen, FIN_WAIT_2 often.',
  C35: 'If both close at once, both pass through CLOSING to TIME_WAIT.',
  C36: 'CLOSE_WAIT lasts until the program closes its socket.',
  C37: 'If the last ACK is lost, the passive side sends its FIN again.',
  C38: 'TIME_WAIT answers that repeated FIN and starts its clock again.',
  C39: 'TIME_WAIT lasts two maximum segment lifetimes.',
  C40: 'Without TIME_WAIT, a lost last ACK would turn a clean close into an error at the other side.',
  C41: 'TIME_WAIT keeps old segments out of a new connection on the same pair of ports.',
  C42: 'A lost FIN is sent again until it gets through.',
  C43: "FIN_WAIT_2 waits for ever for the other side's FIN.",
  C44: 'Closing loses no data that was written before it.',
  C45: 'No finite exchange makes both sides certain: the last message is always unconfirmed.',

  // Floods
  C46: 'SYNs from invented addresses pile up half-open entries.',
  C47: 'Once the queue is full, honest SYNs are dropped.',
  C48: 'The server repeats SYN+ACK for each entry until it times out.',
  C49: 'Counting SYN_RECV entries from random addresses detects it.',
  C50: 'SYN cookies let honest clients in during the flood.',

  // What a connection costs
  C51: 'HTTP/1.0 opens a connection per request.',
  C52: 'HTTP/1.1 can keep one connection for many requests.',
  C53: 'HTTP/2 carries requests side by side on one connection.',
  C54: 'Each handshake avoided saves a round trip.',

  // The header
  C55: 'Six flags: URG, ACK, PSH, RST, SYN, FIN.',
  C56: 'RST answers a SYN for a port nobody listens on.',
} as const

export type ClaimId = keyof typeof CLAIMS
