// A person at a browser without scripts: follows redirects, keeps cookies, and fills in the forms that are shown. For launches
// by clients that have no page of their own.

export type Choices = {
  /** Of the sign-in page, without the domain. */
  username: string
  /** As whom, where there is a choice. */
  persona?: string | undefined
  /** Whom a clinician picks. */
  patient?: string | undefined
  /** Which visit is picked; absent: none. */
  encounter?: string | undefined
  /** Scopes that are turned off. */
  unticks?: readonly string[] | undefined
  /** Presses Don't share. */
  declines?: boolean | undefined
  /** Lets the app in while away, where it asks for that. */
  keepsAccess?: boolean | undefined
}

/** The way ended on a page, before the browser came back to the app. */
export class StoppedAt extends Error {
  readonly status: number
  /** Heading of the page, if it had one. */
  readonly heading: string

  constructor(status: number, url: URL, page: string) {
    const heading = /<h1[^>]*>(.*?)<\/h1>/s.exec(page)?.[1]?.replace(/<[^>]+>/g, '') ?? ''
    super(`${status} at ${url.pathname}: no form to fill in${heading === '' ? '' : ` (${unescaped(heading)})`}`)
    this.status = status
    this.heading = unescaped(heading)
  }
}

type Form = { action: string; fields: URLSearchParams }
type Cookie = { host: string; path: string; name: string; value: string }

/** Sign-in, choices and consent take fewer. */
const MAX_STEPS = 20

/**
 * Opens an authorization request and shares what is asked for, except where the choices say otherwise.
 *
 * @returns the address that the browser is sent to below `redirectUri`, which is not opened
 * @throws StoppedAt
 */
export async function authorizeAs(choices: Choices, url: string | URL, redirectUri: string): Promise<URL> {
  const cookies: Cookie[] = []
  let at = new URL(url)
  let form: URLSearchParams | undefined
  for (let step = 0; step < MAX_STEPS; step++) {
    const answer = await send(cookies, at, form)
    const location = answer.headers.get('location')
    if (location !== null) {
      at = new URL(location, at)
      if (at.href.startsWith(redirectUri)) return at
      form = undefined
      continue
    }
    const page = await answer.text()
    // Back to an app on this device: its address is followed when somebody presses.
    const onward = /<a class="button" href="([^"]+)"/.exec(page)?.[1]
    if (onward !== undefined) {
      at = new URL(unescaped(onward), at)
      form = undefined
      continue
    }
    const next = filledForm(page, choices)
    if (next === undefined) throw new StoppedAt(answer.status, at, page)
    at = new URL(next.action, at)
    form = next.fields
  }
  throw new Error(`still on the way at ${at.href}`)
}

/** A browser in which a person looks at pages of their own, and signs in where that is asked. */
export class PagesOf {
  readonly #cookies: Cookie[] = []
  readonly #username: string

  constructor(username: string) {
    this.#username = username
  }

