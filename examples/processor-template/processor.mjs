// @ts-check
// Refuses requests for some types of records. Make it what you need.

/** @type {import('../../proxy/processors/processor.ts').Definition<{ types: string[] }>} */
export default {
  name: 'my-processor',
  // 'security': a check. 'convenience': anything else. When it fails the app gets 403, or 500.
  kind: 'security',
  // What may stand in its settings, as a zod schema. Leave it out when there are none.
  settings: (z) => z.strictObject({ types: z.array(z.string()).default([]) }),
  // Called once, at the start. What it throws stops the start.
  create: ({ types }) => ({
    // Before the request is decided.
    before({ interaction }, { refuse }) {
      const parameters = 'parameters' in interaction ? interaction.parameters : []
      // A search can name a type as well: `Patient?_has:Immunization:patient:status=completed`.
      const named = parameters.flatMap(([name]) => name.split(/[.:]/))
      const isClosed = ['type' in interaction ? interaction.type : '', ...named].some((one) =>
        types.includes(one ?? ''),
      )
      return isClosed ? refuse(403, 'forbidden', 'These records are not open to apps.') : { kind: 'go-on' }
    },
    // After the answer was judged.
    after(_request, answer, { parse, stringify }) {
      if (answer.kind === 'file' || answer.body === '') return { kind: 'go-on' }
      return { kind: 'replace', body: stringify(without(parse(answer.body), types)) }
    },
  }),
}

/**
 * Records also come along with others: as entries of lists, and within records.
 * @param {unknown} value
 * @param {readonly string[]} types
 * @returns {unknown}
 */
function without(value, types) {
  if (Array.isArray(value)) return value.filter((one) => !isOf(one, types)).map((one) => without(one, types))
  if (typeof value !== 'object' || value === null || 'rawJSON' in value) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, without(one, types)]))
}

/** @param {any} value @param {readonly string[]} types */
function isOf(value, types) {
  return types.includes(value?.resourceType) || types.includes(value?.resource?.resourceType)
}
