// The consent page for scopes that a developer has not asked for yet: the page itself, and how hard it is to read.

import {
  type ConsentPage,
  checkPage,
  choosePage,
  firstDraft,
  isLang,
  type Lang,
  type Request,
  requestPage,
} from '../../consent-ui/index.ts'
import { gradeOfEnglish, inflesz, wordCount } from '../../consent-ui/readability.ts'

/** What is asked for, as the fields of a form. */
export type PreviewRequest = {
  scope: string
  app: string
  maker: string
  purpose: string
  patient: string
  /** The data is the reader's own. */
  own: boolean
}

export const PREVIEW_LANGUAGES = {
  en: 'English',
  es: 'Español',
  'en-XA': 'Made-up, longer',
  'ar-XB': 'Made-up, right to left',
} as const satisfies Record<Lang, string>

/** The pages that a person may go through, in their order. */
export const PREVIEW_PAGES = { request: 'The request', choose: 'Choosing', check: 'Checking' } as const
export type PreviewPage = keyof typeof PREVIEW_PAGES

const RENDER: Record<PreviewPage, (p: ConsentPage) => string> = {
  request: requestPage,
  choose: choosePage,
  check: checkPage,
}

/** What is looked at: which page, in which language. */
export type PreviewView = { page: PreviewPage; lang: Lang }

export function readView(params: URLSearchParams): PreviewView {
  const [page, lang] = [params.get('page') ?? '', params.get('lang')]
  return {
    page: Object.hasOwn(PREVIEW_PAGES, page) ? (page as PreviewPage) : 'request',
    lang: isLang(lang) ? lang : 'en',
  }
}

export type Reading = {
  words: number
  /** In words: the measure, its figure, and what it means. Undefined for made-up languages. */
  level: string | undefined
}

export const USUAL_PREVIEW: PreviewRequest = {
  scope:
    'openid fhirUser launch/patient offline_access patient/Patient.rs patient/Condition.rs patient/Observation.rs patient/Goal.cu',
  app: 'Heart Chart',
  maker: 'Heart Chart Makers',
  purpose: 'Shows your health record on one page, so that you can prepare for a visit.',
  patient: 'Ana Ruiz',
  own: true,
}

export function readPreview(params: URLSearchParams): PreviewRequest {
  if (!params.has('scope')) return USUAL_PREVIEW
  const text = (name: string, most: number) => (params.get(name) ?? '').trim().slice(0, most)
  return {
    scope: text('scope', 8_000).replace(/\s+/g, ' '),
    app: text('app', 200),
    maker: text('maker', 200),
    purpose: text('purpose', 1_000),
    patient: text('patient', 200),
    own: params.get('own') !== 'false',
  }
}

/** The address of the preview, so that it can be passed on. */
export function previewQuery({ own, ...texts }: PreviewRequest): string {
  return new URLSearchParams({ ...texts, own: String(own) }).toString()
}

export function previewPage(request: PreviewRequest, { page, lang }: PreviewView): string {
  const { app, maker, purpose, patient, own } = request
  const asked: Request = {
    scopes: request.scope.split(' ').filter((text) => text !== ''),
    today: new Date().toISOString().slice(0, 10),
    sensitive: [],
    start: 'on',
  }
  return RENDER[page]({
    frame: { operator: 'Contoso Health', lang },
    action: '/preview',
    csrf: '',
    app: {
      name: app === '' ? 'Unnamed app' : app,
      origin: 'https://app.example.org',
      ...(maker === '' ? {} : { maker }),
      ...(purpose === '' ? {} : { purpose }),
      required: [],
      without: {},
    },
    user: own ? patient : 'Dr. Wei Chen',
    patient: { name: patient, birthDate: '1985-05-05' },
    changeable: false,
    own,
    request: asked,
    draft: firstDraft(asked),
  })
}

/** Of what stands on the page itself: what the app says and folded details do not count. The level is that of its sentences. */
export function readingOf(page: string, lang: Lang): Reading {
  const lines = ownLines(page)
  const words = wordCount(lines.join(' '))
  const sentences = lines.filter((line) => /[.?]$/.test(line) && wordCount(line) > 3).join(' ')
  if (sentences === '') return { words, level: undefined }
  if (lang === 'en')
    return { words, level: `Flesch-Kincaid grade ${gradeOfEnglish(sentences).toFixed(1)} (6 is the aim)` }
  if (lang === 'es') return { words, level: `INFLESZ ${inflesz(sentences).toFixed(0)} (65 is the aim, more is easier)` }
  return { words, level: undefined }
}

function ownLines(page: string): string[] {
  return page
    .replace(/<(head|bdi|code|details|style)\b[^>]*>[\s\S]*?<\/\1>/g, ' ')
    .replace(/<\/?(?:p|li|ul|h\d|legend|label|button|dt|dd|td|div|section|fieldset)\b[^>]*>|<br>/g, '\n')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&#39;/g, "'")
    .replace(/&#?\w+;/g, ' ')
    .split('\n')
    .map((line) => line.replace(/\s+/g, ' ').trim())
    .filter((line) => line !== '')
}
