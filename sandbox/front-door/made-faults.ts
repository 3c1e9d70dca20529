// Faults that the front door makes in requests of a run, each at the step that the scenario names.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { type DoorStep, type FaultName, faultAtDoor, faultRequestId } from '../scenarios/faults.ts'
import type { Scenario } from '../scenarios/scenario.ts'
import { answerJson, answerProblem } from './problem.ts'

/** How late `-slow` faults are unless the scenario says so. */
const USUAL_SECONDS = 5
/** Nobody's FHIR server. */
const OTHER_AUDIENCE = 'https://fhir.example.org/r4'

export function stepOf(method: string, url: string): DoorStep | undefined {
  const { pathname } = new URL(url, 'http://door')
  if (pathname === '/auth') return 'authorize'
  if (pathname === '/token' && method === 'POST') return 'token'
  if (!pathname.startsWith('/fhir/') || method === 'OPTIONS') return undefined
  return pathname === '/fhir/metadata' || pathname.startsWith('/fhir/.well-known/') ? undefined : 'data'
}

export function secondsOf(scenario: Pick<Scenario, 'faultSeconds'>): number {
  return scenario.faultSeconds ?? USUAL_SECONDS
}

/**
 * Makes the fault, if the scenario has one of this step.
 *
 * @returns its name, and whether the request has been answered; undefined: nothing was done
 */
export async function makeFault(
  scenario: Scenario,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<{ name: FaultName; isAnswered: boolean; body?: string } | undefined> {
  const name = scenario.fault
  const fault = faultAtDoor(name, stepOf(req.method ?? '', req.url ?? ''))
  if (name === undefined || fault === undefined) return undefined
  switch (fault.kind) {
    case 'late':
      await setTimeout(secondsOf(scenario) * 1_000)
      return { name, isAnswered: false }
    case 'told':
      req.headers['x-request-id'] = faultRequestId(name, secondsOf(scenario))
      return { name, isAnswered: false }
    case 'other-audience': {
      const url = new URL(req.url ?? '', 'http://door')
      url.searchParams.set('aud', OTHER_AUDIENCE)
      req.url = url.pathname + url.search
      return { name, isAnswered: false }
    }
    case 'answered':
      return { name, isAnswered: true, ...answered(res, fault) }
    case 'sent-back':
      return { name, isAnswered: true, ...sentBack(req, res, fault) }
  }
}

function answered(res: ServerResponse, { status, error }: { status: number; error?: string }): { body?: string } {
  if (error === undefined) {
    if (status === 429) res.setHeader('Retry-After', '5')
    answerProblem(res, status, 'This fault was made by the sandbox.')
    return {}
  }
  const body = { error, error_description: 'this fault was made by the sandbox' }
  const challenge: Record<string, string> = status === 400 ? {} : { 'WWW-Authenticate': `Bearer error="${error}"` }
  answerJson(res, status, body, challenge)
  return { body: JSON.stringify(body) }
}

function sentBack(
  req: IncomingMessage,
  res: ServerResponse,
  { error, description }: { error: string; description: string },
): object {
  const { searchParams } = new URL(req.url ?? '', 'http://door')
  const back = searchParams.get('redirect_uri') ?? ''
  if (!URL.canParse(back)) {
    answerProblem(res, 400, 'The request has no redirect_uri to be sent back to.')
    return {}
  }
  const target = new URL(back)
  target.searchParams.set('error', error)
  target.searchParams.set('error_description', description)
  const state = searchParams.get('state')
  if (state !== null) target.searchParams.set('state', state)
  res.writeHead(303, { Location: target.href, 'Cache-Control': 'no-store' }).end()
  return {}
}
