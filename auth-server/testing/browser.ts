// A browser for tests over HTTP: keeps cookies by path, follows nothing by itself.
import type { Server } from 'node:http'
import request, { type Response } from 'supertest'
import { ISSUER } from './auth-server-fixture.ts'

type Cookie = { name: string; value: string; path: string }

export class Browser {
  readonly #cookies = new Map<string, Cookie>()
  readonly #server: Server

  constructor(server: Server) {
    this.#server = server
  }

  get(url: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.#send('get', url, headers)
  }

  post(url: string, form: Record<string, string | string[]>, headers: Record<string, string> = {}): Promise<Response> {
    return this.#send('post', url, headers, form)
  }

  /** As when a page of a neighbouring site sets cookies for ours. */
  takeCookiesOf(other: Browser): void {
    for (const [key, cookie] of other.#cookies) this.#cookies.set(key, cookie)
  }

  async #send(
    method: 'get' | 'post',
    url: string,
    headers: Record<string, string>,
    form?: Record<string, string | string[]>,
  ): Promise<Response> {
    const path = url.startsWith(ISSUER) ? url.slice(ISSUER.length) : url
    const pathname = path.split('?')[0] ?? ''
    const cookies = [...this.#cookies.values()]
      .filter((cookie) => pathname === cookie.path || pathname.startsWith(cookie.path.replace(/\/?$/, '/')))
      .map(({ name, value }) => `${name}=${value}`)
    const sending = request(this.#server)
      [method](path)
      .set({ accept: 'text/html', ...headers })
      .redirects(0)
    if (cookies.length > 0) sending.set('cookie', cookies.join('; '))
    const answer = await (form === undefined ? sending : sending.type('form').send(form))
    for (const line of (answer.headers['set-cookie'] ?? []) as unknown as string[]) this.#keep(line)
    return answer
  }

  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split(/; */)
    const [name = '', value = ''] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]
    const path = attributes.find((one) => one.toLowerCase().startsWith('path='))?.slice(5) ?? '/'
    if (value === '') this.#cookies.delete(`${name} ${path}`)
    else this.#cookies.set(`${name} ${path}`, { name, value, path })
  }
}
