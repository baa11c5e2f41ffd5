import { connect } from 'node:net'

// destroy() closes both directions: nobody is there to read the answer.
const socket = connect(Number(process.env.PORT), process.env.PEER)
socket.on('data', data => process.stdout.write(data))
socket.write('who is?', () => socket.destroy())
