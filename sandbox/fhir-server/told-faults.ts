// Faults of the FHIR server that a scenario asks for: told by the id of a request, which the proxy passes on.

import type { RequestListener } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { readFaultRequestId } from '../scenarios/faults.ts'

/** Answers as the fault wants, or lets the server answer. */
export function withToldFaults(listener: RequestListener): RequestListener {
  return async (request, response) => {
    const fault = readFaultRequestId(request.headers['x-request-id'])
    if (fault?.name === 'records-unavailable') {
      response.writeHead(503, { 'Content-Type': 'text/plain' }).end('Down for maintenance\n')
      return
    }
    if (fault?.name === 'records-nonsense') {
      response.writeHead(200, { 'Content-Type': 'text/html' }).end('<html><body>It works!</body></html>')
      return
    }
    if (fault?.name === 'records-slow') await setTimeout(fault.seconds * 1_000)
    listener(request, response)
  }
}
