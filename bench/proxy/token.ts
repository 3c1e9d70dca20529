// A signed access token, as the authorization server gives them.
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { PATIENT } from './records.ts'

export const ISSUER = 'https://smart.example'
export const FHIR_BASE = `${ISSUER}/r4`

export async function createToken(scope: string): Promise<{ token: string; jwks: string }> {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256', use: 'sig' }
  const token = await new SignJWT({ client_id: 'app', scope, gid: 'g', patient: PATIENT, person: `Patient/${PATIENT}` })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'k' })
    .setIssuer(ISSUER)
    .setAudience(FHIR_BASE)
    .setSubject('s')
    .setJti('j')
    .setIssuedAt()
    .setExpirationTime('1 hour')
    .sign(privateKey)
  return { token, jwks: JSON.stringify({ keys: [jwk] }) }
}
