// Starts the sandbox's FHIR server with its synthetic people. Environment: HOST, PORT, BASE_URL, LENIENT.
import { syntheticPeople } from '../people/synthetic-people.ts'
import { createFhirServer } from './fhir-server.ts'

const host = process.env.HOST ?? '127.0.0.1'
const port = Number(process.env.PORT ?? 4003)
const baseUrl = (process.env.BASE_URL ?? `http://${host}:${port}/r4`).replace(/\/$/, '')

const fault = findFault()
if (fault) {
  console.error(`fhir-server: ${fault}`)
  process.exit(1)
}

const server = createFhirServer({ baseUrl, lenient: process.env.LENIENT === 'true', resources: syntheticPeople() })
server.on('error', (error: NodeJS.ErrnoException) => {
  const reason = error.code === 'EADDRINUSE' ? 'the port is in use' : (error.code ?? error.message)
  console.error(`fhir-server: cannot listen on ${host}:${port}: ${reason}`)
  process.exit(1)
})
server.listen(port, host, () => console.log(`fhir-server: ${baseUrl}`))
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    server.close(() => process.exit(0))
    server.closeAllConnections()
  })
}

function findFault(): string | undefined {
  if (!Number.isInteger(port) || port < 0 || port > 65_535) return 'PORT must be a number from 0 to 65535'
  if (!URL.canParse(baseUrl) || !/^https?:$/.test(new URL(baseUrl).protocol)) return 'BASE_URL must be an http URL'
  const lenient = process.env.LENIENT
  if (lenient !== undefined && lenient !== 'true' && lenient !== 'false') return 'LENIENT must be true or false'
  return undefined
}
