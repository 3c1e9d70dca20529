// Builds the documentation site from docs/, and says which links lead nowhere.

import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { framed, render } from './page.ts'

const ROOT = join(import.meta.dirname, '../..')

/** The README is the first page; what it says of docs/ is beside it here. */
async function sources(): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir(join(ROOT, 'docs'))).filter((name) => name.endsWith('.md'))
  const pages = new Map<string, string>()
  for (const name of names) pages.set(name.slice(0, -3), await readFile(join(ROOT, 'docs', name), 'utf8'))
  pages.set('index', (await readFile(join(ROOT, 'README.md'), 'utf8')).replaceAll('](docs/', ']('))
  return pages
}

/** @param folder emptied first @returns names of its pages */
export async function buildSite(folder: string): Promise<readonly string[]> {
  const pages = await sources()
  const isPage = (name: string) => pages.has(name)
  const rendered = new Map([...pages].map(([name, markdown]) => [name, render(markdown, isPage)]))
  const titles = new Map([...rendered].map(([name, { title }]) => [name, title]))
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  for (const [name, page] of rendered) await writeFile(join(folder, `${name}.html`), framed(name, page, titles))
  await cp(join(ROOT, 'docs/images'), join(folder, 'images'), { recursive: true })
  await cp(join(import.meta.dirname, 'style.css'), join(folder, 'style.css'))
  return [...rendered.keys()]
}

/** @returns `page: target` of each link and picture that leads to no file or anchor of the site */
export async function brokenLinks(folder: string): Promise<string[]> {
  const files = await readdir(folder, { recursive: true })
  const texts = new Map<string, string>()
  for (const name of files.filter((one) => one.endsWith('.html')))
    texts.set(name, await readFile(join(folder, name), 'utf8'))
  const isBroken = (page: string, target: string): boolean => {
    const [path = '', anchor] = target.split('#')
    const file = path === '' ? page : path
    if (!files.includes(file)) return true
    return anchor !== undefined && !texts.get(file)?.includes(` id="${decodeURIComponent(anchor)}"`)
  }
  return [...texts].flatMap(([page, text]) =>
    [...text.matchAll(/ (?:href|src)="([^"]+)"/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^(https?|mailto):/.test(target) && isBroken(page, target))
      .map((target) => `${page}: ${target}`),
  )
}
