import { createServer } from 'node:net'

// It greets, and waits until the client has enough.
const server = createServer(socket => {
  socket.write('hello\n')
  socket.on('error', () => {})
})
server.listen(Number(process.env.PORT), process.env.HOST)
