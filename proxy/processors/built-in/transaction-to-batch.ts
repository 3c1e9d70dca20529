// Transactions as batches, before FHIR servers that have no transactions (SEED-55). It is not the same: what was done stays
// done when a later entry fails, and the answer says so. What is referred to is made before what refers to it.

import type { Interaction, Parameter } from '../../../smart/fhir/interaction.ts'
import { refusal, textOf } from '../../answers/answer.ts'
import { entryText } from '../../bundles/batch.ts'
import { type Entry, interactionOf, isOwnName, readBundle } from '../../bundles/bundle-entries.ts'
import { elementTexts, memberText } from '../../json/json-text.ts'
import { encodeQuery } from '../../upstream/query.ts'
import { parseCondition } from '../../writes/conditional.ts'
import { defineProcessor, type Services, type Stop } from '../processor.ts'
import { isBySearch, type Referring, referencesIn, stepsOf, withReferences } from './entry-references.ts'

/** Each is a search. */
const MAX_SEARCHES = 250
/** In place of all or nothing. */
const TAG = JSON.stringify({
  system: 'urn:smart-fhir-gateway:bundle',
  code: 'carried-out-as-batch',
  display: 'This transaction was carried out as a batch: each entry by itself, not all or nothing.',
})

/** `resource` and `request`: the members of the entry, in its own characters. */
type Item = Referring & { entry: Entry; resource: string | undefined; request: string }

export default defineProcessor({
  name: 'transaction-to-batch',
  kind: 'convenience',
  timeLimitSeconds: 120,
  create: (_settings, { fhirBase }) => ({
    async before({ interaction, body = '', contentType = '' }, services) {
      if (interaction.kind !== 'bundle') return { kind: 'go-on' }
      const bundle = readBundle({ body, contentType })
      // What cannot be read is refused where it would have been carried out.
      if ('status' in bundle || bundle.type !== 'transaction') return { kind: 'go-on' }
      const texts = elementTexts(body, 'entry')
      const items = bundle.entries.map((entry, at) => itemOf(entry, texts[at] ?? '{}'))
      const names = items.flatMap(({ name }) => name ?? [])
      if (new Set(names).size < names.length)
        return services.refuse(400, 'invalid', 'Two entries of a transaction have the same fullUrl.')

      const known = await findKnown(items, fhirBase, services)
      if ('kind' in known) return known
      const steps = stepsOf(items, new Set(known.keys()))
      if (steps === undefined)
        return services.refuse(422, 'invalid', 'Entries refer to each other in a circle, which no batch can do.')
      const answers = await carryOut(steps, known, services)
      services.log('info', 'carried-out-as-batch', { entries: items.length, steps: steps.length })
      const entries = items.map((item) => answers.get(item) ?? '')
      return {
        kind: 'stop',
        status: 200,
        body: `{"resourceType":"Bundle","meta":{"tag":[${TAG}]},"type":"batch-response","entry":[${entries.join(',')}]}`,
      }
    },
  }),
})

function itemOf(entry: Entry, text: string): Item {
  const { method, fullUrl } = entry
  const resource = memberText(text, 'resource')
  // What a patch says of references is the patch's own.
  const refersTo = resource === undefined || method === 'PATCH' ? new Set<string>() : referencesIn(resource)
  const name = isOwnName(fullUrl) ? fullUrl : undefined
  return { method, name, refersTo, entry, resource, request: memberText(text, 'request') ?? '{}' }
}

/**
 * What is there already: by the names of entries, and by the searches that references are. All of it is asked before
 * anything is written, so that what fits several records refuses the whole.
 */
