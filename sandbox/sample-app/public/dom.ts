// Builds elements from text: nothing from a server ever becomes markup.

type Child = Node | string

/** element('p', { class: 'muted' }, 'Hello') */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  made.append(...children)
  return made
}

/** @throws Error when the page lacks it: a fault of ours */
export function getById(id: string): HTMLElement {
  const found = document.getElementById(id)
  if (!found) throw new Error(`no element #${id}`)
  return found
}

export function showNotice(text: string, tone: 'good' | 'bad' = 'bad'): void {
  const notice = getById('notice')
  notice.textContent = text
  notice.classList.toggle('good', tone === 'good')
  notice.hidden = false
}

export function hideNotice(): void {
  getById('notice').hidden = true
}
