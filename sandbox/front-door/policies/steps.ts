// Policies as steps: each does what API Management documents of its element, as far as ours use it.

import { createRemoteJWKSet, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import type { Element } from './document.ts'
import { type Answer, headersOf, Refusal, run, type Step } from './exchange.ts'
import { parseCondition, parseExpression } from './expression.ts'

type Make = (element: Element, base: readonly Step[]) => Step

/** Answers that are kept, each until its time. */
export type Cache = Map<string, Answer & { until: number }>

/** @param base what `<base/>` stands for @throws Error when an expression is not understood */
export function stepsOf(elements: readonly Element[], base: readonly Step[], cache: Cache): Step[] {
  const kept: Readonly<Record<string, Make>> = { ...MAKERS, 'cache-lookup': lookUp(cache), 'cache-store': store(cache) }
  return elements.flatMap((element) => {
    if (element.name === 'base') return base
    const make = element.name === 'choose' ? choose(cache) : kept[element.name]
    if (make === undefined) throw new Error(`line ${element.line}: ${element.name} is not carried out here`)
    return [make(element, base)]
  })
}

const MAKERS: Readonly<Record<string, Make>> = {
  'return-response': returnResponse,
  'set-header': setHeader,
  cors,
  'rate-limit-by-key': rateLimit,
  'validate-jwt': validateJwt,
  'set-backend-service': ({ attributes }) => {
    const target = attributes['base-url'] ?? ''
    if (!URL.canParse(target)) throw new Error(`set-backend-service: ${target} is no URL`)
    return (exchange) => void Object.assign(exchange, { target })
  },
  // The front door forwards, with limits of its own.
  'forward-request': () => () => undefined,
}

const textsOf = ({ children }: Element, name: string): string[] =>
  children.flatMap((child) => (child.name === name ? [child.text.trim()] : textsOf(child, name)))

function choose(cache: Cache): Make {
  return ({ children }, base) => {
    const branches = children.map((child) => ({
      holds: child.name === 'otherwise' ? () => true : parseCondition(child.attributes.condition ?? ''),
      steps: stepsOf(child.children, base, cache),
    }))
    return (exchange) => {
      const taken = branches.find(({ holds }) => holds(exchange.context))
      return taken === undefined ? undefined : run(taken.steps, exchange)
    }
  }
}

function returnResponse({ children }: Element): Step {
  const status = Number(children.find(({ name }) => name === 'set-status')?.attributes.code ?? 200)
  const body = children.find(({ name }) => name === 'set-body')?.text ?? ''
  if (body.includes('@(')) throw new Error('set-body: expressions are not carried out here')
  const headers = children
    .filter(({ name }) => name === 'set-header')
    .map((one) => [one.attributes.name ?? '', textsOf(one, 'value').join(', ')] as const)
  return () => ({ status, headers: Object.fromEntries(headers), body })
}

function setHeader({ attributes, children }: Element): Step {
  const name = (attributes.name ?? '').toLowerCase()
  const action = attributes['exists-action'] ?? 'override'
  if (!['override', 'skip', 'delete'].includes(action)) throw new Error(`set-header: ${action} is not carried out here`)
  const values = children.map(({ text }) => parseExpression(text.trim()))
  return (exchange) => {
    const headers = headersOf(exchange)
    if (action === 'delete') delete headers[name]
    else if (action === 'override' || headers[name] === undefined)
      headers[name] = values.map((value) => String(value(exchange.context))).join(', ')
    return undefined
  }
}

function cors(element: Element): Step {
  if (element.attributes['allow-credentials'] === 'true') throw new Error('cors: credentials are for no origin here')
  const [origins, methods] = [textsOf(element, 'origin'), textsOf(element, 'method')]
  const shown = element.children
    .filter(({ name }) => name === 'expose-headers')
    .flatMap((one) => textsOf(one, 'header'))
  const age = element.children.find(({ name }) => name === 'allowed-methods')?.attributes['preflight-result-max-age']
  if (origins.join() !== '*') throw new Error('cors: only every origin is carried out here')
  return ({ request, given }) => {
    if (request.headers.origin === undefined) return undefined
    given['access-control-allow-origin'] = '*'
    const asked = request.headers['access-control-request-method']
    if (request.method !== 'OPTIONS' || asked === undefined) {
      given['access-control-expose-headers'] = shown.join(', ')
      return undefined
    }
    const headers = {
      'access-control-allow-methods': methods.join(', '),
      'access-control-allow-headers': String(request.headers['access-control-request-headers'] ?? ''),
      ...(age === undefined ? {} : { 'access-control-max-age': age }),
    }
    return { status: 200, headers, body: '' }
  }
}

function rateLimit({ attributes }: Element): Step {
  const limiter = new RateLimiterMemory({
    points: Number(attributes.calls),
    duration: Number(attributes['renewal-period']),
  })
  const key = parseExpression(attributes['counter-key'] ?? '')
  return async ({ context }) => {
    await limiter.consume(String(key(context))).catch(() => {
      throw new Refusal('rate-limit-by-key', 429)
    })
    return undefined
  }
}

function validateJwt(element: Element): Step {
  const { attributes } = element
  const name = (attributes['header-name'] ?? '').toLowerCase()
  const status = Number(attributes['failed-validation-httpcode'] ?? 401)
  const url = element.children.find((child) => child.name === 'openid-config')?.attributes.url ?? ''
  const rules = {
    audience: textsOf(element, 'audience'),
    issuer: textsOf(element, 'issuer'),
    clockTolerance: Number(attributes['clock-skew'] ?? 0),
    requiredClaims: attributes['require-expiration-time'] === 'true' ? ['exp'] : [],
  }
  if (attributes['require-signed-tokens'] !== 'true') throw new Error('validate-jwt: tokens must be signed')
  let keys: Promise<JWTVerifyGetKey> | undefined
  return async (exchange) => {
    const [scheme, token = ''] = String(exchange.request.headers[name] ?? '').split(' ')
    try {
      if (scheme !== attributes['require-scheme']) throw new Error('another scheme')
      keys ??= publishedKeys(url)
      await jwtVerify(token, await keys, rules)
      return undefined
    } catch {
      keys = (await keys?.catch(() => undefined)) === undefined ? undefined : keys
      throw new Refusal('validate-jwt', status)
    }
  }
}

async function publishedKeys(url: string): Promise<JWTVerifyGetKey> {
  const answer = await fetch(url)
  const { jwks_uri: place } = (await answer.json()) as { jwks_uri: string }
  return createRemoteJWKSet(new URL(place))
}

function lookUp(cache: Cache): Make {
  return (element) => {
    const names = textsOf(element, 'vary-by-header').map((name) => name.toLowerCase())
    return (exchange) => {
      const { request } = exchange
      if (request.method !== 'GET' || request.headers.authorization !== undefined) return undefined
      const key = [request.url, ...names.map((name) => request.headers[name])].join('\n')
      exchange.cacheKey = key
      const kept = cache.get(key)
      return kept === undefined || kept.until < Date.now() ? undefined : kept
    }
  }
}

function store(cache: Cache): Make {
  return ({ attributes }) =>
    ({ response, cacheKey }) => {
      if (response?.statusCode !== 200 || cacheKey === undefined) return undefined
      const chunks: Buffer[] = []
      const headers = Object.fromEntries(
        Object.entries(response.headers).map(([name, value]) => [name, String(value)] as const),
      )
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('end', () => {
        const until = Date.now() + Number(attributes.duration) * 1000
        cache.set(cacheKey, { status: 200, headers, body: Buffer.concat(chunks), until })
      })
      return undefined
    }
}
