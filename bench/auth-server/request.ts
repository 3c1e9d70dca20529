// What the benchmark asks for, of this server and of the bare library alike.
import { createHash } from 'node:crypto'
import { APP, FHIR_BASE } from '../../auth-server/testing/auth-server-fixture.ts'

export const CLIENT_ID = 'app'
export const SCOPE = 'openid fhirUser launch/patient patient/Patient.rs patient/Observation.rs offline_access'
export const VERIFIER = 'a-code-verifier-of-more-than-43-characters-for-benchmarks'

export const AUTHORIZE_PATH = `/auth?${new URLSearchParams({
  client_id: CLIENT_ID,
  redirect_uri: APP,
  response_type: 'code',
  scope: SCOPE,
  state: 'the-state-of-the-app',
  nonce: 'the-nonce-of-the-app',
  aud: FHIR_BASE,
  code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
  code_challenge_method: 'S256',
  // The page is shown each time, whatever was decided before.
  prompt: 'consent',
})}`
