// The front door's own addresses: runs of scenarios, for the launcher and for `npm run scenario`, and where a browser begins one.

import type { IncomingMessage, ServerResponse } from 'node:http'
import rawBody from 'raw-body'
import { z } from 'zod'
import { isSameText } from '../same-text.ts'
import { scenarioSchema } from '../scenarios/scenario.ts'
import { answerJson, answerProblem } from './problem.ts'
import type { Run, RunStore } from './run-store.ts'
import { RUN_COOKIE } from './watch.ts'

const PATH = '/front-door/'
const MAX_BODY_BYTES = 65_536

const openSchema = z.strictObject({ scenario: scenarioSchema, start: z.url().optional() })

export function isOwnPath(url: string): boolean {
  return url.startsWith(PATH)
}

/** @param key what callers that see runs must bring: tokens are in them */
export async function answerOwnPath(
  { runs, key }: { runs: RunStore; key: string },
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const url = new URL(req.url ?? '', 'http://door')
  const path = url.pathname.slice(PATH.length)
  if (req.method === 'GET' && path === 'health') return answerJson(res, 200, { status: 'ok' })
  if (req.method === 'GET' && path === 'begin') return begin(runs, url.searchParams.get('run') ?? '', res)
  if (!path.startsWith('runs')) return answerProblem(res, 404, 'There is nothing at this address.')
  if (!isSameText(req.headers.authorization ?? '', `Bearer ${key}`)) {
    return answerProblem(res, 401, 'This address is for the launcher.')
  }
  if (req.method === 'POST' && path === 'runs') {
    const text = await rawBody(req, { limit: MAX_BODY_BYTES, encoding: 'utf8' })
    const body = openSchema.safeParse(JSON.parse(text))
    if (!body.success) return answerProblem(res, 400, z.prettifyError(body.error))
    return answerJson(res, 201, summary(runs.open(body.data.scenario, body.data.start)))
  }
  if (req.method === 'GET' && path === 'runs') return answerJson(res, 200, { runs: runs.list().map(summary) })
  const run = req.method === 'GET' ? runs.find(path.slice('runs/'.length)) : undefined
  if (run === undefined) return answerProblem(res, 404, 'There is no such run.')
  return answerJson(res, 200, run)
}

function summary({ id, scenario, began, exchanges }: Run) {
  return { id, scenario, began, exchanges: exchanges.length }
}

/** Marks the browser's next authorization request, and goes on to the app. */
function begin(runs: RunStore, id: string, res: ServerResponse): void {
  const start = runs.find(id)?.start
  if (start === undefined) {
    answerProblem(res, 404, 'There is no such run to begin.')
    return
  }
  const cookie = `${RUN_COOKIE}=${id}; Path=/auth; Max-Age=900; HttpOnly; SameSite=Lax`
  res.writeHead(303, { Location: start, 'Set-Cookie': cookie, 'Cache-Control': 'no-store' }).end()
}
