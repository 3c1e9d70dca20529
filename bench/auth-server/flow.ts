// The client's side: one code flow as an app and its person go through it, a refresh, an introspection. The same steps for
// this server and for the bare library, which shows no pages.
import { Pool } from 'undici'
import { APP, ISSUER } from '../../auth-server/testing/auth-server-fixture.ts'
import { AUTHORIZE_PATH, CLIENT_ID, VERIFIER } from './request.ts'

export type Tokens = { access_token: string; refresh_token: string; id_token: string }

type Answer = { status: number; location: string | undefined; text: string; cookies: string[] }

export type Target = {
  /** From the authorization request to the tokens. */
  flow(): Promise<Tokens>
  refresh(refreshToken: string): Promise<Tokens>
  /** @param authorization the caller's header */
  introspect(token: string, authorization: string): Promise<void>
  close(): Promise<void>
}

/** The person signs in as `ana` on the way, and shares all that is asked for. */
export function target(port: number): Target {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: 64 })

  async function send(path: string, cookie = '', form?: URLSearchParams, authorization?: string): Promise<Answer> {
    const { statusCode, headers, body } = await pool.request({
      path,
      method: form === undefined ? 'GET' : 'POST',
      headers: {
        cookie,
        ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
        ...(authorization === undefined ? {} : { authorization }),
      },
      body: form === undefined ? null : form.toString(),
    })
    return {
      status: statusCode,
      location: headers.location as string | undefined,
      text: await body.text(),
      cookies: [headers['set-cookie'] ?? []].flat(),
    }
  }

  async function post(path: string, form: Record<string, string>, authorization?: string): Promise<string> {
    const answer = await send(path, '', new URLSearchParams(form), authorization)
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${answer.text}`)
    return answer.text
  }

  async function code(): Promise<string> {
    const cookies = new Map<string, string>()
    let path = AUTHORIZE_PATH
    let form: URLSearchParams | undefined
    for (;;) {
      const answer = await send(path, [...cookies].map(([name, value]) => `${name}=${value}`).join('; '), form)
      for (const line of answer.cookies) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
        if (value === '') cookies.delete(name)
        else cookies.set(name, value)
      }
      const { location } = answer
      form = location === undefined ? consentTo(answer) : undefined
      if (location?.startsWith(APP)) return String(new URL(location).searchParams.get('code'))
      if (location !== undefined) path = pathOf(location)
    }
  }

  const token = async (form: Record<string, string>): Promise<Tokens> =>
    JSON.parse(await post('/token', { client_id: CLIENT_ID, ...form })) as Tokens

  return {
    flow: async () =>
      token({
        grant_type: 'authorization_code',
        redirect_uri: APP,
        code: await code(),
        code_verifier: VERIFIER,
      }),
    refresh: (refreshToken) => token({ grant_type: 'refresh_token', refresh_token: refreshToken }),
    async introspect(text, authorization) {
      const { active } = JSON.parse(await post('/token/introspection', { token: text }, authorization))
      if (active !== true) throw new Error('introspected token is not active')
    },
    close: () => pool.close(),
  }
}

/** The identity provider's page is an address alone: who comes back from it is told by the code. */
function pathOf(location: string): string {
  const url = new URL(location, ISSUER)
  if (url.hostname !== 'idp.test') return url.pathname + url.search
  return `/callback?${new URLSearchParams({ state: String(url.searchParams.get('state')), code: 'ana' })}`
}

function consentTo({ status, text }: Answer): URLSearchParams {
  const csrf = /name="csrf" value="([^"]+)"/.exec(text)?.[1]
  if (status !== 200 || csrf === undefined) throw new Error(`no consent page: ${status} ${text.slice(0, 200)}`)
  return new URLSearchParams({ csrf, decision: 'share', until: 'stop' })
}
