import type { Socket } from 'node:net'

/** Node's own handle below a socket (libuv's uv_stream_t). Its types do not tell of it. */
interface Handle {
  reading: boolean
  readStart(): number
  readStop(): number
}

/**
 * Stops reading at once: whatever comes stays in the kernel's receive queue, and the window closes. Node's `pause` alone
 * reads on until its own buffer is full.
 */
export function stopReading(socket: Socket): void {
  socket.pause()
  const handle = handleOf(socket)
  if (!handle?.reading) return
  handle.reading = false
  handle.readStop()
}

export function startReading(socket: Socket): void {
  socket.resume()
  const handle = handleOf(socket)
  // To the stream its last read is still under way: it would not ask for another.
  if (!handle || handle.reading || socket.connecting) return
  handle.reading = true
  handle.readStart()
}

function handleOf(socket: Socket): Handle | null {
  return Reflect.get(socket, '_handle') as Handle | null
}
