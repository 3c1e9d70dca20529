// The operator's brands as a bundle of Organizations and this service's Endpoint (SMART App Launch 2.2, "User-access Brands"): by it apps
// find whom to connect to. Pure. Ids follow from identifiers and addresses, and stay what they are over restarts.

import { createHash } from 'node:crypto'

/** What a brand could be asked for and did not say: the only two reasons that the standard takes (BRD-03). */
export type Absent = 'declined' | 'unknown'
type Address = {
  line?: readonly string[] | undefined
  city?: string | undefined
  state?: string | undefined
  postalCode?: string | undefined
  country: string
}

export type Brand = {
  name: string
  /** Its web presence, without `www.` and path: what apps match it by. */
  identifier: string
  furtherIdentifiers: readonly { system: string; value: string }[]
  aliases: readonly string[]
  /** Codes of http://terminology.hl7.org/CodeSystem/organization-type. */
  types: readonly string[]
  website: string | { absent: Absent }
  logo: string | { absent: Absent }
  logoLicense?: string | undefined
  addresses: readonly Address[]
  portal?: { name: string; url: string; description?: string | undefined; logo?: string | undefined } | undefined
  /** Identifier of the brand whose portal it uses. */
  partOf?: string | undefined
}

export type Brands = {
  /** When anything of this last changed, as an instant. */
  updated: string
  /** A page for developers of apps. */
  developers: string
  /** The first is ours: the one that discovery names. */
  brands: readonly [Brand, ...Brand[]]
}

const EXTENSIONS = 'http://hl7.org/fhir/StructureDefinition'
const CODES = 'http://terminology.hl7.org/CodeSystem'
const WEB = 'urn:ietf:rfc:3986'

/** Of the brand that discovery names. */
export function ownIdentifier({ brands: [own] }: Brands): { system: string; value: string } {
  return { system: WEB, value: own.identifier }
}

export function brandBundle({ updated, developers, brands }: Brands, fhirBase: string): Record<string, unknown> {
  const endpoint = { reference: `Endpoint/${idOf(fhirBase)}` }
  const entryOf = (resource: { resourceType: string; id: string }) => ({
    fullUrl: `${fhirBase}/service-base/${resource.resourceType}/${resource.id}`,
    resource,
  })
  const [own] = brands
  return {
    resourceType: 'Bundle',
    id: idOf(`${fhirBase} brands`),
    type: 'collection',
    timestamp: updated,
    entry: [
      ...brands.map((brand) => entryOf(organization(brand, endpoint))),
      entryOf({
        resourceType: 'Endpoint',
        id: idOf(fhirBase),
        extension: [{ url: `${EXTENSIONS}/endpoint-fhir-version`, valueCode: '4.0.1' }],
        status: 'active',
        connectionType: { system: `${CODES}/endpoint-connection-type`, code: 'hl7-fhir-rest' },
        name: `FHIR R4 Endpoint of ${own.name}`,
        contact: [{ system: 'url', value: developers }],
        payloadType: [{ coding: [{ system: `${CODES}/endpoint-payload-type`, code: 'none' }] }],
        address: fhirBase,
      } as { resourceType: string; id: string }),
    ],
  }
}

function organization(brand: Brand, endpoint: { reference: string }) {
  const { portal, partOf, website } = brand
  const looks = [valued('brandLogo', brand.logo), ...optional('brandLogoLicense', brand.logoLicense)]
  const door =
    portal === undefined
      ? []
      : [
          { url: 'portalName', valueString: portal.name },
          ...(portal.description === undefined
            ? []
            : [{ url: 'portalDescription', valueMarkdown: portal.description }]),
          { url: 'portalUrl', valueUrl: portal.url },
          ...optional('portalLogo', portal.logo),
          { url: 'portalEndpoint', valueReference: endpoint },
        ]
  return {
    resourceType: 'Organization',
    id: idOf(brand.identifier),
    extension: [
      { url: `${EXTENSIONS}/organization-brand`, extension: looks },
      ...(door.length === 0 ? [] : [{ url: `${EXTENSIONS}/organization-portal`, extension: door }]),
    ],
    identifier: [{ system: WEB, value: brand.identifier }, ...brand.furtherIdentifiers],
    active: true,
    ...listed(
      'type',
      brand.types.map((code) => ({ coding: [{ system: `${CODES}/organization-type`, code }] })),
    ),
    name: brand.name,
    ...listed('alias', brand.aliases),
    telecom: [
      typeof website === 'string' ? { system: 'url', value: website } : { system: 'url', _value: reasonOf(website) },
    ],
    ...listed('address', brand.addresses),
    ...(partOf === undefined ? {} : { partOf: { reference: `Organization/${idOf(partOf)}` } }),
    endpoint: [endpoint],
  }
}

function valued(url: string, value: string | { absent: Absent }) {
  return typeof value === 'string' ? { url, valueUrl: value } : { url, _valueUrl: reasonOf(value) }
}

function reasonOf({ absent }: { absent: Absent }) {
  return { extension: [{ url: `${EXTENSIONS}/data-absent-reason`, valueCode: `asked-${absent}` }] }
}

const optional = (url: string, value: string | undefined) => (value === undefined ? [] : [{ url, valueUrl: value }])
/** FHIR has no empty lists. */
const listed = (name: string, values: readonly unknown[]) => (values.length === 0 ? {} : { [name]: values })

function idOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}
