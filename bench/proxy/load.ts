// Makes the load, in a process of its own: as fast as it is answered, or at a fixed pace.
import { Pool } from 'undici'
import { answerParent } from '../child.ts'

export type Work = { port: number; path: string; token: string; body?: string }

export type Question =
  /** So many requests, sixteen at a time. */
  | { ask: 'flood'; work: Work; times: number }
  /** So many a second for so long, whether answered or not. */
  | { ask: 'pace'; work: Work; aSecond: number; seconds: number }

export type Flooded = { aSecond: number; bytesASecond: number }
export type Paced = { p50: number; p99: number }

const CONCURRENCY = 16
const pools = new Map<number, Pool>()

function poolTo(port: number): Pool {
  let pool = pools.get(port)
  if (pool === undefined) {
    pool = new Pool(`http://127.0.0.1:${port}`, { connections: 64 })
    pools.set(port, pool)
  }
  return pool
}

/** @returns bytes of the answer */
function request({ port, path, token, body }: Work): Promise<number> {
  const headers = {
    authorization: `Bearer ${token}`,
    ...(body === undefined ? {} : { 'content-type': 'application/fhir+json', 'if-match': 'W/"1"' }),
  }
  return new Promise((resolve, reject) => {
    let length = 0
    let status = 0
    poolTo(port).dispatch(
      { method: body === undefined ? 'GET' : 'PUT', path, headers, ...(body === undefined ? {} : { body }) },
      {
        onRequestStart: () => undefined,
        onResponseStart: (_controller, statusCode) => {
          status = statusCode
        },
        onResponseData: (_controller, chunk) => {
          length += chunk.length
        },
        onResponseEnd: () => (status === 200 ? resolve(length) : reject(new Error(`${path}: ${status}`))),
        onResponseError: (_controller, error) => reject(error),
      },
    )
  })
}

async function flood(work: Work, times: number): Promise<Flooded> {
  let left = times
  let length = 0
  const before = performance.now()
  const worker = async () => {
    while (left-- > 0) length += await request(work)
  }
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, times) }, worker))
  const seconds = (performance.now() - before) / 1000
  return { aSecond: times / seconds, bytesASecond: length / seconds }
}

/** Counted from when a request was due, so that one that waits makes those behind it late too. */
async function pace(work: Work, aSecond: number, seconds: number): Promise<Paced> {
  const took: number[] = []
  const pending: Promise<void>[] = []
  const start = performance.now()
  for (let sent = 0; sent < aSecond * seconds; ) {
    const now = performance.now()
    for (; start + (sent / aSecond) * 1000 <= now && sent < aSecond * seconds; sent += 1) {
      const due = start + (sent / aSecond) * 1000
      pending.push(request(work).then(() => void took.push(performance.now() - due)))
    }
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await Promise.all(pending)
  took.sort((a, b) => a - b)
  const at = (share: number) => took[Math.floor(took.length * share)] ?? Number.NaN
  return { p50: at(0.5), p99: at(0.99) }
}

answerParent((question: Question) =>
  question.ask === 'flood'
    ? flood(question.work, question.times)
    : pace(question.work, question.aSecond, question.seconds),
)
