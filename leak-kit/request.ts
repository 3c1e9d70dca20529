// One request of the kit, as it goes on the wire. `{base}` in it stands for the address of the world that is asked.

export type KitRequest = {
  method: string
  /** What follows the base on the request line, query included. */
  target: string
  headers?: Readonly<Record<string, string>>
  body?: string
  /** Changes the world when it is let through: sent alone, after all others. */
  writes?: boolean
}

export type Parameter = readonly [name: string, value: string]

/** Escapes as a browser's form does, and leaves `{base}` to be filled in. */
export function queryOf(parameters: readonly Parameter[]): string {
  const text = (part: string) => encodeURIComponent(part).replaceAll('%7Bbase%7D', '{base}')
  return parameters.map(([name, value]) => `${text(name)}=${text(value)}`).join('&')
}

export function printRequest({ method, target, headers = {}, body }: KitRequest): string {
  const lines = Object.entries(headers).map(([name, value]) => `\n  ${name}: ${value}`)
  return `${method} {base}${target}${lines.join('')}${body === undefined ? '' : `\n  ${body}`}`
}

/** With the address of one world. In a query it stands escaped. */
export function addressed(request: KitRequest, base: string): KitRequest {
  const { target, body } = request
  return {
    ...request,
    target: target.replaceAll('{base}', encodeURIComponent(base)),
    ...(body === undefined ? {} : { body: body.replaceAll('{base}', base) }),
  }
}
