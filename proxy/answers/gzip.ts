// Files of an export, which are many lines of the same shape: compressed on their way out.

import { pipeline, Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import type { Answer } from './answer.ts'

export function gzipped({ status, headers, body }: Answer & { body: AsyncIterable<Buffer> }): Answer {
  const gzip = createGzip()
  // What breaks off breaks the compressed stream, and with it the connection.
  pipeline(Readable.from(body), gzip, () => {})
  return { status, headers: { ...headers, 'Content-Encoding': 'gzip' }, body: gzip }
}
