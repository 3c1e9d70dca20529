// The frame of the pages for one request: the operator's name and looks, and the language that its reader wants.
import type { Context, Middleware } from 'koa'
import { type BrandAssets, chooseLanguage, type Frame, isLang, type Lang } from '../../consent-ui/index.ts'
import type { CookieAttributes } from '../front/framing.ts'

export type PageSettings = {
  /** The organisation's name, as people know it. */
  operator: string
  /** Whom to ask. */
  support?: string | undefined
  brand?: BrandAssets | undefined
  /** In which times of day are said, as `Europe/Madrid`. */
  timeZone?: string | undefined
  /** Those offered; the first is meant where a reader wants none of them. */
  languages: readonly [Lang, ...Lang[]]
}

const COOKIE = 'lang'
const YEAR_MILLISECONDS = 365 * 24 * 3600 * 1000

type PageState = { frame?: Frame; frameFor?: (uiLocales: string) => Frame }

/**
 * Finds the language: chosen on a page (`?lang=`, kept in a cookie), or what the browser says. A choice is nobody's secret:
 * the cookie needs no protection but must come along inside an EHR's frame.
 */
export function framed(settings: PageSettings, cookie: CookieAttributes): Middleware {
  const { operator, support, brand, timeZone, languages } = settings
  const isOffered = (text: unknown): text is Lang => isLang(text) && languages.includes(text)

  function frameIn(ctx: Context, lang: Lang): Frame {
    return {
      operator,
      lang,
      ...(languages.length > 1
        ? { languages: languages.filter((one) => one !== lang).map((one) => linkTo(ctx, one)) }
        : {}),
      ...(support === undefined ? {} : { support }),
      ...(brand === undefined ? {} : { brand: brand.brand }),
      ...(timeZone === undefined ? {} : { timeZone }),
    }
  }

  return (ctx, next) => {
    const asked = new URLSearchParams(ctx.querystring).get('lang')
    const kept = ctx.cookies.get(COOKIE, { signed: false })
    const chosen = [asked, kept].find(isOffered)
    if (isOffered(asked) && asked !== kept) {
      ctx.cookies.set(COOKIE, asked, { ...cookie, httpOnly: true, signed: false, path: '/', maxAge: YEAR_MILLISECONDS })
    }
    const ofBrowser = () => wishesIn(ctx.get('accept-language'))
    const state = ctx.state as PageState
    state.frame = frameIn(ctx, chosen ?? chooseLanguage(ofBrowser(), languages))
    state.frameFor = (uiLocales) =>
      frameIn(ctx, chosen ?? chooseLanguage([...uiLocales.split(' '), ...ofBrowser()], languages))
    return next()
  }
}

/** The frame for this request. */
export function frameOf(ctx: Context): Frame {
  const { frame } = ctx.state as PageState
  if (frame === undefined) throw new Error('pages need their frame')
  return frame
}

/** What the app says its person reads (OpenID Connect Core 3.1.2.1 `ui_locales`): before the browser's own, after a choice made here. */
export function preferLocales(ctx: Context, uiLocales: unknown): void {
  const state = ctx.state as PageState
  if (typeof uiLocales === 'string' && state.frameFor !== undefined) state.frame = state.frameFor(uiLocales)
}

/** For how long the page can be answered, and where to ask for longer. */
export function waitFor(ctx: Context, minutes: number, href: string): void {
  const state = ctx.state as PageState
  state.frame = { ...frameOf(ctx), waits: { minutes, href } }
}

/** The same page, asked for again: what was posted is not, and what was searched for is. */
function linkTo(ctx: Context, lang: Lang): { lang: Lang; href: string } {
  const query = new URLSearchParams(ctx.method === 'GET' ? ctx.querystring : '')
  query.set('lang', lang)
  return { lang, href: `${ctx.path}?${query}` }
}

/** Language tags by their weight (RFC 9110 section 12.5.4). */
function wishesIn(header: string): string[] {
  return header
    .slice(0, 500)
    .split(',')
    .map((part, at) => {
      const [tag = '', ...parameters] = part.split(';').map((text) => text.trim())
      const weight = Number(parameters.find((text) => text.startsWith('q='))?.slice(2) ?? 1)
      return { tag, at, weight: Number.isNaN(weight) ? 0 : weight }
    })
    .filter(({ weight }) => weight > 0)
    .sort((one, other) => other.weight - one.weight || one.at - other.at)
    .map(({ tag }) => tag)
}
