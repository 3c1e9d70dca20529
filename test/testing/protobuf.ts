// Reads protobuf without a schema: enough to look at what was sent over OTLP.

type Value = Buffer | bigint | number
/** Values by field number, in their order. */
export type Message = ReadonlyMap<number, readonly Value[]>

/** @throws RangeError for what is cut off */
export function messageOf(bytes: Buffer): Message {
  const fields = new Map<number, Value[]>()
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = BigInt(bytes.readUInt8(at))
      at += 1
      value |= (byte & 127n) << shift
      if (byte < 128n) return value
    }
  }
  const take = (length: number): Buffer => {
    at += length
    return bytes.subarray(at - length, at)
  }
  while (at < bytes.length) {
    const key = Number(varint())
    const kinds: Record<number, () => Value> = {
      0: varint,
      1: () => take(8).readBigUInt64LE(),
      2: () => take(Number(varint())),
      5: () => take(4).readUInt32LE(),
    }
    const field = key >> 3
    const read = kinds[key & 7]
    if (read === undefined) throw new RangeError(`wire type ${key & 7}`)
    fields.set(field, [...(fields.get(field) ?? []), read()])
  }
  return fields
}

export const parts = (message: Message, field: number): Message[] =>
  (message.get(field) ?? []).map((value) => messageOf(value as Buffer))
export const text = (message: Message, field: number): string => String(message.get(field)?.[0] ?? '')
export const count = (message: Message, field: number): number => Number(message.get(field)?.[0] ?? 0)

/** A double is eight bytes on the wire. */
export function double(message: Message, field: number): number | undefined {
  const bits = message.get(field)?.[0]
  if (typeof bits !== 'bigint') return undefined
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(bits)
  return bytes.readDoubleLE()
}
