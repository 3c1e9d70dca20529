// What can be seen from outside: Entra, the FHIR server, discovery, and that nobody is let in without a token.

import { ask, clockAhead } from './asked.ts'
import { type Finding, fault, lineOf, well } from './finding.ts'
import type { Configs } from './settings.ts'

/** Tokens count for so much longer, at the least that can be set. */
const MOST_SECONDS_APART = 5

export async function checkEntra({ authServer }: Configs): Promise<Finding[]> {
  const { ENTRA_TENANT_ID: tenant, ENTRA_AUTHORITY: authority, ENTRA_METADATA_URL: stated } = authServer
  if (tenant === undefined) return []
  const url = stated ?? `${authority}/${tenant}/v2.0/.well-known/openid-configuration`
  try {
    const { status, json } = await ask(url)
    if (status === 400 || status === 404)
      return [
        fault(
          'Entra',
          `knows no tenant ${tenant}`,
          'Is ENTRA_TENANT_ID the directory (tenant) id, and ENTRA_AUTHORITY that of your cloud?',
        ),
      ]
    const issuer = String(json?.issuer ?? '')
    if (status !== 200 || !issuer.includes(tenant))
      return [
        fault(
          'Entra',
          `${url} answers ${status}, issuer ${issuer || 'none'}`,
          'Is ENTRA_METADATA_URL unset, or that of this tenant?',
        ),
      ]
    return [well('Entra', 'publishes the metadata of the tenant')]
  } catch (error) {
    return [
      fault(
        'Entra',
        `${url}: ${lineOf(error)}`,
        'Can this address be reached from here? A firewall may have to let it through.',
      ),
    ]
  }
}

export async function checkUpstream({ proxy }: Configs): Promise<Finding[]> {
  const about = 'FHIR server'
  try {
    const { status, json } = await ask(`${proxy.upstreamUrl}/metadata`, { accept: 'application/fhir+json' })
    if (status === 401 || status === 403)
      return [
        well(
          about,
          'answers, and asks who we are; the proxy says whether it is let in (its log, "upstream-unauthorized")',
        ),
      ]
    if (status !== 200 || json?.resourceType !== 'CapabilityStatement')
      return [
        fault(
          about,
          `${status} at metadata, and no CapabilityStatement`,
          'Is UPSTREAM_URL the FHIR base itself, as in https://server/fhir?',
        ),
      ]
    const version = String(json.fhirVersion)
    if (!version.startsWith('4.0'))
      return [
        fault(
          about,
          `is of FHIR ${version}`,
          'Only R4 (4.0.1) is understood. Many servers have an R4 base beside others.',
        ),
      ]
    return [well(about, `answers, FHIR ${version}`)]
  } catch (error) {
    return [fault(about, lineOf(error), 'Does it run, and can UPSTREAM_URL be reached from here?')]
  }
}

export async function checkDiscovery({ authServer, proxy }: Configs): Promise<Finding[]> {
  const { ISSUER: issuer } = authServer
  const documents = [
    [
      `${proxy.fhirBase}/.well-known/smart-configuration`,
      'Does the proxy run, and does what stands in front lead FHIR_BASE to it?',
    ],
    [
      `${issuer}/.well-known/openid-configuration`,
      'Does the authorization server run, and does what stands in front lead ISSUER to it?',
    ],
  ] as const
  const findings: Finding[] = []
  for (const [url, remedy] of documents) {
    try {
      const { status, json, headers } = await ask(url, { origin: 'https://app.example' })
      if (status !== 200 || json === undefined) findings.push(fault('discovery', `${url} answers ${status}`, remedy))
      else if (json.issuer !== issuer)
        findings.push(
          fault(
            'discovery',
            `${url} names the issuer ${String(json.issuer)}`,
            `Another service answers there, or ISSUER is not ${issuer} in it.`,
          ),
        )
      else if (headers.get('access-control-allow-origin') === null)
        findings.push(
          fault(
            'discovery',
            `${url} may not be read by apps in a browser`,
            'What stands in front takes Access-Control-Allow-Origin away.',
          ),
        )
    } catch (error) {
      findings.push(fault('discovery', `${url}: ${lineOf(error)}`, remedy))
    }
  }
  return findings.length > 0 ? findings : [well('discovery', 'both documents are found from outside, and agree')]
}

/** Nobody reads without a token: were that so, the address would lead past the proxy. */
export async function checkRefusal({ proxy }: Configs): Promise<Finding[]> {
  const url = `${proxy.fhirBase}/Patient?_count=1`
  try {
    const { status, headers, json } = await ask(url)
    if (status === 401 && headers.has('www-authenticate'))
      return [well('refusal', 'without a token there is nothing to read')]
    if (status === 503)
      return [
        fault(
          'refusal',
          'the proxy answers 503',
          `It cannot read what has ended, or must record and cannot: ${JSON.stringify(json?.issue ?? json ?? {})}. Look at its /health.`,
        ),
      ]
    return [
      fault(
        'refusal',
        `${url} answers ${status} without a token`,
        status < 300
          ? 'FHIR_BASE leads to the FHIR server itself. Close that way at once.'
          : 'Does FHIR_BASE lead to the proxy?',
      ),
    ]
  } catch (error) {
    return [fault('refusal', lineOf(error), 'Does FHIR_BASE lead to the proxy?')]
  }
}

/** Of all that can be asked, whether their clocks are ours. */
export async function checkClocks({ authServer, proxy }: Configs, now: () => number): Promise<Finding[]> {
  const places = [
    ['the authorization server', `${authServer.ISSUER}/jwks`],
    ['the proxy', `${proxy.fhirBase}/.well-known/smart-configuration`],
    ['the FHIR server', `${proxy.upstreamUrl}/metadata`],
    ['the tables', proxy.tables.url],
  ] as const
  const findings = await Promise.all(
    places.map(async ([who, url]): Promise<Finding[]> => {
      const ahead = await ask(url).then(
        (asked) => clockAhead(asked, now()),
        () => undefined,
      )
      if (ahead === undefined || Math.abs(ahead) <= MOST_SECONDS_APART) return []
      const says = `that of ${who} is ${Math.abs(ahead)} seconds ${ahead > 0 ? 'ahead of' : 'behind'} ours`
      return [
        fault(
          'clocks',
          says,
          'Let both machines take their time from a time server: tokens are refused, or count too long, where clocks differ.',
        ),
      ]
    }),
  )
  const bad = findings.flat()
  return bad.length > 0 ? bad : [well('clocks', `all within ${MOST_SECONDS_APART} seconds of ours`)]
}
