// `npm run setup-entra`. Signed in as whoever runs it: `az login`, with the right to make registrations.

import { DefaultAzureCredential } from '@azure/identity'
import { GRAPH_URL, openGraph } from '../graph.ts'
import { setUpEntra, USAGE } from './command.ts'

const words = process.argv.slice(2)
try {
  if (words.includes('--help')) console.log(USAGE)
  else await setUpEntra(words, openGraph(new DefaultAzureCredential(), process.env.GRAPH_URL || GRAPH_URL), console.log)
} catch (error) {
  console.error(`setup-entra: ${(error as Error).message.split('\n')[0]}`)
  process.exitCode = 1
}
