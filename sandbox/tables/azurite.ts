// Azurite's table and queue services in a process of their own: the stand-in for Azure Storage.

import { findPortFault } from '../ports.ts'
import { Service } from '../service.ts'

/** Azurite's well-known account; a public constant, good on loopback only. */
export const TABLES_ACCOUNT = 'devstoreaccount1'
export const TABLES_KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='

export type Tables = {
  url: string
  /** Of the account's queues; empty when they were not asked for. */
  queuesUrl: string
  account: string
  key: string
  stop(): Promise<void>
}

/**
 * Starts Azurite and resolves when it answers.
 *
 * @param location folder that keeps the tables; undefined: in memory, gone at the end
 */
export async function startTables(p: {
  port: number
  queuePort?: number
  location?: string | undefined
}): Promise<Tables> {
  // Else another server on that port would pass for ours.
  for (const port of [p.port, p.queuePort]) {
    const fault = port === undefined ? undefined : await findPortFault('127.0.0.1', port)
    if (fault !== undefined) throw new Error(fault)
  }
  const at = (port: number) => `http://127.0.0.1:${port}/${TABLES_ACCOUNT}`
  const service = new Service(
    {
      name: 'tables',
      file: 'sandbox/tables/main.ts',
      env: {
        HOST: '127.0.0.1',
        PORT: String(p.port),
        QUEUE_PORT: String(p.queuePort ?? ''),
        LOCATION: p.location ?? '',
      },
      // The queues are up last.
      readyUrl: at(p.queuePort ?? p.port),
      after: [],
    },
    () => {},
  )
  await service.start()
  return {
    url: at(p.port),
    queuesUrl: p.queuePort === undefined ? '' : at(p.queuePort),
    account: TABLES_ACCOUNT,
    key: TABLES_KEY,
    stop: () => service.stop(),
  }
}
