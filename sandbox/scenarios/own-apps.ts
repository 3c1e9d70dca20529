// A person on their own page of apps: takes one kind of data away from an app, as anybody would by pressing the buttons.

import { PagesOf } from './person.ts'

/**
 * @param p.issuer origin of the authorization server
 * @param p.scopes what the app was granted; the last kind of data of it is taken away
 * @returns the scope that was taken away
 * @throws Error when the page offers no such thing
 */
export async function removeLastKind(p: { issuer: string; signIn: string; scopes: string }): Promise<string> {
  const kind = p.scopes.split(' ').findLast((text) => /^(patient|user)\//.test(text)) ?? ''
  const pages = new PagesOf(p.signIn)
  const list = await pages.open(`${p.issuer}/apps`)
  for (const [, path] of list.matchAll(/href="(\/apps\/[\w-]{43})"/g)) {
    const page = await pages.open(p.issuer + path)
    if (!page.includes(`name="kind" value="${kind}"`)) continue
    const csrf = /name="csrf" value="([^"]+)"/.exec(page)?.[1] ?? ''
    await pages.open(`${p.issuer}${path}/remove`, new URLSearchParams({ csrf, kind, sure: 'yes' }))
    return kind
  }
  throw new Error(`the page of apps of ${p.signIn} does not offer to take ${kind} away`)
}
