// Starts Azurite's tables, and its queues where a port is given. Settings: HOST, PORT, QUEUE_PORT, LOCATION (a folder; empty: in memory).

import { createRequire } from 'node:module'

const { HOST = '127.0.0.1', PORT = '4005', QUEUE_PORT = '', LOCATION = '' } = process.env
const storage = LOCATION === '' ? ['--inMemoryPersistence'] : ['--location', LOCATION]
const options = ['--silent', '--disableTelemetry', '--skipApiVersionCheck', ...storage]
const require = createRequire(import.meta.url)

// Azurite writes its files every few seconds and at SIGINT, the only signal that it knows.
process.once('SIGTERM', () => process.kill(process.pid, 'SIGINT'))

/** Both in one process: most of what they load is the same. Each reads the command line as it is loaded. */
function start(service: 'table' | 'queue', port: string): void {
  const address = [`--${service}Host`, HOST, `--${service}Port`, port]
  process.argv = [process.execPath, `azurite-${service}`, ...address, ...options]
  require(`azurite/dist/src/${service}/main.js`)
}

start('table', PORT)
if (QUEUE_PORT !== '') start('queue', QUEUE_PORT)
