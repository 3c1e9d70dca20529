// How a search with chains is carried out (ENF-61): what each chain leads to is searched for first, allowed and confined like
// any other search, and the records found stand in its place. So no value of a record that may not be found can be told
// by whether something matches. Pure.

import { type Chain, elementsOfChain, isChain, MAX_CHAINS, parseChain } from '../fhir/chains.ts'
import type { Interaction } from '../fhir/interaction.ts'
import { MAX_COUNT } from '../fhir/search.ts'
import { type Denial, deny } from './deny.ts'
import type { Plan } from './plan.ts'
import { isListPlan, type ListPlan } from './plan-search.ts'

type Search = Extract<Interaction, { kind: 'search' }>

export type ChainPlan = {
  kind: 'chain'
  hops: readonly Hop[]
  /** The search without its chains, and what would be asked for it. */
  rest: Search
  restPlan: ListPlan
}

/** `searches`: what finds the records that the chain goes through, one of each type. */
export type Hop = { chain: Chain; searches: readonly (ListPlan | ChainPlan)[] }

/** Every refusal is known before anything is asked, and hangs on the access alone. */
export function planChain(search: Search, planOf: (search: Search) => Plan): ChainPlan | Denial {
  const chains = search.parameters.filter(([name]) => isChain(name))
  const rest: Search = { ...search, parameters: search.parameters.filter(([name]) => !isChain(name)) }
  const restPlan = planOf(rest)
  if (!isListPlan(restPlan)) return restPlan.kind === 'deny' ? restPlan : notSearchable()
  if (chains.length > MAX_CHAINS) return deny('bad-parameter', `At most ${MAX_CHAINS} chains can be followed at once.`)
  const hops: Hop[] = []
  for (const [name, value] of chains) {
    if (value === '') return deny('bad-parameter', 'A chain has no value.')
    const parsed = parseChain(search.type, [name, value])
    if (!parsed.ok) return deny(parsed.reason, parsed.message)
    const { chain } = parsed
    const searches: (ListPlan | ChainPlan)[] = []
    for (const type of chain.types) {
      const planned = planOf({
        kind: 'search',
        type,
        parameters: [
          chain.criterion,
          ['_elements', elementsOfChain(type, chain).join(',')],
          ['_count', String(MAX_COUNT)],
        ],
        form: false,
      })
      if (planned.kind === 'deny') return ofOne(planned, chain)
      if (planned.kind !== 'chain' && !isListPlan(planned)) return notSearchable()
      searches.push(planned)
    }
    hops.push({ chain, searches })
  }
  return { kind: 'chain', hops, rest, restPlan }
}

/** Of a chain that could lead to several types, all must be allowed: who means one says so. */
function ofOne(denial: Denial, { parameter, types }: Chain): Denial {
  if (types.length === 1) return denial
  return { ...denial, message: `${denial.message} A chain by ${parameter} goes to ${types.join(', ')}: name one.` }
}

function notSearchable(): Denial {
  return deny('not-supported', 'This chain cannot be followed here.')
}
