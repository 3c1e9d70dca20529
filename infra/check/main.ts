// `npm run check:infra`: says what is wrong with infra/, a line for each fault.

import { join } from 'node:path'
import { faultsOfInfra } from './check.ts'

const faults = faultsOfInfra(join(import.meta.dirname, '..'))
for (const fault of faults) console.error(fault)
if (faults.length > 0) process.exitCode = 1
else console.log('infra: understood, and as it should be')
