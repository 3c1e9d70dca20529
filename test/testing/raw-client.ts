// A client that says exactly what it is told, and hears all that comes back.
import { connect } from 'node:net'

/** All bytes until the server hangs up, one character a byte. */
export async function exchange(port: number, said: string | Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk)).on('error', () => undefined)
  socket.write(said)
  await new Promise((resolve) => socket.on('close', resolve))
  return Buffer.concat(chunks).toString('latin1')
}
