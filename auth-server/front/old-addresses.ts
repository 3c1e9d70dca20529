// Addresses of the three systems before this one, for apps that still have them written down (SEED-80). Those of OAuth
// endpoints are ours by another name, with all their checks. What changed things on the word of a link, or took a token for
// an identity without looking at it, does not come back: who calls it is told what stands in its place.
import type { Middleware } from 'koa'
import { ENDPOINTS } from '../../smart/discovery.ts'

const { authorization, token, introspection, revocation, management } = ENDPOINTS

/** Of the SMART proxy of Azure API for FHIR, and of the FHIR Proxy, which took them over. */
const ALIASES = [
  ['/AadSmartOnFhirProxy/authorize', authorization],
  ['/AadSmartOnFhirProxy/token', token],
] as const

/** Of the samples for Azure Health Data Services, and of version 2 of the FHIR Proxy. */
const FURTHER_ALIASES = [
  ['/auth/authorize', authorization],
  ['/auth/token', token],
  ['/auth/token/introspection', introspection],
  ['/oauth2/authorize', authorization],
  ['/oauth2/token', token],
] as const

/** @param withAll whether those are served that discovery told, and that hardly anyone has written down */
export function oldAddresses(withAll: boolean): Middleware {
  const aliases = new Map<string, string>([...ALIASES, ...(withAll ? FURTHER_ALIASES : [])])
  return async (ctx, next) => {
    ctx.path = aliases.get(ctx.path) ?? ctx.path
    await next()
  }
}

const GONE: readonly (readonly [RegExp, string])[] = [
  [
    /^\/manage(\/|$)/,
    'Links are kept by GET, POST and DELETE /links, clients by /clients, or by "npm run admin". Nothing was changed.',
  ],
  [/^\/AadSmartOnFhirProxy\/callback(\/|$)/, 'Apps get the answer at their own redirect URI, and register no other.'],
  [/^\/auth\/appConsentInfo$/, `Consent is asked for within the request. People take it back at ${management}.`],
  [/^\/auth\/context-cache$/, 'An EHR opens a launch by POST /launch, and passes on the launch that it gets.'],
  [/^\/(auth\/context|oauth2\/dynamicscopes)(\/|$)/, `An app begins at ${authorization}; consent is a step of that.`],
  [
    /^\/auth\/block-access-token$/,
    `A client ends its tokens by POST ${revocation}; operators by "npm run admin -- grants".`,
  ],
]

/** Stands behind the headers that every answer carries. */
export function goneAddresses(): Middleware {
  return async (ctx, next) => {
    const hint = GONE.find(([path]) => path.test(ctx.path))?.[1]
    if (hint === undefined) return next()
    ctx.status = 410
    ctx.set('Cache-Control', 'no-store')
    ctx.body = { error: 'gone', error_description: `This address is no longer served. ${hint}` }
  }
}
