import { createServer } from 'node:net'

// An 'error' that nobody listens to ends the program.
createServer(socket => socket.pipe(socket)).listen(Number(process.env.PORT), process.env.HOST)
