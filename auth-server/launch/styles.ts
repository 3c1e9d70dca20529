// Style documents for apps that are opened from an EHR (SMART App Launch 2.2, "Styling"): one for each tenant, and one for
// the rest. The address holds a hash of the content: changed content is a new address (TOK-15).
import { createHash } from 'node:crypto'
import type { Middleware } from 'koa'
import { z } from 'zod'

const dimension = z.string().regex(/^\d{1,4}(\.\d{1,2})?(px|rem|em)$/)
const color = z.string().regex(/^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/)
const font = z.string().max(300)

const styleSchema = z.strictObject({
  color_background: color.optional(),
  color_error: color.optional(),
  color_highlight: color.optional(),
  color_modal_backdrop: color.optional(),
  color_success: color.optional(),
  color_text: color.optional(),
  dim_border_radius: dimension.optional(),
  dim_font_size: dimension.optional(),
  dim_spacing_size: dimension.optional(),
  font_family_body: font.optional(),
  font_family_heading: font.optional(),
})

const stylesSchema = z.record(z.string(), styleSchema)

export type Styles = {
  /** For launches that bring none of their own. */
  urlFor(tenant: string | undefined): string | undefined
  routes: Middleware
}

/**
 * @param entries style documents by tenant; `default` is for all others
 * @throws Error with one line per fault
 */
export function launchStyles(issuer: string, entries: unknown): Styles {
  const parsed = stylesSchema.safeParse(entries)
  if (!parsed.success) {
    throw new Error(parsed.error.issues.map((issue) => `style ${issue.path.join('.')}: ${issue.message}`).join('\n'))
  }
  const paths = new Map<string, string>()
  const documents = new Map<string, string>()
  for (const [tenant, style] of Object.entries(parsed.data)) {
    const body = JSON.stringify(style)
    const path = `/styles/${createHash('sha256').update(body).digest('hex').slice(0, 16)}/smart-style.json`
    paths.set(tenant, path)
    documents.set(path, body)
  }
  return {
    urlFor(tenant) {
      const path = (tenant === undefined ? undefined : paths.get(tenant)) ?? paths.get('default')
      return path && issuer + path
    },
    async routes(ctx, next) {
      const body = ctx.method === 'GET' ? documents.get(ctx.path) : undefined
      if (body === undefined) return next()
      ctx.set('Access-Control-Allow-Origin', '*')
      ctx.set('Cache-Control', 'public, max-age=31536000, immutable')
      ctx.type = 'json'
      ctx.body = body
    },
  }
}
