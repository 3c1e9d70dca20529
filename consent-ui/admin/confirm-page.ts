// Asked once more before access of many ends (WCAG 2.2, 3.3.4): what it comes to, and the way back.
import { html } from '../html.ts'
import { adminWords } from '../words/admin.ts'
import { type AdminFrame, adminPage, code, shown } from './parts.ts'
import type { AccountQuery } from './people-pages.ts'

/** Marks a form as the answer of such a page. */
export const SURE = { sure: 'yes' } as const

export type Confirmation =
  | { what: 'disable'; name: string; path: string; back: string }
  /** @property count of grants that would end */
  | { what: 'endAll' | 'refuse'; account: AccountQuery; count: number; path: string; back: string }

export function confirmPage(of: AdminFrame, asked: Confirmation): string {
  const words = adminWords(of.frame.lang)
  const { title, does, press } = words.sure[asked.what]
  const posted = { ...SURE, ...('account' in asked ? asked.account : {}) }
  return adminPage(
    of,
    title,
    html`<section>
<p>${'name' in asked ? shown(asked.name, 80) : html`${words.account} ${Object.values(asked.account).map((one) => html`${code(one)} `)}`}</p>
${'count' in asked ? html`<p>${words.accessesNow(asked.count)}</p>` : undefined}
<p>${does}</p>
<form method="post" action="${asked.path}"><input type="hidden" name="csrf" value="${of.csrf}">
${Object.entries(posted).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
<p><button type="submit">${press}</button></p></form>
<p><a class="press" href="${asked.back}">${words.changeNothing}</a></p>
</section>`,
  )
}
