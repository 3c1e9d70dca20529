// Every reference in a resource that an app wants to write: what it names, and what cannot be judged (ENF-30).

import { referenceTo, type Target } from './reference.ts'

export type FoundReferences = {
  /** Records of ours, each once. */
  targets: readonly Target[]
  /** Other hosts, `urn:`, conditional references, and `#` ones that nothing contained answers to. */
  unreadable: readonly string[]
  /** The Binaries of ours that `url`s lead to: whoever may open the record may open the file. */
  files: readonly string[]
}

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
  for (const { name, text: reference } of textsIn(resource)) {
    if (name === 'url') {
      files.push(...fileOfOurs(reference, bases))
      continue
    }
    if (reference === '#' || contained.has(reference)) continue
    const target = referenceTo(reference, bases)
    if (target === undefined) unreadable.push(reference)
    else targets.set(`${target.type}/${target.id}`, target)
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
 * Values of members named `reference` or `url`, at any depth. In R4 `reference` is always a Reference's, or one itself;
 * where it holds something else it cannot be read.
 */
function* textsIn(value: unknown): Generator<{ name: string; text: string }> {
  if (typeof value !== 'object' || value === null) return
  if (Array.isArray(value)) {
    for (const one of value) yield* textsIn(one)
    return
  }
  // Whose it is would be for the server to find out.
  if (isLogicalPatient(value)) yield { name: 'reference', text: '' }
  for (const [name, member] of Object.entries(value)) {
    const isReference = name === 'reference' && (typeof member !== 'object' || member === null || Array.isArray(member))
    if (isReference) yield { name, text: typeof member === 'string' ? member : '' }
    else if (name === 'url' && typeof member === 'string') yield { name, text: member }
    else yield* textsIn(member)
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
