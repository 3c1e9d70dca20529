// `npm run make-secrets`: AZURE_KEY_VAULT_ENDPOINT and ENTRA_CLIENT_ID say where and for which registration; azd sets both.

import { DefaultAzureCredential } from '@azure/identity'
import { addSecret } from '../entra/registration.ts'
import { GRAPH_URL, openGraph } from '../graph.ts'
import { keyVault } from './key-vault.ts'
import { makeSecrets } from './secrets.ts'

const { AZURE_KEY_VAULT_ENDPOINT: url, ENTRA_CLIENT_ID: clientId } = process.env
try {
  if (!url || !clientId) throw new Error('AZURE_KEY_VAULT_ENDPOINT and ENTRA_CLIENT_ID are needed')
  const credential = new DefaultAzureCredential()
  const graph = openGraph(credential, process.env.GRAPH_URL || GRAPH_URL)
  const made = await makeSecrets(keyVault(url, credential), {
    entraSecret: () => addSecret(graph, clientId, 'authorization server'),
  })
  console.log(made.length === 0 ? 'all secrets are there' : `made: ${made.join(', ')}`)
} catch (error) {
  console.error(`make-secrets: ${(error as Error).message.split('\n')[0]}`)
  process.exitCode = 1
}
