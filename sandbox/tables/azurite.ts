// Azurite's table service in a process of its own: the stand-in for Azure Table Storage.

import { findPortFault } from '../ports.ts'
import { Service } from '../service.ts'

/** Azurite's well-known account; a public constant, good on loopback only. */
export const TABLES_ACCOUNT = 'devstoreaccount1'
export const TABLES_KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='

export type Tables = { url: string; account: string; key: string; stop(): Promise<void> }

/**
 * Starts Azurite and resolves when it answers.
 *
 * @param location folder that keeps the tables; undefined: in memory, gone at the end
 */
export async function startTables(p: { port: number; location?: string | undefined }): Promise<Tables> {
  // Else another server on that port would pass for ours.
  const fault = await findPortFault('127.0.0.1', p.port)
  if (fault !== undefined) throw new Error(fault)
  const service = new Service(
    {
      name: 'tables',
      file: 'sandbox/tables/main.ts',
      env: { HOST: '127.0.0.1', PORT: String(p.port), LOCATION: p.location ?? '' },
      readyUrl: `http://127.0.0.1:${p.port}/${TABLES_ACCOUNT}`,
      after: [],
    },
    () => {},
  )
  await service.start()
  return {
    url: `http://127.0.0.1:${p.port}/${TABLES_ACCOUNT}`,
    account: TABLES_ACCOUNT,
    key: TABLES_KEY,
    stop: () => service.stop(),
  }
}
