// Ends a server so that nobody notices: no new connections, answers under way are finished, and callers who would come back on
// a connection are told to open another.

import type { Server, ServerResponse } from 'node:http'
import { Server as NetServer } from 'node:net'

/** Resolves when no connection is left; those that are after so many milliseconds are cut. */
export type Drain = (withinMilliseconds: number) => Promise<void>

/** Until callers are told to come back elsewhere: by then every worker that shares the port has stopped listening. */
const SETTLED_MS = 100
/** How long a connection may lie idle until it is closed: a request may be on its way on it. */
const QUIET_MS = 1_000

/** @param server one that has answered nothing yet, so that no answer is missed */
export function drainOf(server: Server): Drain {
  const underWay = new Set<ServerResponse>()
  let isDraining = false
  server.prependListener('request', (_request, response) => {
    if (isDraining) response.shouldKeepAlive = false
    underWay.add(response)
    response.once('close', () => underWay.delete(response))
  })

  return async (withinMilliseconds) => {
    // The HTTP server's own close cuts idle connections at once, with whatever is on its way on them.
    const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()))
    const turnAway = () => {
      isDraining = true
      for (const response of underWay) if (!response.headersSent) response.shouldKeepAlive = false
      server.keepAliveTimeout = QUIET_MS
    }
    const timers = [
      setTimeout(turnAway, SETTLED_MS),
      setTimeout(() => server.closeIdleConnections(), QUIET_MS),
      setTimeout(() => server.closeAllConnections(), withinMilliseconds),
    ]
    await closed
    for (const timer of timers) clearTimeout(timer)
  }
}
