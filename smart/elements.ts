// The values that stand at a path of a record.

/** All values at a path, arrays flattened on the way. Only own members count. */
export function elementsAt(value: unknown, path: readonly string[]): unknown[] {
  let values: unknown[] = [value]
  for (const name of path) {
    values = values.flatMap((parent) => {
      if (typeof parent !== 'object' || parent === null || Array.isArray(parent) || !Object.hasOwn(parent, name))
        return []
      const child = (parent as Record<string, unknown>)[name]
      return Array.isArray(child) ? child : [child]
    })
  }
  return values
}
