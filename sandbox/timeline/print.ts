// A timeline for a terminal.

import { describeExchange } from './decode.ts'
import type { Exchange } from './exchange.ts'

/** Longer values are shown by their beginning. */
const MOST_CHARACTERS = 100

export function printTimeline(exchanges: readonly Exchange[]): string[] {
  const began = Date.parse(exchanges[0]?.at ?? '')
  return exchanges.flatMap((exchange) => {
    const { title, facts, tokens } = describeExchange(exchange)
    const seconds = ((Date.parse(exchange.at) - began) / 1_000).toFixed(2).padStart(6)
    const path = new URL(exchange.url).pathname
    return [
      `${seconds} s  ${title}`,
      `          ${exchange.method} ${path}: ${exchange.status}, ${exchange.milliseconds} ms`,
      ...facts.map(([name, value]) => `            ${name}: ${shortened(value)}`),
      ...tokens.map(({ name, payload }) => `            in ${name}: ${shortened(JSON.stringify(payload), 400)}`),
    ]
  })
}

function shortened(text: string, most = MOST_CHARACTERS): string {
  const line = text.replace(/\s+/g, ' ')
  return line.length > most ? `${line.slice(0, most)}…` : line
}
