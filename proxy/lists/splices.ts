// What goes out, put together from parts of what came in. Nothing is copied before it goes; parts that follow each other
// there are one part.

const COMMA = Buffer.from(',')

export class Splices {
  readonly #bytes: Buffer[] = []
  readonly #starts: number[] = []
  readonly #ends: number[] = []
  #length = 0
  #hasComma = false

  get length(): number {
    return this.#length
  }

  add(bytes: Buffer, start = 0, end = bytes.length): void {
    const last = this.#bytes.length - 1
    const lastEnd = this.#ends[last] ?? 0
    // The comma that is wanted may be the one that lies between.
    const isNext = this.#hasComma ? start === lastEnd + 1 && bytes[lastEnd] === COMMA[0] : start === lastEnd
    if (isNext && bytes === this.#bytes[last]) {
      this.#ends[last] = end
      this.#length += end - lastEnd
      this.#hasComma = false
      return
    }
    if (this.#hasComma) this.#push(COMMA, 0, 1)
    this.#hasComma = false
    this.#push(bytes, start, end)
  }

  /** Between what was added and what is added next. */
  addComma(): void {
    this.#hasComma = true
  }

  /** All of it as one, in the memory that is given where it has room; nothing is left. */
  take(room = Buffer.alloc(0)): Buffer {
    const whole = room.length < this.#length ? Buffer.allocUnsafeSlow(this.#length) : room.subarray(0, this.#length)
    let at = 0
    for (let part = 0; part < this.#bytes.length; part += 1)
      at += (this.#bytes[part] as Buffer).copy(whole, at, this.#starts[part], this.#ends[part])
    this.#bytes.length = 0
    this.#starts.length = 0
    this.#ends.length = 0
    this.#length = 0
    return whole
  }

  #push(bytes: Buffer, start: number, end: number): void {
    this.#bytes.push(bytes)
    this.#starts.push(start)
    this.#ends.push(end)
    this.#length += end - start
  }
}
