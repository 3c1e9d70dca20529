// Entry of the app's page: start page, or the chart once connected.

import { chartPage } from './chart-page.ts'
import { type Client, finishConnecting, forgetConnection, isConnecting } from './connection.ts'
import { getById, showNotice } from './dom.ts'
import { startPage } from './start-page.ts'

const main = getById('main')
const actions = getById('actions')

async function showStart(): Promise<void> {
  const settings = (await (await fetch('/config.json')).json()) as { fhirBase: string }
  actions.hidden = true
  main.replaceChildren(startPage(settings.fhirBase))
}

function showChart(client: Client): void {
  actions.hidden = false
  getById('refresh').hidden = !client.state.tokenResponse?.refresh_token
  main.replaceChildren(...chartPage(client))
}

async function start(): Promise<void> {
  if (!isConnecting()) return showStart()
  try {
    const client = await finishConnecting()
    showChart(client)
    getById('refresh').addEventListener('click', async () => {
      try {
        await client.refresh()
        showChart(client)
        showNotice('A new access token is in use.', 'good')
      } catch (error) {
        showNotice(`No new token. ${error instanceof Error ? error.message : ''}`)
      }
    })
  } catch (error) {
    forgetConnection()
    await showStart()
    showNotice(error instanceof Error ? error.message : 'The connection could not be made.')
  }
}

getById('disconnect').addEventListener('click', () => {
  forgetConnection()
  // The library remembers the address that it came back to, so the next connection begins with a fresh page.
  location.replace('/')
})
void start()
