// How each stand-in opens its port and ends: one clear line when the port is taken, a prompt exit on a signal. Called by main.ts files only.

import type { Server } from 'node:http'

/** Listens, and exits the process with code 1 and one line when that is not possible. */
export function listen(server: Server, name: string, host: string, port: number): void {
  server.once('error', (error: NodeJS.ErrnoException) => {
    const reason = error.code === 'EADDRINUSE' ? `port ${port} is in use; set PORT to a free one` : error.message
    console.error(`${name}: ${reason}`)
    process.exit(1)
  })
  server.listen(port, host)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      server.close(() => process.exit(0))
      server.closeAllConnections()
    })
  }
}

/** Ends the process with one line a fault: what main.ts does with a setting or file it cannot use. */
export function refuseToStart(name: string, faults: readonly string[]): never {
  for (const fault of faults) console.error(`${name}: ${fault}`)
  process.exit(1)
}
