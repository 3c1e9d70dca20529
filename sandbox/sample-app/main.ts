// Starts the sample app. Settings: HOST, PORT, FHIR_BASE.

import { z } from 'zod'
import { listen, refuseToStart } from '../listen.ts'
import { sampleApp } from './server.ts'

const NAME = 'sample-app'

const settings = z
  .object({
    HOST: z.string().default('127.0.0.1'),
    PORT: z.coerce.number().int().min(1).max(65_535).default(4006),
    FHIR_BASE: z.url().default('http://127.0.0.2:4000/fhir'),
  })
  .safeParse(process.env)
if (!settings.success) {
  refuseToStart(
    NAME,
    settings.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
  )
}

listen(sampleApp({ fhirBase: settings.data.FHIR_BASE }), NAME, settings.data.HOST, settings.data.PORT)
