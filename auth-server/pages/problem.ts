// Problems as pages for people and as JSON for programs. The request's own text is never repeated.
import type { Context } from 'koa'
import { errorPage } from '../../consent-ui/index.ts'

const PROBLEMS = {
  'bad-request': {
    title: 'We could not read that request',
    message: 'Nothing was shared.',
    next: 'Go back to the app and start again.',
  },
  'not-found': {
    title: 'There is no such page',
    message: 'The address may be wrong, or the page is gone.',
    next: 'Go back to the app and start again.',
  },
  unavailable: {
    title: 'Something went wrong on our side',
    message: 'Nothing was shared. This is not your fault.',
    next: 'Wait a minute, then go back to the app and start again.',
  },
  'timed-out': {
    title: 'You were away too long',
    message: 'Nothing was shared.',
    next: 'Go back to the app and start again.',
  },
  'app-not-set-up': {
    title: 'This app is not set up right',
    message: 'Nothing was shared. This is not your fault.',
    next: 'Tell the people who make the app. They can ask us with the number below.',
  },
  'not-signed-in': {
    title: 'You are not signed in',
    message: 'The sign-in was not completed.',
    next: 'Go back and try again.',
  },
  'too-many': {
    title: 'Too many requests',
    message: 'Nothing was shared. Many requests came from your network in a short time.',
    next: 'Wait a minute, then go back to the app and start again.',
  },
  'other-browser': {
    title: 'This sign-in began somewhere else',
    message: 'Nothing was shared. A sign-in must end in the browser that began it.',
    next: 'Go back to the app and start again.',
  },
} as const

export type Problem = keyof typeof PROBLEMS

/** Sets the body only; the status is the caller's. */
export function problemPage(ctx: Context, operator: string, problem: Problem): void {
  const { title, message, next } = PROBLEMS[problem]
  const reference = String(ctx.state.reference ?? '')
  ctx.set('Cache-Control', 'no-store')
  if (ctx.accepts('html', 'json') === 'json') {
    ctx.body = { error: problem, error_description: title, reference }
    return
  }
  ctx.type = 'html'
  ctx.body = errorPage({ frame: { operator, lang: 'en' }, title, message, next, reference })
}
