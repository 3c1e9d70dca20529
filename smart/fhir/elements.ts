// The values that stand at a path of a record.

/** All values at a path, arrays flattened on the way. Only own members count. */
export function elementsAt(value: unknown, path: readonly string[]): unknown[] {
  let values: unknown[] = [value]
  for (const name of path) {
    const children: unknown[] = []
    for (const parent of values) {
      if (typeof parent !== 'object' || parent === null || Array.isArray(parent) || !Object.hasOwn(parent, name))
        continue
      const child = (parent as Record<string, unknown>)[name]
      if (Array.isArray(child)) for (const one of child) children.push(one)
      else children.push(child)
    }
    values = children
  }
  return values
}
