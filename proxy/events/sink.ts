// Where events go, one way or another.

export type Message = {
  /** The same whenever it is sent again. */
  id: string
  /** What must stay in order: a patient, else a record. */
  key: string
  contentType: string
  body: string
}

export interface Sink {
  /**
   * Resolves when all were taken. Rejects when any may not have been: then all come again.
   * @param messages of one key, in their order; those of other keys may be under way at the same time
   */
  deliver(messages: readonly Message[]): Promise<void>
  close(): Promise<void>
}
