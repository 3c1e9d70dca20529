// What the authorization server uses of the pages for operators.
export * from './client-pages.ts'
export * from './confirm-page.ts'
export type { AdminFrame, AdminRole, Section } from './parts.ts'
export * from './people-pages.ts'
export * from './watch-pages.ts'
