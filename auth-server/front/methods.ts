// Which methods each endpoint takes. Another one is told which, before anything is read, looked up or left behind.
import type { Middleware } from 'koa'
import { ENDPOINTS } from '../../smart/discovery.ts'
import { problemPage } from '../pages/problem.ts'

const { authorization, token, introspection, revocation, jwks, management } = ENDPOINTS

type Methods = readonly string[]
const READ: Methods = ['GET', 'HEAD']
const OPENED: Methods = ['GET']
const POSTED: Methods = ['POST']

/** By their paths. */
export const OF_PROGRAMS: ReadonlyMap<string, Methods> = new Map([
  [token, POSTED],
  [introspection, POSTED],
  [revocation, POSTED],
  [jwks, READ],
  ['/.well-known/openid-configuration', READ],
  ['/.well-known/oauth-authorization-server', READ],
  ['/health', READ],
  ['/openapi.json', READ],
])

/** A HEAD would be taken for a GET by the library alone, and so be unread by what stands in front of it. */
const OF_PEOPLE: readonly (readonly [RegExp, Methods])[] = [
  [exactly(authorization), ['GET', 'POST']],
  [new RegExp(`^${authorization}/[^/]+$`), OPENED],
  [/^\/interaction\/[^/]+(\/(change|other-person))?$/, ['GET', 'POST']],
  [/^\/interaction\/[^/]+\/more-time$/, OPENED],
  [exactly('/sign-in'), POSTED],
  [exactly('/sign-in-window'), OPENED],
  [/^\/callback(\/[^/]+)?$/, OPENED],
  [exactly('/frontchannel-logout'), OPENED],
  [new RegExp(`^${management}(/signed-out|/log(\\.csv|\\.json)?|/[\\w-]{43}(/stopped)?)?$`), OPENED],
  [new RegExp(`^${management}/[\\w-]{43}/(stop|remove|shorten)$`), ['GET', 'POST']],
  [new RegExp(`^${management}/(signout|log/report)$`), POSTED],
  [/^\/admin(\/.*)?$/, ['GET', 'POST']],
]

export function methods(): Middleware {
  return async (ctx, next) => {
    const ofPrograms = OF_PROGRAMS.get(ctx.path)
    const taken = ofPrograms ?? OF_PEOPLE.find(([path]) => path.test(ctx.path))?.[1]
    const isPreflight = ctx.method === 'OPTIONS' && ctx.get('access-control-request-method') !== ''
    if (taken === undefined || isPreflight || taken.includes(ctx.method)) return next()
    ctx.status = 405
    ctx.set('Allow', taken.join(', '))
    ctx.set('Cache-Control', 'no-store')
    if (ofPrograms === undefined) return problemPage(ctx, 'bad-request')
    ctx.body = { error: 'invalid_request', error_description: 'this method is not served here' }
  }
}

function exactly(path: string): RegExp {
  return new RegExp(`^${path}$`)
}
