// Problems as pages for people and as JSON for programs. The request's own text is never repeated.
import type { Context } from 'koa'
import { errorPage, problemWords } from '../../consent-ui/index.ts'
import { frameOf } from './frame.ts'

export type Problem = Exclude<keyof ReturnType<typeof problemWords>, 'ifYouAsk' | 'backToApp'>

/** Sets the body only; the status is the caller's. @param onward path where the app is told, for who presses */
export function problemPage(ctx: Context, problem: Problem, onward?: string): void {
  const reference = String(ctx.state.reference ?? '')
  ctx.set('Cache-Control', 'no-store')
  if (ctx.accepts('html', 'json') === 'json') {
    ctx.body = { error: problem, error_description: problemWords('en')[problem].title, reference }
    return
  }
  ctx.type = 'html'
  // Its links to other languages would say the request's own text again.
  const { languages: _, ...frame } = frameOf(ctx)
  ctx.body = errorPage({ frame, ...problemWords(frame.lang)[problem], reference, onward })
}
