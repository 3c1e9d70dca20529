// Starts Azurite tables. Settings: HOST, PORT, LOCATION (a folder; empty: in memory).

import { createRequire } from 'node:module'

const { HOST = '127.0.0.1', PORT = '4005', LOCATION = '' } = process.env
const options = ['--tableHost', HOST, '--tablePort', PORT, '--silent', '--disableTelemetry', '--skipApiVersionCheck']
const storage = LOCATION === '' ? ['--inMemoryPersistence'] : ['--location', LOCATION]

// Azurite writes its file every few seconds and at SIGINT, the only signal that it knows.
process.once('SIGTERM', () => process.kill(process.pid, 'SIGINT'))
process.argv = [process.execPath, 'azurite-table', ...options, ...storage]
createRequire(import.meta.url)('azurite/dist/src/table/main.js')
