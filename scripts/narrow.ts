// `npm run narrow -- APP`: tries what an app does when it is given less, on the sandbox that runs. APP: a client_id, or an address of the app. Settings: SANDBOX_DATA.
import { registeredApps } from '../sandbox/launcher/registered-apps.ts'
import { narrowApp } from '../sandbox/narrowing/narrow-app.ts'
import { findSandbox } from '../sandbox/scenarios/running-sandbox.ts'
import { launchBrowser } from '../test/browser/browser.ts'

const [given] = process.argv.slice(2)
try {
  if (given === undefined) throw new Error('npm run narrow -- CLIENT_ID|APP-ADDRESS')
  const sandbox = await findSandbox(process.env.SANDBOX_DATA || '.data')
  const apps = (await registeredApps(sandbox.operator)).filter(({ launch_url }) => launch_url !== undefined)
  const app = apps.find(({ client_id, launch_url = '' }) => client_id === given || isOf(launch_url, given))
  if (app === undefined) throw new Error(`no app with a launch URL is registered as ${given}`)
  const browser = await launchBrowser()
  const results = await narrowApp(sandbox, browser, app).finally(() => browser.close())
  for (const { name, findings, requests, refused } of results) {
    const verdict = findings.length === 0 ? 'goes on' : findings.join(', ')
    console.log(`${verdict.padEnd(14)} ${name} (${requests} requests, ${refused} refused)`)
  }
  process.exitCode = results.some(({ findings }) => findings.length > 0) ? 1 : 0
} catch (error) {
  console.error(error instanceof Error ? error.message : 'failed')
  process.exitCode = 1
}

function isOf(launchUrl: string, address: string): boolean {
  return URL.canParse(address) && new URL(launchUrl).origin === new URL(address).origin
}
