// Azurite's blobs in a process of their own, in memory.
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { TABLES_ACCOUNT, TABLES_KEY } from '../../sandbox/tables/azurite.ts'
import { freePort } from './free-port.ts'

const MAIN = createRequire(import.meta.url).resolve('azurite/dist/src/blob/main.js')

export type Blobs = { url: string; account: string; key: string; stop(): Promise<void> }

/** Resolves when it answers. */
export async function startBlobs(): Promise<Blobs> {
  const at = await freePort()
  const options = ['--silent', '--disableTelemetry', '--skipApiVersionCheck', '--inMemoryPersistence']
  const child = spawn(process.execPath, [MAIN, '--blobHost', '127.0.0.1', '--blobPort', String(at), ...options])
  const gone = new Promise((resolve) => child.once('close', resolve))
  let said = ''
  for await (const chunk of child.stdout) {
    said += String(chunk)
    if (said.includes('successfully listens')) break
  }
  return {
    url: `http://127.0.0.1:${at}/${TABLES_ACCOUNT}`,
    account: TABLES_ACCOUNT,
    key: TABLES_KEY,
    async stop() {
      child.kill('SIGKILL')
      await gone
    },
  }
}
