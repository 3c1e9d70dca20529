// The API for whoever looks into what people reported: all reports, and which of them are dealt with.
import { z } from 'zod'
import { ApiError, type Operation, operation } from '../api/own-api.ts'
import type { Reports } from './reports.ts'

const dealtBody = z.strictObject({
  /** Who did, as colleagues know them; else the client that asks. */
  by: z.string().min(1).max(200).optional(),
})

export function reportOperations({ reports }: { reports: Reports }): readonly Operation[] {
  return [
    operation({
      method: 'GET',
      path: '/reports',
      scope: '__reports',
      summary: 'What people reported that they do not know, newest first.',
      answer: z.object({
        reports: z.array(z.looseObject({ number: z.string(), at: z.string(), patient: z.string() })),
      }),
      async run() {
        return { status: 200, body: { reports: await reports.list() } }
      },
    }),
    operation({
      method: 'POST',
      path: '/reports/{number}/dealt-with',
      scope: '__reports',
      summary: 'Say that a report is dealt with. Who said so first stays.',
      refusals: { 404: 'There is no such report.', 409: 'It was changed at the same time: look at it and try again.' },
      body: dealtBody,
      async run({ params, body, caller }) {
        const found = await reports.markDealtWith(String(params.number), body.by ?? caller.client_id)
        if (found === 'none') throw new ApiError(404, 'not_found', 'no such report')
        if (found === 'raced') throw new ApiError(409, 'conflict', 'the report was changed at the same time')
        return { status: 204 }
      },
    }),
  ]
}
