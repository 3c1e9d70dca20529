// Bytes that come in pieces of any size and are wanted as one.

export class ByteRun {
  /** Each longer than the next, so that a body in single bytes is joined in few steps and held in few buffers. */
  readonly #parts: Buffer[] = []
  #length = 0

  get length(): number {
    return this.#length
  }

  add(piece: Buffer): void {
    this.#length += piece.length
    let last = piece
    for (let part = this.#parts.at(-1); part !== undefined && part.length <= last.length; part = this.#parts.at(-1)) {
      last = Buffer.concat([part, last])
      this.#parts.pop()
    }
    this.#parts.push(last)
  }

  /** All of it; the run is empty then. */
  take(): Buffer {
    const [first, ...more] = this.#parts.splice(0)
    this.#length = 0
    if (first === undefined) return Buffer.alloc(0)
    return more.length === 0 ? first : Buffer.concat([first, ...more])
  }
}
