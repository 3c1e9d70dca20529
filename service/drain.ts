// Ends a server so that nobody notices: no new connections, answers under way are finished, and callers who would come back on
// a connection are told to open another.

import type { Server, ServerResponse } from 'node:http'
import { Server as NetServer, type Socket } from 'node:net'

/** Resolves when no connection is left; those that are after so many milliseconds are cut. */
export type Drain = (withinMilliseconds: number) => Promise<void>

/** Until callers are told to come back elsewhere: by then every worker that shares the port has stopped listening. */
const SETTLED_MS = 100
/** The answer that a connection is for, the last one where it is idle. */
const ANSWER = Symbol('answer')
type Connection = Socket & { [ANSWER]?: ServerResponse }

/** Timers come before what has arrived meanwhile: where this process was held up, a connection may only look idle. */
function afterReading(then: () => void): void {
  setImmediate(() => setImmediate(then))
}

/** @param server one that has answered nothing yet, so that no connection is missed */
export function drainOf(server: Server): Drain {
  const connections = new Set<Connection>()
  let isDraining = false
  server.on('connection', (connection: Connection) => {
    connections.add(connection)
    connection.once('close', () => connections.delete(connection))
  })
  // On the way of every request: a property costs less than a list of answers.
  server.prependListener('request', ({ socket }, response) => {
    if (isDraining) response.shouldKeepAlive = false
    const connection: Connection = socket
    connection[ANSWER] = response
  })

  return async (withinMilliseconds) => {
    // What each answer has promised: until then a caller may come back on its connection, and a request may be on its way.
    const promised = server.keepAliveTimeout
    // The HTTP server's own close cuts idle connections at once, with whatever is on its way on them.
    const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()))
    const turnAway = () => {
      isDraining = true
      for (const { [ANSWER]: answer } of connections)
        if (answer !== undefined && !answer.headersSent) answer.shouldKeepAlive = false
    }
    const timers = [
      setTimeout(turnAway, SETTLED_MS),
      setTimeout(() => afterReading(() => server.closeIdleConnections()), promised),
      setTimeout(() => server.closeAllConnections(), withinMilliseconds),
    ]
    await closed
    for (const timer of timers) clearTimeout(timer)
  }
}
