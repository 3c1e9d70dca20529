// Every reference in a resource that an app wants to write: what it names, and what cannot be judged (ENF-30).

import { findCompartmentRow } from './compartment.ts'
import { referenceTo, type Target } from './reference.ts'

export type FoundReferences = {
  /** Records of ours, each once. */
  targets: readonly Target[]
  /** Other hosts, `urn:`, conditional references, and `#` ones that nothing contained answers to. */
  unreadable: readonly string[]
  /** The Binaries of ours that `url`s lead to: whoever may open the record may open the file. */
  files: readonly string[]
}

/** Longer texts are no references: files, narratives. */
const MAX_REFERENCE = 2_000

/** @param bases base URLs under which a reference means a record of ours */
export function referencesIn(resource: unknown, bases: readonly string[]): FoundReferences {
  const contained = new Set(
    membersOf(resource, 'contained').flatMap((one) => {
      const id = (one as { id?: unknown } | null)?.id
      return typeof id === 'string' ? [`#${id}`] : []
    }),
  )
  const targets = new Map<string, Target>()
  const unreadable: string[] = []
  const files: string[] = []
  for (const { name, text } of textsIn(resource)) {
    if (name === 'url') files.push(...fileOfOurs(text, bases))
    const isReference = name === 'reference'
    if (isReference && (text === '#' || contained.has(text))) continue
    const target = text.length > MAX_REFERENCE ? undefined : referenceTo(isReference ? text : text.trim(), bases)
    if (target === undefined) {
      if (isReference) unreadable.push(text)
    } else if (isReference || findCompartmentRow(target.type) !== undefined)
      targets.set(`${target.type}/${target.id}`, target)
  }
  return { targets: [...targets.values()], unreadable, files }
}

/** As any server might read it: relative, in another spelling of our address, with dots on the way. */
function fileOfOurs(url: string, bases: readonly string[]): string[] {
  const hosts = bases.map((base) => new URL(base).hostname)
  const resolved = URL.parse(url, `${bases[0]}/`)
  if (resolved === null || !hosts.includes(resolved.hostname)) return []
  return /\/(Binary\/.*)/i.exec(unescaped(resolved.pathname))?.slice(1) ?? []
}

function unescaped(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/**
 * All texts at any depth, with the name of their member: servers that do not look closely take `"actor":"Patient/1"` for a
 * reference. In R4 `reference` is always a Reference's; where it holds something else it cannot be read.
 */
function* textsIn(value: unknown, name = ''): Generator<{ name: string; text: string }> {
  if (typeof value === 'string') yield { name, text: value }
  else if (name === 'reference' && (typeof value !== 'object' || value === null || Array.isArray(value)))
    yield { name, text: '' }
  else if (Array.isArray(value)) for (const one of value) yield* textsIn(one, name)
  else if (typeof value === 'object' && value !== null) {
    // Whose it is would be for the server to find out.
    if (isLogicalPatient(value)) yield { name: 'reference', text: '' }
    for (const [key, member] of Object.entries(value)) yield* textsIn(member, key)
  }
}

/** A patient by identifier alone. */
function isLogicalPatient(value: object): boolean {
  const { type, identifier, reference } = value as { type?: unknown; identifier?: unknown; reference?: unknown }
  return identifier !== undefined && reference === undefined && typeof type === 'string' && /(^|\/)Patient$/.test(type)
}

function membersOf(value: unknown, name: string): unknown[] {
  const member = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
  return Array.isArray(member) ? member : []
}
