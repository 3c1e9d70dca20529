// A page as a tree, read from its HTML as a browser would, as far as our own pages need it: elements are closed, attributes
// quoted.

export type Element = { tag: string; attributes: ReadonlyMap<string, string>; children: (Element | string)[] }

const TOKEN = /<!doctype[^>]*>|<\/([a-z0-9]+)>|<([a-z0-9]+)((?:\s+[a-z-]+(?:="[^"]*")?)*)\s*>|[^<]+/gi
const ATTRIBUTE = /([a-z-]+)(?:="([^"]*)")?/gi
const VOID: ReadonlySet<string> = new Set(['input', 'meta', 'link', 'img', 'br'])

/** @throws Error for what is not closed, or no tag: then nothing can be said of the page */
export function readHtml(text: string): Element {
  const root: Element = { tag: '', attributes: new Map(), children: [] }
  const open = [root]
  let end = 0
  for (const match of text.matchAll(TOKEN)) {
    if (match.index !== end) throw new Error(`no HTML: ${text.slice(end, end + 40)}`)
    end = match.index + match[0].length
    const [token, closed, opened, attributes = ''] = match
    const parent = open.at(-1) ?? root
    if (closed !== undefined) {
      if (open.pop()?.tag !== closed) throw new Error(`</${closed}> closes nothing`)
    } else if (opened !== undefined) {
      const element: Element = { tag: opened, attributes: readAttributes(attributes), children: [] }
      parent.children.push(element)
      if (!VOID.has(opened)) open.push(element)
    } else if (!token.startsWith('<!')) parent.children.push(unescaped(token))
  }
  if (open.length > 1 || end < text.length) throw new Error('the page does not end')
  return root
}

function readAttributes(text: string): Map<string, string> {
  return new Map([...text.matchAll(ATTRIBUTE)].map(([, name = '', value = '']) => [name, unescaped(value)]))
}

function unescaped(text: string): string {
  const marks: Record<string, string> = { lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' }
  return text.replace(/&(lt|gt|quot|#39|amp);/g, (whole, name: string) => marks[name] ?? whole)
}

export function all(element: Element, isMeant: (one: Element) => boolean): Element[] {
  return element.children.flatMap((child) =>
    typeof child === 'string' ? [] : [...(isMeant(child) ? [child] : []), ...all(child, isMeant)],
  )
}

export const hasClass = (name: string) => (one: Element) =>
  (one.attributes.get('class') ?? '').split(' ').includes(name)

/** As it is read out: what is hidden from that is not there. */
export function textOf(element: Element): string {
  return element.children
    .map((child) => (typeof child === 'string' ? child : isSilent(child) ? '\n' : textOf(child)))
    .join('')
    .replace(/[^\S\n]+/g, ' ')
    .trim()
}

function isSilent({ attributes }: Element): boolean {
  return attributes.get('aria-hidden') === 'true'
}
