import { createServer } from 'node:net'

// Half-open is allowed, and nobody ends the other half.
createServer({ allowHalfOpen: true }, socket => {
  socket.on('data', data => socket.write(data))
  socket.on('error', () => {})
}).listen(Number(process.env.PORT), process.env.HOST)
