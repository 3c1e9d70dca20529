// A file as its own bytes on its way in: passed on as it comes, bounded, by whoever may write any file. What it holds is not
// looked at, and so whose it is cannot be judged (ENF-47).

import type { IncomingMessage } from 'node:http'
import type { Interaction } from '../../smart/fhir/interaction.ts'
import type { WritePlan } from '../../smart/plan/write.ts'
import { type Answer, refusal } from '../answers/answer.ts'
import { isFhirJson } from '../answers/format.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { Writer } from './write.ts'
import type { Written } from './written.ts'

/** The bytes of a file, and how many where that was said. */
export type FileBytes = { pieces: AsyncIterable<Buffer>; length: number | undefined }

/** Whether a body is a file, not the resource around it. */
export function isFileWrite(interaction: Interaction, contentType: string): boolean {
  const writes = interaction.kind === 'create' || interaction.kind === 'update'
  return writes && interaction.type === 'Binary' && contentType !== '' && !isFhirJson(contentType)
}

export function bytesOf(request: IncomingMessage): FileBytes {
  const length = request.headers['content-length']
  return { pieces: request, length: length === undefined ? undefined : Number(length) }
}

export type WriteFile = (request: {
  plan: WritePlan
  written: Written
  file: FileBytes
  signal: AbortSignal
}) => Promise<Answer>

export function createWriteFile(deps: {
  upstream: Upstream
  writer: Pick<Writer, 'answerOf'>
  maxFileBytes: number
}): WriteFile {
  const { upstream, writer, maxFileBytes } = deps
  return async ({ plan, written, file, signal }) => {
    const { type, id, interaction, allowances } = plan
    const isOpen = allowances.some(
      ({ patients, filter, withheld }) => patients === 'any' && filter.length === 0 && withheld === undefined,
    )
    if (!isOpen) return refusal(403, 'forbidden', 'Files are written by those who may write any.')
    if (written.condition !== undefined) return refusal(400, 'invalid', 'A file is written without a condition.')
    const { length } = file
    if (length !== undefined && length > maxFileBytes) return tooLong()
    const counted = new Counted(file.pieces, maxFileBytes)
    const answer = await upstream.send(
      {
        method: interaction === 'create' ? 'POST' : 'PUT',
        target: id === undefined ? type : `${type}/${id}`,
        file: { pieces: counted, length },
        contentType: written.contentType,
        returns: 'minimal',
        ...(written.ifMatch === undefined ? {} : { ifMatch: written.ifMatch }),
      },
      signal,
    )
    if (counted.isTooLong) return tooLong()
    return writer.answerOf({ ...written, plan, returns: 'minimal', signal }, answer)
  }
}

function tooLong(): Answer {
  return refusal(413, 'too-long', 'The file is too large.')
}

/** Breaks off when there is more than there may be. */
class Counted implements AsyncIterable<Buffer> {
  isTooLong = false
  readonly #pieces: AsyncIterable<Buffer>
  readonly #most: number

  constructor(pieces: AsyncIterable<Buffer>, most: number) {
    this.#pieces = pieces
    this.#most = most
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, void> {
    let length = 0
    for await (const piece of this.#pieces) {
      length += piece.length
      this.isTooLong = length > this.#most
      if (this.isTooLong) throw new Error('the file is too large')
      yield piece
    }
  }
}
