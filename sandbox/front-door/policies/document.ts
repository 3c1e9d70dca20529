// A policy file of API Management as a tree, held to the shapes of its elements.

import { SaxesParser } from 'saxes'
import { SECTIONS, type Section, SHAPES } from './shapes.ts'

export type Element = {
  name: string
  attributes: Readonly<Record<string, string>>
  children: readonly Element[]
  text: string
  line: number
}

type Open = Element & { children: Element[] }

/**
 * @param named values for `{{name}}`
 * @throws Error naming the line of what is not well-formed, not known or out of place
 */
export function parsePolicies(text: string, named: Readonly<Record<string, string>>): Element {
  const parser = new SaxesParser()
  const open: Open[] = []
  let root: Element | undefined
  parser.on('error', (error) => {
    throw new Error(error.message)
  })
  parser.on('opentag', ({ name, attributes }) => {
    const filled = Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, fill(value, named)]))
    open.push({ name, attributes: filled, children: [], text: '', line: parser.line })
  })
  parser.on('text', (part) => {
    const inner = open.at(-1)
    if (inner !== undefined) inner.text += fill(part, named)
  })
  parser.on('closetag', () => {
    const done = open.pop()
    if (done === undefined) return
    const parent = open.at(-1)
    if (parent === undefined) root = done
    else parent.children.push(done)
  })
  parser.write(text).close()
  if (root === undefined || root.name !== 'policies') throw new Error('the root must be policies')
  const sections = root.children.map(({ name }) => name)
  if (SECTIONS.some((name, place) => sections[place] !== name)) throw new Error('each section stands once, in order')
  check(root, undefined)
  return root
}

function fill(text: string, named: Readonly<Record<string, string>>): string {
  return text.replace(/\{\{([a-z-]+)\}\}/g, (_whole, name: string) => {
    const value = named[name]
    if (value === undefined) throw new Error(`there is no named value ${name}`)
    return value
  })
}

function check({ name, attributes, children, text, line }: Element, section: Section | undefined): void {
  const refuse = (what: string): never => {
    throw new Error(`line ${line}: ${name}: ${what}`)
  }
  const shape = SHAPES[name] ?? refuse('is not an element that is carried out here')
  const taken = shape.attributes ?? {}
  for (const one of Object.keys(attributes)) if (!(one in taken)) refuse(`the attribute ${one} is not known`)
  for (const [one, need] of Object.entries(taken))
    if (need === 'needed' && attributes[one] === undefined) refuse(`the attribute ${one} is needed`)
  if (shape.hasText === undefined && text.trim() !== '') refuse('text has no place here')
  const inner = SECTIONS.find((one) => one === name) ?? section
  const order = shape.children ?? []
  let last = 0
  for (const child of children) {
    if (order === 'policies') {
      const places = SHAPES[child.name]?.sections
      if (places === undefined) refuse(`${child.name} is not a policy that is carried out here`)
      if (inner === undefined || !places?.includes(inner)) refuse(`${child.name} has no place in ${inner}`)
    } else {
      const place = order.indexOf(child.name)
      if (place < 0) refuse(`${child.name} has no place here`)
      if (place < last) refuse(`${child.name} stands too late`)
      last = place
    }
    check(child, inner)
  }
}
