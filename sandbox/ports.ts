// Finds out, before anything starts, whether the ports of a sandbox are free.

import { createServer } from 'node:net'

/** Why a port cannot be had, or undefined when it can. */
export function findPortFault(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) => {
      const reasons: Record<string, string> = {
        EADDRINUSE: `port ${port} is in use`,
        EACCES: `port ${port} may not be opened by this user`,
        EADDRNOTAVAIL: `this machine has no address ${host}`,
        ENOTFOUND: `this machine has no address ${host}`,
      }
      resolve(reasons[error.code ?? ''] ?? error.message)
    })
    probe.listen(port, host, () => probe.close(() => resolve(undefined)))
  })
}
