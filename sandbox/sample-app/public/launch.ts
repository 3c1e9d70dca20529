// Entry of the launch URL: an EHR sends the browser here with `iss` and `launch`; on to its authorization server.

import { connect, EHR_SCOPE } from './connection.ts'
import { showNotice } from './dom.ts'

const params = new URLSearchParams(location.search)

async function start(): Promise<void> {
  if (!params.has('iss') || !params.has('launch')) {
    return showNotice('This address is for record systems: it needs the parameters iss and launch.')
  }
  try {
    await connect({ scope: EHR_SCOPE })
  } catch (error) {
    showNotice(`Cannot start. ${error instanceof Error ? error.message : ''}`)
  }
}

void start()
