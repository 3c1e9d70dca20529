// Whether a write happened whose answer was lost: the version that was judged, and what the server has since. What cannot be
// told may have happened, and is said so: nothing is lost.

import { onePatient } from '../../smart/fhir/compartment.ts'
import { type Attempt, type Change, mayHaveHappened } from './change.ts'
import { likenessOf } from './likeness.ts'
import type { ServerHistory, Version } from './server-history.ts'

/** Clocks of the server and of this service may differ by so much. */
const SKEW_MS = 5 * 60_000

/** @throws NotAnswered */
export type Reconcile = (attempts: readonly Attempt[], begunAt: string) => Promise<Change[]>

export function createReconcile({ history, bases }: { history: ServerHistory; bases: readonly string[] }): Reconcile {
  async function changesOf(attempt: Attempt, since: Date): Promise<Change[]> {
    const { interaction, type, id } = attempt
    if (interaction === 'create') return creations(attempt, since)
    if (interaction === 'operation' || id === undefined) return [mayHaveHappened(attempt)]
    const told = await history.ofRecord(type, id)
    if (told.kind !== 'versions') return fromCurrent(attempt, id, since)
    const { versions, isWhole } = told
    const judged = versions.findIndex(({ versionId }) => versionId !== undefined && versionId === attempt.base)
    if (judged !== -1) return afterJudged(attempt, id, versions.slice(0, judged))
    // What was judged was not seen: it lies further back, or the server forgot it, or there was nothing.
    if (!isWhole) return [mayHaveHappened(attempt)]
    return versions
      .map((version, at) => ({ version, before: versions[at + 1] }))
      .filter(({ version }) => isSince(version, since) && version.isDeletion === (interaction === 'delete'))
      .map(({ version, before }) => changeAt(attempt, actionOf(version, before), { ...version, id }))
      .reverse()
  }

  /** @param after what came after the judged version, newest first */
  function afterJudged(attempt: Attempt, id: string, after: readonly Version[]): Change[] {
    if (attempt.interaction === 'delete') {
      const deletion = after.findLast(({ isDeletion }) => isDeletion)
      return deletion === undefined ? [] : [changeAt(attempt, 'deleted', { ...deletion, id })]
    }
    const next = after.at(-1)
    // The server acts on the judged version alone: when something else came of that, this did not happen.
    return next === undefined || next.isDeletion ? [] : [changeAt(attempt, 'updated', { ...next, id })]
  }

  /** For a server that keeps no histories. */
  async function fromCurrent(attempt: Attempt, id: string, since: Date): Promise<Change[]> {
    const current = await history.current(attempt.type, id)
    const { base, interaction } = attempt
    if (current.kind !== 'found') {
      // It was there when it was judged.
      if (interaction === 'delete') return [changeAt(attempt, 'deleted', { id, isDeletion: true })]
      return current.kind === 'none' && base === undefined ? [] : [mayHaveHappened(attempt)]
    }
    const { version } = current
    if (version.versionId === undefined && version.lastUpdated === undefined) return [mayHaveHappened(attempt)]
    const isAfter = base === undefined ? isSince(version, since) : version.versionId !== base
    return isAfter && interaction !== 'delete' ? [changeAt(attempt, 'updated', version)] : []
  }

  async function creations(attempt: Attempt, since: Date): Promise<Change[]> {
    const told = await history.ofType(attempt.type, since)
    if (told.kind !== 'versions') return [mayHaveHappened(attempt)]
    const made = told.versions.filter((one) => !one.isDeletion && isSince(one, since) && isAboutSame(attempt, one))
    const { likeness } = attempt
    const alike = likeness === undefined ? [] : made.filter(({ resource }) => likenessOf(resource) === likeness)
    if (alike.length > 0) return firstOfEach(alike).map((version) => changeAt(attempt, 'created', version))
    // A server may store a record otherwise than it came, or may not have told all.
    const isPossible = !told.isWhole || made.some(({ isFirst }) => isFirst !== false)
    return isPossible ? [mayHaveHappened(attempt)] : []
  }

  function isAboutSame({ patient }: Attempt, { resource }: Version): boolean {
    const other = resource === undefined ? undefined : onePatient(resource, bases)
    return patient === undefined || other === undefined || other === patient
  }

  return async (attempts, begunAt) => {
    const since = new Date(Date.parse(begunAt) - SKEW_MS)
    const changes: Change[] = []
    for (const attempt of attempts) changes.push(...(await changesOf(attempt, since)))
    return changes
  }
}

function actionOf({ isDeletion }: Version, before: Version | undefined): Change['action'] {
  if (isDeletion) return 'deleted'
  return before === undefined || before.isDeletion ? 'created' : 'updated'
}

/** What says no time may be of any. */
function isSince({ lastUpdated }: Version, since: Date): boolean {
  return lastUpdated === undefined || Date.parse(lastUpdated) >= since.getTime()
}

/** Histories are newest first: of each record the version that came first. */
function firstOfEach(versions: readonly Version[]): Version[] {
  return [...new Map(versions.map((one) => [one.id, one])).values()]
}

function changeAt(attempt: Attempt, action: Change['action'], version: Version): Change {
  const { interaction, type, patient } = attempt
  return {
    action,
    interaction,
    type,
    id: version.id,
    ...(version.versionId === undefined ? {} : { versionId: version.versionId }),
    ...(version.lastUpdated === undefined ? {} : { lastUpdated: version.lastUpdated }),
    ...(patient === undefined ? {} : { patient }),
    isReconciled: true,
  }
}
