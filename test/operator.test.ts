// An operator at work on a running system: the admin tool as people call it, and signing keys changed under load.
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { withSandbox } from './testing/sandbox.ts'

const ROOT = join(import.meta.dirname, '..')

const running = withSandbox({
  portBase: 23_340,
  services: ['entra', 'tables', 'auth-server', 'front-door'],
  environment: { KEYS_RELOAD_SECONDS: '5' },
})

const admin = (...given: string[]) =>
  promisify(execFile)(process.execPath, ['auth-server/cli/main.ts', ...given, '--json'], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, SANDBOX_DATA: running.dataFolder },
  }).then(({ stdout }) => JSON.parse(stdout))

async function publishedKids(): Promise<string[]> {
  const answer = await fetch(`${running.sandbox.urls.issuer}/jwks`)
  expect(answer.status).toBe(200)
  return ((await answer.json()) as { keys: JWK[] }).keys.map(({ kid }) => String(kid))
}

test('the tool finds the sandbox; what it disables stays so after a restart', async () => {
  const authorize = async () =>
    (
      await fetch(
        `${running.sandbox.urls.issuer}/auth?client_id=sample-app&redirect_uri=${running.sandbox.urls.app}/&response_type=code`,
      )
    ).status
  const ids = (await admin('clients', 'list')).map(({ client_id }: { client_id: string }) => client_id)
  expect(ids).toEqual(expect.arrayContaining(['admin', 'ehr-launcher', 'sample-app']))
  await admin('clients', 'disable', 'sample-app')
  await running.sandbox.restart('auth-server')
  expect(await authorize()).toBe(400)
  expect(await admin('clients', 'get', 'sample-app')).toMatchObject({ enabled: false, source: 'api' })
}, 30_000)

test('SEED-10: keys are published, take over and go while requests are served, and none of those fails', async () => {
  const file = join(running.dataFolder, 'signing-keys.json')
  const { keys } = JSON.parse(await readFile(file, 'utf8')) as { keys: JWK[] }
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const next = { ...(await exportJWK(privateKey)), kid: 'next', alg: 'ES256', use: 'sig' }
  const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds
  const old = keys.find(({ alg }) => alg === 'ES256')?.kid
  // The end of the old key is set, so that the test need not wait for its last token.
  const planned = keys.map((key) => (key.kid === old ? { ...key, retire_at: inSeconds(10) } : key))
  await writeFile(file, JSON.stringify({ keys: [...planned, { ...next, use_from: inSeconds(8) }] }))

  const seen: string[] = []
  const deadline = Date.now() + 25_000
  let kids: string[]
  do {
    kids = await publishedKids()
    seen.push(kids.filter((kid) => kid === old || kid === 'next').join())
    // A token each time, with whatever key signs: the API must take it.
    if (seen.length % 50 === 0) expect(Array.isArray(await admin('clients', 'list'))).toBe(true)
  } while (kids.includes(String(old)) && Date.now() < deadline)
  const steps = seen.filter((step, i) => step !== seen[i - 1])
  expect(steps).toEqual([old, `${old},next`, `next,${old}`, 'next'])
  expect(Array.isArray(await admin('clients', 'list'))).toBe(true)
}, 60_000)
