// What goes out, put together from parts of what came in. Parts that follow each other there stay one part: most of a list
// goes out as it lies in memory.

const COMMA = Buffer.from(',')

export class Splices {
  #parts: Buffer[] = []
  /** The part that may go on. */
  #bytes: Buffer | undefined
  #start = 0
  #end = 0
  #hasComma = false

  add(bytes: Buffer, start: number, end: number): void {
    // The comma that is wanted is the one that lies between.
    const next = this.#hasComma && bytes[this.#end] === COMMA[0] ? this.#end + 1 : this.#end
    if (bytes === this.#bytes && start === next && this.#hasComma === (next !== this.#end)) {
      this.#end = end
      this.#hasComma = false
      return
    }
    this.#flush()
    this.#bytes = bytes
    this.#start = start
    this.#end = end
  }

  /** Between what was added and what is added next. */
  addComma(): void {
    this.#hasComma = true
  }

  addAll(bytes: Buffer): void {
    this.#flush()
    this.#parts.push(bytes)
  }

  take(): Buffer[] {
    this.#flush()
    return this.#parts.splice(0)
  }

  #flush(): void {
    if (this.#bytes !== undefined) this.#parts.push(this.#bytes.subarray(this.#start, this.#end))
    if (this.#hasComma) this.#parts.push(COMMA)
    this.#bytes = undefined
    this.#hasComma = false
  }
}

/** Parts as one, in the same memory each time: what was given before is gone then. A long list would leave as much behind. */
export class OnePiece {
  #room = Buffer.alloc(0)

  of(parts: readonly Buffer[]): Buffer {
    const length = parts.reduce((sum, part) => sum + part.length, 0)
    if (this.#room.length < length) this.#room = Buffer.allocUnsafeSlow(2 * length)
    let at = 0
    for (const part of parts) at += part.copy(this.#room, at)
    return this.#room.subarray(0, length)
  }
}
