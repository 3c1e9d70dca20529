// `npm run backup -- FILE` and `npm run restore -- FILE`: TABLES_URL says of which account, TABLES_ACCOUNT and TABLES_KEY sign in at
// Azurite; else whoever runs this does.

import { backUp, restore } from './backup.ts'

const [verb, file, ...more] = process.argv.slice(2)
const { TABLES_URL: url, TABLES_ACCOUNT: account, TABLES_KEY: key } = process.env
try {
  if (file === undefined || more.length > 0 || (verb !== 'backup' && verb !== 'restore'))
    throw new Error('usage: npm run backup -- FILE, npm run restore -- FILE')
  if (!url) throw new Error('TABLES_URL is needed')
  const settings = { url: url.replace(/\/+$/, ''), ...(account && key ? { namedKey: { account, key } } : {}) }
  const counts = await (verb === 'backup' ? backUp : restore)(settings, file)
  for (const [table, rows] of Object.entries(counts)) console.log(`${table}: ${rows} rows`)
} catch (error) {
  console.error(`${verb ?? 'tables'}: ${(error as Error).message.split('\n')[0]}`)
  process.exitCode = 1
}
