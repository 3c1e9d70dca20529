// Which lines of a service are worth a person's attention.

const WARN = 40

/**
 * Structured lines count from level `warn` on; of plain ones, those written to standard error.
 *
 * isWorthShowing('{"level":30,"msg":"listening"}', 'out') is false
 */
export function isWorthShowing(line: string, stream: 'out' | 'err'): boolean {
  if (line.trim() === '') return false
  if (line.startsWith('{')) {
    try {
      const { level } = JSON.parse(line) as { level?: unknown }
      if (typeof level === 'number') return level >= WARN
    } catch {
      // Not structured after all.
    }
  }
  return stream === 'err'
}
