// The whole check of infra/: names, resources, roles and settings, under sets of parameters that reach every branch.

import { join } from 'node:path'
import { faultsOfNames } from './names.ts'
import { readBicep, work } from './program.ts'
import { faultsOfResources } from './rules.ts'
import { faultsOfSettings } from './settings.ts'
import type { Deployed, Values } from './values.ts'

const LEAST: Values = {
  name: 'contoso',
  location: 'westeurope',
  operatorName: 'Contoso Health',
  entraClientId: '33333333-3333-4333-8333-333333333333',
}

/** As an operator may choose them. */
export const CHOICES: Readonly<Record<string, Values>> = {
  'before there are secrets': LEAST,
  'with as little as can be said': { ...LEAST, secretsReady: true },
  'with all that there is': {
    ...LEAST,
    secretsReady: true,
    name: 'contoso-long',
    principalId: '44444444-4444-4444-8444-444444444444',
    operatorIpAddress: '203.0.113.9',
    operatorEmail: 'it@contoso.example',
    upstreamUrl: 'https://fhir.contoso.example/r4',
    upstreamAuth: 'none',
    practitionerReach: 'panel',
    authServerImage: 'crcontoso.azurecr.io/auth-server:1',
    proxyImage: 'crcontoso.azurecr.io/proxy:1',
    privateNetwork: false,
    authServerDomain: 'auth.contoso.example',
    proxyDomain: 'fhir.contoso.example',
    certificateName: 'our-certificate',
    withEvents: true,
    auditDays: 400,
    replicas: { least: 3, most: 20 },
    authServerSettings: { LEGACY_ADDRESSES: true, LINKS_FILE: '/settings/links.json' },
    authServerFiles: ['links'],
    proxySettings: { PANEL_LIMIT: 200, BRANDS_FILE: '/settings/brands.json' },
    proxyFiles: ['brands'],
  },
  'behind API Management': { ...LEAST, secretsReady: true, withApiManagement: true },
}

/** @returns a line for each fault; none: all of it is understood and as it should be */
export function faultsOfInfra(folder: string): string[] {
  const main = join(folder, 'main.bicep')
  const faults = attempt(() => faultsOfNames(main))
  if (faults.length > 0) return faults
  return Object.entries({ ...CHOICES, ...eachAllowed(main) }).flatMap(([choice, given]) =>
    attempt(() => {
      const { resources } = work(main, given)
      return [...faultsOfResources(resources), ...faultsOfSettings(resources)]
    }).map((fault) => `${choice}: ${fault}`),
  )
}

export function resourcesOf(folder: string, choice: keyof typeof CHOICES): Deployed[] {
  return work(join(folder, 'main.bicep'), CHOICES[choice] ?? {}).resources
}

/** Each value that a parameter may have by its type, the others as they are without being said. */
function eachAllowed(main: string): Record<string, Values> {
  const parameters = readBicep(main).filter((one) => one.kind === 'param')
  return Object.fromEntries(
    parameters.flatMap(({ symbol, type }) =>
      type.allowed.map((value) => [`${symbol}=${value}`, { ...LEAST, secretsReady: true, [symbol]: value }]),
    ),
  )
}

function attempt(find: () => string[]): string[] {
  try {
    return find()
  } catch (error) {
    return [(error as Error).message]
  }
}
