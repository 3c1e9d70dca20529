// Which records a piece of JSON holds: what a processor gives is held against what it was given.

/** By `Type/id`, at whatever depth; contained ones by their names behind `#`. */
export type Records = Map<string, unknown>

/** All resources in it. */
export function recordsIn(value: unknown, found: Records = new Map(), isContained = false): Records {
  if (typeof value !== 'object' || value === null) return found
  if (Array.isArray(value)) {
    for (const one of value) recordsIn(one, found, isContained)
    return found
  }
  const { resourceType, id } = value as { resourceType?: unknown; id?: unknown }
  if (resourceType !== undefined)
    found.set(`${isContained ? '#' : ''}${String(resourceType)}/${String(id ?? '')}`, value)
  for (const [key, one] of Object.entries(value)) recordsIn(one, found, isContained || key === 'contained')
  return found
}

/** What only wraps records, or remarks on them, is nobody's. */
export function isNobodys(key: string): boolean {
  return key === 'Bundle/' || key === 'Parameters/' || key.startsWith('OperationOutcome/')
}
