// Answers of the front door itself.

import type { ServerResponse } from 'node:http'

/** Apps of other origins may read what went wrong. */
const OPEN = { 'Cache-Control': 'no-store', 'Access-Control-Allow-Origin': '*' }

export function answerProblem(res: ServerResponse, status: number, title: string): void {
  if (res.headersSent) {
    // Half an answer must not look like a whole one.
    res.destroy()
    return
  }
  const body = JSON.stringify({ type: 'about:blank', status, title })
  res.writeHead(status, { ...OPEN, 'Content-Type': 'application/problem+json' }).end(body)
}

export function answerJson(
  res: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  res.writeHead(status, { ...OPEN, 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body))
}
