// A copy of each record that was written, in blob storage, one blob a version: for lakes and searches beside the FHIR server.
// Copies are made after the answer and never hold it up; one that cannot be made is lost, and the log says so.

import { DefaultAzureCredential } from '@azure/identity'
import { ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob'
import type { Interaction } from '../../../smart/fhir/interaction.ts'
import { isResourceType } from '../../../smart/fhir/resource-types.ts'
import { hasStatus } from '../../table.ts'
import { type Answered, defineProcessor, type ProcessorRequest, type Services } from '../processor.ts'
import { createCopies } from './copies.ts'

type Settings = {
  url: string
  types?: string[] | undefined
  attempts: number
  account?: string | undefined
  key?: string | undefined
}

/** Doubled each time, by the client of the storage. */
const FIRST_DELAY_MS = 500
const PATIENCE_MS = 20_000

export default defineProcessor<Settings>({
  name: 'blob-copy',
  kind: 'convenience',
  settings: (z) =>
    z
      .strictObject({
        url: z.url({ protocol: /^https?$/ }).refine(isSafe, 'must be https, but on this machine'),
        types: z.array(z.string().refine(isResourceType, 'is no type of R4')).optional(),
        attempts: z.int().min(1).max(12).default(8),
        account: z.string().min(1).optional(),
        key: z.string().min(1).optional(),
      })
      .refine(({ account, key }) => (account === undefined) === (key === undefined), 'account and key go together'),
  create({ url, types, attempts, account, key }, { log }) {
    const credential =
      account === undefined || key === undefined
        ? new DefaultAzureCredential()
        : new StorageSharedKeyCredential(account, key)
    const retryOptions = { maxTries: attempts, retryDelayInMs: FIRST_DELAY_MS, tryTimeoutInMs: PATIENCE_MS }
    const container = new ContainerClient(url, credential, { retryOptions })
    const upload = async (name: string, text: string) => {
      try {
        await container.getBlockBlobClient(name).upload(text, Buffer.byteLength(text), {
          blobHTTPHeaders: { blobContentType: 'application/fhir+json' },
          // A version never changes: whoever copied it first did it as well.
          conditions: { ifNoneMatch: '*' },
        })
      } catch (error) {
        if (!hasStatus(error, 409)) throw error
      }
    }
    const copies = createCopies(upload, () => log('error', 'copy-lost'))
    return {
      async after(request, answer, services) {
        const type = writtenType(request.interaction)
        if (type === undefined || types?.includes(type) === false) return { kind: 'go-on' }
        const text = await writtenIn(answer, request, services)
        const name = nameOf(text)
        if (name === undefined || !copies.add(name, text)) services.log('error', 'copy-lost')
        return { kind: 'go-on' }
      },
      close: copies.settled,
    }
  },
})

/** Blobs hold whole records. */
function isSafe(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return protocol === 'https:' || ['127.0.0.1', 'localhost', '[::1]'].includes(hostname)
}

/** Undefined: not one that gives a record its content. Entries of Bundles come by themselves. */
function writtenType(interaction: Readonly<Interaction>): string | undefined {
  switch (interaction.kind) {
    case 'create':
    case 'update':
    case 'patch':
      return interaction.type
    case 'conditional':
      return interaction.method === 'delete' ? undefined : interaction.type
    default:
      return undefined
  }
}

/** The record as the app may read it: where the answer does not hold it, it is read. */
async function writtenIn(
  answer: Answered,
  { interaction, path }: ProcessorRequest,
  { ask }: Pick<Services, 'ask'>,
): Promise<string> {
  if (answer.kind === 'json' && nameOf(answer.body) !== undefined) return answer.body
  const isNamed = interaction.kind === 'update' || interaction.kind === 'patch'
  const address = answer.headers.Location ?? (isNamed ? path : undefined)
  const read = address === undefined ? undefined : await ask(address)
  return read?.status === 200 ? read.body : ''
}

/** `Type/id/version.json`; undefined for what is no stored record. */
function nameOf(text: string): string | undefined {
  const { resourceType, id, meta } = JSON.parse(text === '' ? '{}' : text) as {
    resourceType?: unknown
    id?: unknown
    meta?: { versionId?: unknown }
  }
  const name = [resourceType, id, meta?.versionId].join('/')
  return /^[A-Za-z]+\/[A-Za-z0-9.-]{1,64}\/[A-Za-z0-9.-]{1,64}$/.test(name) ? `${name}.json` : undefined
}
