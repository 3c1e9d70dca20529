// Every reference in a resource that an app wants to write: what it names, and what cannot be judged (ENF-30).

import { referenceTo, type Target } from './reference.ts'

export type FoundReferences = {
  /** Records of ours, each once. */
  targets: readonly Target[]
  /** Other hosts, `urn:`, conditional references, and `#` ones that nothing contained answers to. */
  unreadable: readonly string[]
}

/** @param bases base URLs under which a reference means a record of ours */
export function referencesIn(resource: unknown, bases: readonly string[]): FoundReferences {
  const contained = new Set(
    membersOf(resource, 'contained').map((one) => `#${String((one as { id?: unknown } | null)?.id)}`),
  )
  const targets = new Map<string, Target>()
  const unreadable: string[] = []
  for (const reference of textsIn(resource)) {
    if (reference === '#' || contained.has(reference)) continue
    const target = referenceTo(reference, bases)
    if (target === undefined) unreadable.push(reference)
    else targets.set(`${target.type}/${target.id}`, target)
  }
  return { targets: [...targets.values()], unreadable }
}

/** Values of members named `reference`, at any depth. In R4 a member of that name is always a Reference's. */
function* textsIn(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return
  if (Array.isArray(value)) {
    for (const one of value) yield* textsIn(one)
    return
  }
  for (const [name, member] of Object.entries(value)) {
    if (name === 'reference' && typeof member === 'string') yield member
    else yield* textsIn(member)
  }
}

function membersOf(value: unknown, name: string): unknown[] {
  const member = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
  return Array.isArray(member) ? member : []
}