  /** @returns the page that comes in the end. @throws StoppedAt when that is none */
  async open(url: string, form?: URLSearchParams): Promise<string> {
    let at = new URL(url)
    let fields = form
    for (let step = 0; step < MAX_STEPS; step++) {
      const answer = await send(this.#cookies, at, fields)
      const location = answer.headers.get('location')
      const page = location === null ? await answer.text() : ''
      if (location === null && !page.includes('name="person"')) {
        if (answer.ok) return page
        throw new StoppedAt(answer.status, at, page)
      }
      const signIn = location === null ? filledForm(page, { username: this.#username }) : undefined
      at = new URL(signIn?.action ?? location ?? '', at)
      fields = signIn?.fields
    }
    throw new Error(`still on the way at ${at.href}`)
  }
}

async function send(cookies: Cookie[], url: URL, form: URLSearchParams | undefined): Promise<Response> {
  const sent = cookies.filter(({ host, path }) => host === url.hostname && isBelow(url.pathname, path))
  const answer = await fetch(url, {
    redirect: 'manual',
    headers: { accept: 'text/html', cookie: sent.map(({ name, value }) => `${name}=${value}`).join('; ') },
    ...(form === undefined ? {} : { method: 'POST', body: form }),
  })
  for (const line of answer.headers.getSetCookie()) keep(cookies, url, line)
  return answer
}

function keep(cookies: Cookie[], url: URL, line: string): void {
  const [pair = '', ...attributes] = line.split(/; */)
  const path = attributes.find((one) => /^path=/i.test(one))?.slice('path='.length) ?? '/'
  const name = pair.slice(0, pair.indexOf('='))
  const known = cookies.findIndex((one) => one.host === url.hostname && one.path === path && one.name === name)
  if (known !== -1) cookies.splice(known, 1)
  const value = pair.slice(name.length + 1)
  if (value !== '') cookies.push({ host: url.hostname, path, name, value })
}

function isBelow(pathname: string, path: string): boolean {
  return pathname === path || pathname.startsWith(path.replace(/\/?$/, '/'))
}

/** The form of a page as this person would send it. */
function filledForm(page: string, choices: Choices): Form | undefined {
  const [, action, content = ''] = /<form method="post" action="([^"]*)"[^>]*>(.*?)<\/form>/s.exec(lastForm(page)) ?? []
  if (action === undefined) return undefined
  const fields = new URLSearchParams()
  const longest = ['stop', 'session'].find((one) => content.includes(` id="until-${one}"`))
  for (const [tag] of content.matchAll(/<input [^>]*>/g)) {
    const name = attribute(tag, 'name')
    if (name !== undefined && isSent(tag, choices, longest)) fields.append(name, attribute(tag, 'value') ?? '')
  }
  const buttons = [...content.matchAll(/<button [^>]*>/g)].flatMap(([tag]) => {
    const name = attribute(tag, 'name')
    return name === undefined ? [] : [{ name, value: attribute(tag, 'value') ?? '' }]
  })
  if (fields.has('persona')) return { action: unescaped(action), fields }
  const pressed = pressedOf(buttons, choices)
  if (pressed === undefined) return undefined
  fields.append(pressed.name, pressed.value)
  return { action: unescaped(action), fields }
}

function isSent(tag: string, { persona, unticks, keepsAccess = true }: Choices, longest: string | undefined): boolean {
  const [name, value = ''] = [attribute(tag, 'name'), attribute(tag, 'value')]
  if (attribute(tag, 'type') === 'hidden') return true
  if (name === 'persona') return value === persona
  if (name === 'until') return value === (keepsAccess ? longest : 'now')
  if (name?.startsWith('answer.')) return value === 'no'
  // A kind that is turned off takes its parts with it.
  const isOff = (text: string) => unticks?.some((off) => text === off || text.startsWith(`${off}?`))
  if (name === 'scope' && value.split(' ').some(isOff)) return false
  return / checked\b/.test(tag)
}

type Button = { name: string; value: string }

function pressedOf(buttons: readonly Button[], choices: Choices): Button | undefined {
  const { username, patient, encounter = '', declines = false, unticks = [] } = choices
  const decision = (value: string) => buttons.find((one) => one.name === 'decision' && one.value === value)
  if (declines && decision('share') !== undefined) return decision('deny')
  if (unticks.length > 0 && decision('choose') !== undefined) return decision('choose')
  const pressed = buttons.find(
    ({ name, value }) =>
      (name === 'person' && value.startsWith(`${username}@`)) ||
      (name === 'patient' && value === patient) ||
      (name === 'encounter' && value === encounter) ||
      (name === 'decision' && (value === 'share' || value === 'check')),
  )
  // A page that offers nothing else: there is no record to share.
  return pressed ?? (buttons.length === 1 ? decision('deny') : undefined)
}

/** The one that decides; a link to change a choice is a form of its own, ahead of it. */
function lastForm(page: string): string {
  return page.slice(page.lastIndexOf('<form method="post"'))
}

function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1]
  return value === undefined ? undefined : unescaped(value)
}

function unescaped(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}
