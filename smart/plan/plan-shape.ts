// What a plan comes to, in so few words that two can be compared: what is asked by which parameters, and of whose records. Pure.

import type { Allowance } from '../access/allowance.ts'
import type { Condition } from '../fhir/condition.ts'
import type { Plan } from './plan.ts'
import { partsOf } from './plan-operation.ts'
import { searchesOf } from './plan-search.ts'

/** More are counted alone: a whole compartment has one for each type. */
const MAX_PARTS = 5

/** Nothing of it is a value. Empty for a denial. */
export function shapeOf(plan: Plan): readonly string[] {
  switch (plan.kind) {
    case 'deny':
      return []
    case 'forward': {
      const { guard, request } = plan
      const whose = guard.kind === 'unconfined' ? 'of anyone' : whoseOf(guard.allowances)
      return [`${request.path.replace(/\/.*$/, '')}${namesOf(request.query)} ${whose}`]
    }
    case 'merge':
      return searchesOf(plan).map(
        ({ request, guard }) => `${request.path}${namesOf(request.query)} ${whoseOf(guard.allowances)}`,
      )
    case 'chain':
      return [...plan.hops.flatMap(({ searches }) => searches.flatMap(shapeOf)), ...shapeOf(plan.restPlan)]
    case 'write':
      return [`${plan.interaction} ${plan.type} ${whoseOf(plan.allowances)}`]
    case 'composed': {
      const parts = partsOf(plan).map((part) => `${part.kind}${'type' in part ? ` ${part.type}` : ''}`)
      return parts.length > MAX_PARTS ? [`${parts.length} parts`] : parts
    }
    case 'pass':
    case 'export':
      return [plan.kind]
  }
}

function namesOf(query: readonly (readonly [string, string])[]): string {
  return query.length === 0 ? '' : `?${query.map(([name]) => name).join('&')}`
}

function whoseOf(allowances: readonly Allowance[]): string {
  const each = allowances.map(({ patients, filter }) => {
    const conditions = filter.map(printCondition).join('&')
    return `${patients === 'any' ? 'of anyone' : 'of some'}${conditions === '' ? '' : ` with ${conditions}`}`
  })
  return [...new Set(each)].sort().join(' or ')
}

/** Codes and times are words of FHIR; which record a scope is for is not. */
function printCondition({ parameter, value, anyOf }: Condition): string {
  return anyOf.every(({ kind }) => kind === 'token' || kind === 'date') ? `${parameter}=${value}` : parameter
}