async function findKnown(
  items: readonly Item[],
  fhirBase: string,
  services: Services,
): Promise<Map<string, string> | Stop> {
  const known = new Map<string, string>()
  let searches = 0
  async function find(search: Condition | undefined): Promise<string | undefined | Stop> {
    if (search === undefined) return services.refuse(400, 'invalid', 'A condition is not well formed.')
    searches += 1
    if (searches > MAX_SEARCHES) return services.refuse(422, 'too-costly', 'There are too many conditions at once.')
    const answer = await services.ask(`${search.type}?${encodeQuery([...search.parameters, ['_count', '2']])}`)
    if (answer.status !== 200) return { kind: 'stop', ...answer }
    const { entry = [] } = JSON.parse(answer.body) as { entry?: { resource: { resourceType: string; id: string } }[] }
    const [found, ...more] = entry
    if (more.length > 0) return services.refuse(412, 'conflict', 'A condition fits more than one record.')
    return found === undefined ? undefined : `${found.resource.resourceType}/${found.resource.id}`
  }

  for (const { entry, name, refersTo } of items) {
    const interaction = entry.refused ?? interactionOf(entry, fhirBase)
    if ('status' in interaction) return { kind: 'stop', status: interaction.status, body: textOf(interaction) }
    const found = isConditional(interaction, entry) ? await find(conditionOf(interaction, entry)) : undefined
    if (typeof found === 'object') return found
    const target = interaction.kind === 'update' ? `${interaction.type}/${interaction.id}` : found
    if (name !== undefined && target !== undefined) known.set(name, target)
    for (const reference of refersTo) {
      if (!isBySearch(reference) || known.has(reference)) continue
      const [type = '', ...query] = reference.split('?')
      const one = await find(parseCondition(type, query.join('?')))
      if (typeof one === 'object') return one
      if (one === undefined) return services.refuse(412, 'conflict', 'A reference by a search finds nothing.')
      known.set(reference, one)
    }
  }
  return known
}

type Condition = { type: string; parameters: readonly Parameter[] }
type Conditional = Extract<Interaction, { kind: 'conditional' | 'create' }>

function isConditional(interaction: Interaction, { condition }: Entry): interaction is Conditional {
  return interaction.kind === 'conditional' || (interaction.kind === 'create' && condition !== undefined)
}

/** The search that says whether an entry's record is there. */
function conditionOf(interaction: Conditional, { condition = '' }: Entry): Condition | undefined {
  return interaction.kind === 'conditional' ? interaction : parseCondition(interaction.type, condition)
}

/** @returns each entry of the answer, as text */
async function carryOut(
  steps: readonly (readonly Item[])[],
  known: ReadonlyMap<string, string>,
  services: Services,
): Promise<Map<Item, string>> {
  const answers = new Map<Item, string>()
  const names = new Map(known)
  const missing = new Set<string>()
  for (const step of steps) {
    const sent: Item[] = []
    for (const item of step) {
      if (![...item.refersTo].some((reference) => missing.has(reference))) sent.push(item)
      else {
        answers.set(item, entryText(refusal(424, 'not-found', 'What this refers to was not made.')))
        if (item.name !== undefined) missing.add(item.name)
      }
    }
    if (sent.length === 0) continue
    const answer = await services.carryOut(batchOf(sent, names))
    const texts = answer.status === 200 ? elementTexts(answer.body, 'entry') : []
    for (const [at, item] of sent.entries()) {
      const text = texts[at] ?? entryText({ ...answer, headers: {} })
      answers.set(item, text)
      const made = madeBy(text)
      if (item.name === undefined) continue
      if (made === undefined) missing.add(item.name)
      else names.set(item.name, made)
    }
  }
  return answers
}

function batchOf(items: readonly Item[], names: ReadonlyMap<string, string>): string {
  const entries = items.map(({ method, resource, request }) => {
    if (resource === undefined) return `{"request":${request}}`
    const literal = method === 'PATCH' ? resource : withReferences(resource, (reference) => names.get(reference))
    return `{"resource":${literal},"request":${request}}`
  })
  return `{"resourceType":"Bundle","type":"batch","entry":[${entries.join(',')}]}`
}

/** `Type/id` of the record that an entry of an answer is about; undefined when it was not done. */
function madeBy(text: string): string | undefined {
  const { response } = JSON.parse(text) as { response: { status: string; location?: string } }
  if (Number(response.status) >= 400) return undefined
  const [, target] =
    /\/([A-Z][A-Za-z]*\/[A-Za-z0-9.-]{1,64})(?:\/_history\/[^/]*)?$/.exec(response.location ?? '') ?? []
  if (target !== undefined) return target
  const { resourceType, id } = JSON.parse(memberText(text, 'resource') ?? '{}') as Record<string, unknown>
  return typeof id === 'string' ? `${String(resourceType)}/${id}` : undefined
}
