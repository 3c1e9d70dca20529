// What the doctor says: of each thing that it looked at, how it is, and what to do where it is not well.

export type Finding = { about: string } & (
  | { isWell: true; says: string }
  | { isWell: false; says: string; remedy: string }
)

export const well = (about: string, says: string): Finding => ({ about, isWell: true, says })
export const fault = (about: string, says: string, remedy: string): Finding => ({ about, isWell: false, says, remedy })

/** What an error says, in one line; of what it was caused by where that says more. */
export function lineOf(error: unknown): string {
  const { message = String(error), cause } = error as { message?: string; cause?: { message?: string; code?: string } }
  const said = cause?.message || cause?.code
  return `${message.split('\n')[0]}${said === undefined ? '' : `: ${said.split('\n')[0]}`}`
}
