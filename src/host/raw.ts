import { createRequire } from 'node:module'
import type raw from 'raw-socket'

export type RawSocket = ReturnType<typeof raw.createSocket>

/** Loaded only by what listens or sends: to plan a network, or to run it elsewhere, no addon need be built. */
export function loadRaw(): typeof raw {
  return createRequire(import.meta.url)('raw-socket') as typeof raw
}

/**
 * Until it is closed nothing collects the socket. Node does not know that raw-socket's objects wait for something: whoever awaits what
 * one of them will tell is collected together with it, and nothing is left that could go on.
 */
export function openRaw(options: Parameters<typeof raw.createSocket>[0]): RawSocket {
  const socket = loadRaw().createSocket(options)
  open.add(socket)
  socket.on('close', () => open.delete(socket))
  socket.on('error', error => {
    throw error
  })
  return socket
}

const open = new Set<RawSocket>()
