// A batch: each entry is its own request, decided and answered as if it had come alone (ENF-39). Nothing of it goes upstream
// as a batch: what one entry may is no other's business.

import { type Answer, fhirAnswer, refusal, textOf } from '../answers/answer.ts'
import { follow, onEntry } from '../audit/trail.ts'
import type { Fhir, Requester } from '../fhir.ts'
import type { Written } from '../writes/written.ts'
import { type Entry, interactionOf, writtenOf } from './bundle-entries.ts'

export type BatchRequest = Requester & {
  entries: readonly Entry[]
  /** What is preferred as the answer to its writes. */
  returns: Written['returns']
}

/** Entries that wait for the upstream at one time. */
const AT_ONCE = 6
/** Two hundred full pages would not fit in memory. */
const MAX_CHARACTERS = 32 * 1024 * 1024

export function createBatch(parts: { fhirBase: string; fhir: Fhir }): (request: BatchRequest) => Promise<Answer> {
  const { fhirBase, fhir } = parts

  async function answerEntry(entry: Entry, { entries: _, returns, ...requester }: BatchRequest): Promise<Answer> {
    if (entry.refused !== undefined) return entry.refused
    const interaction = interactionOf(entry, fhirBase)
    if ('status' in interaction) return interaction
    follow(interaction)
    const { known } = entry
    const brought = known === undefined ? { written: writtenOf(entry, returns) } : { known }
    return fhir({ ...requester, interaction, ...brought })
  }

  return async (request) => {
    const { entries } = request
    const answers: Answer[] = []
    let characters = 0
    for (let at = 0; at < entries.length; at += AT_ONCE) {
      const isFull = characters > MAX_CHARACTERS
      const some = entries
        .slice(at, at + AT_ONCE)
        .map((entry, next) => onEntry(at + next, async () => (isFull ? tooMuch() : answerEntry(entry, request))))
      const answered = await Promise.all(some)
      for (const answer of answered) characters += textOf(answer).length
      answers.push(...answered)
    }
    return fhirAnswer(
      200,
      `{"resourceType":"Bundle","type":"batch-response","entry":[${answers.map(entryText).join(',')}]}`,
    )
  }
}

function tooMuch(): Answer {
  return refusal(422, 'too-costly', 'The answers before this one are too large; ask for less at once.')
}

/** One entry of the answer. They stand in the order in which they came: the app tells them apart by nothing else. */
export function entryText(answer: Answer): string {
  const { status, headers } = answer
  const body = textOf(answer)
  const isOk = status < 400
  const { Location: location, ETag: etag, 'Last-Modified': modified } = headers
  const response = {
    status: String(status),
    ...(location === undefined ? {} : { location }),
    ...(etag === undefined ? {} : { etag }),
    ...(modified === undefined ? {} : { lastModified: new Date(modified).toISOString() }),
  }
  const members = JSON.stringify(response).slice(0, -1)
  if (body === '') return `{"response":${members}}}`
  return isOk ? `{"response":${members}},"resource":${body}}` : `{"response":${members},"outcome":${body}}}`
}
