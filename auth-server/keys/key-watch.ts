// Keeps the signing keys as planned: looks at their source now and then, and at each planned instant.
import type { Logger } from 'pino'
import { type KeyPlan, type SigningOrder, signingOrder } from './key-plan.ts'
import type { KeySource } from './key-sources.ts'
import { type SigningKeys, signingKeysOf } from './signing-keys.ts'

export type KeyWatch = {
  keys: SigningKeys
  /** Looks at the source now, and calls `onChange` when other keys sign or are published than before. */
  check(): Promise<void>
  /** How old the last good look is, and whether the one since went wrong. */
  state(): { ageSeconds: number; isFailing: boolean }
  stop(): void
}

/** A plan that cannot be carried out is not tried again and again at once. */
const MIN_DELAY_MILLISECONDS = 250

/** @throws Error when there are no keys to begin with */
export async function watchKeys(parts: {
  source: KeySource
  reloadSeconds: number
  now: () => number
  log: Logger
  onChange(keys: SigningKeys): void
}): Promise<KeyWatch> {
  const { source, now, log, onChange } = parts
  let plan: KeyPlan = await source.read()
  let order: SigningOrder = signingOrder(plan, now())
  let timer: NodeJS.Timeout | undefined
  let readAt = now()
  let isFailing = false
  const watch: KeyWatch = {
    keys: await signingKeysOf(order),
    check,
    state: () => ({ ageSeconds: (now() - readAt) / 1000, isFailing }),
    stop: () => clearTimeout(timer),
  }
  wait()
  return watch

  async function check(): Promise<void> {
    isFailing = false
    const read = await source.read().catch((error: unknown) => {
      isFailing = true
      log.error({ err: error }, 'signing keys cannot be read')
      return plan
    })
    if (!isFailing) readAt = now()
    // What was planned goes on: a source that is away or broken neither keeps an old key alive nor stops us from signing.
    const next = orderOf(read) ?? orderOf(plan)
    if (next === undefined) return
    const isSame = outline(next) === outline(order)
    order = next
    if (isSame) return
    watch.keys = await signingKeysOf(next)
    log.info({ signing: kidsOf(next.signing), published: kidsOf(next.published) }, 'signing keys changed')
    onChange(watch.keys)
  }

  function orderOf(candidate: KeyPlan): SigningOrder | undefined {
    try {
      const found = signingOrder(candidate, now())
      plan = candidate
      return found
    } catch (error) {
      isFailing = true
      log.error({ err: error }, 'signing keys are not usable')
      return undefined
    }
  }

  function wait(): void {
    const planned = order.nextChange === undefined ? Number.POSITIVE_INFINITY : order.nextChange - now()
    const delay = Math.max(MIN_DELAY_MILLISECONDS, Math.min(parts.reloadSeconds * 1000, planned))
    timer = setTimeout(() => void check().catch(report).finally(wait), delay).unref()
  }

  function report(error: unknown): void {
    log.error({ err: error }, 'signing keys could not be changed')
  }
}

function kidsOf(keys: SigningOrder['signing']): string[] {
  return keys.map(({ kid }) => kid)
}

/** Two orders with one outline sign and publish the same. */
function outline({ signing, published }: SigningOrder): string {
  return JSON.stringify([kidsOf(signing), kidsOf(published)])
}
