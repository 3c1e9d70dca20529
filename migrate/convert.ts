// An old configuration made into one of ours, and what became of each of its settings. Pure. No value is in what it reports,
// and none of a secret anywhere.
import { MODULE_SETTINGS, modulesIn } from './fhir-proxy-modules.ts'
import type { Fate, Made, OldModule, OldSetting, OldSystem, Processor } from './old-setting.ts'
import { keyOf, type OldValues, oldValues } from './old-values.ts'
import { LISTS, NEEDED, NEEDED_WITH_ENTRA } from './our-settings.ts'
import { PLATFORM } from './platform.ts'
import { SYSTEMS } from './systems.ts'
import { quoteFor } from './values.ts'

/** A setting of ours: its value, or how to come by it. */
export type Line = { name: string; from: readonly string[] } & ({ value: string } | { fill: string })

/** What became of a setting or a module; `fault`: why it could not be converted. */
export type Became = { name: string; fate: Fate | 'unknown'; text: string; ours: readonly string[]; fault?: string }

export type Conversion = {
  system: OldSystem
  lines: readonly Line[]
  /** What is to stand in the file that PROCESSORS_FILE names. */
  processors: readonly Processor[]
  became: readonly Became[]
}

/**
 * @param given settings by name, as `readSettings` gives them
 * @throws Error when they are those of no system that is known
 */
export function convert(given: ReadonlyMap<string, string>): Conversion {
  const old = oldValues(given)
  const system = systemOf(old)
  const file = lineFile()
  const became = old.names().map((name): Became => {
    const setting = findSetting(system.settings, name)
    if (setting === undefined) return { name, fate: 'unknown', text: 'look at it yourself', ours: [] }
    return { name, fate: setting.fate, text: setting.text, ...take(file, setting, name, old) }
  })
  const named = modulesOf(system, old)
  const modules = named.map(({ module, from }): Became => {
    const { name, fate, text } = module
    const made = { ...module.made, ...(module.processor === undefined ? {} : { PROCESSORS_FILE: 'processors.json' }) }
    file.make(made, [from])
    return { name, fate, text, ours: Object.keys(made) }
  })
  for (const { name, from, ...rest } of system.derive(old)) {
    if ('value' in rest) file.make({ [name]: rest.value }, from)
    else file.ask(name, rest.fill, from)
  }
  const lines = () => file.lines()
  const isElsewhere = lines().some(({ name }) => name === 'IDENTITY_PROVIDERS_FILE')
  for (const [name, fill] of NEEDED) if (!isElsewhere || !NEEDED_WITH_ENTRA.has(name)) file.ask(name, fill, [])
  const processors = named.flatMap(({ module }) => module.processor?.(old) ?? [])
  return { system, lines: lines(), processors, became: [...became, ...modules] }
}

type Taken = Pick<Became, 'ours' | 'fault'>

function take(file: LineFile, setting: OldSetting, name: string, old: OldValues): Taken {
  if (setting.fate !== 'converted' && setting.fate !== 'secret') return { ours: [] }
  const { ours } = setting
  const ask = (why: string) => {
    for (const one of ours) file.ask(one, `from ${name}: ${why}`, [name])
  }
  const vaulted = old.vaulted(name)
  if (vaulted !== undefined) {
    ask(`secret ${vaulted.secret} in the Key Vault ${vaulted.vault}`)
    return { ours }
  }
  if (setting.fate === 'secret') {
    ask('keep it in a Key Vault')
    return { ours }
  }
  const made = setting.convert(old.get(name) ?? '', old)
  if (typeof made === 'string') {
    ask(made)
    return { ours, fault: made }
  }
  const fault = file.make(made, [name])
  return { ours: Object.keys(made), ...(fault === undefined ? {} : { fault }) }
}

type LineFile = ReturnType<typeof lineFile>

function lineFile() {
  const values = new Map<string, { value: string; from: readonly string[] }>()
  const fills = new Map<string, { fill: string; from: readonly string[] }>()
  return {
    /** @returns whose word counts, where another one says otherwise */
    make(made: Made, from: readonly string[]): string | undefined {
      let fault: string | undefined
      for (const [name, value] of Object.entries(made)) {
        const before = values.get(name)
        if (!isWritable(value)) return 'it has a line break or every kind of quotation mark in it'
        if (before === undefined) values.set(name, { value, from })
        else if (LISTS.has(name))
          values.set(name, { value: union(before.value, value), from: [...before.from, ...from] })
        else if (before.value !== value)
          fault = `${name} is already set by ${before.from.join(', ')}, which says otherwise`
      }
      return fault
    },
    /** Only where nothing is set, or asked for before. */
    ask(name: string, fill: string, from: readonly string[]): void {
      if (!fills.has(name)) fills.set(name, { fill, from })
    },
    lines(): Line[] {
      const asked = [...fills].filter(([name]) => !values.has(name))
      return [...values, ...asked].map(([name, rest]) => ({ name, ...rest }))
    },
  }
}

/** In the file that is written, a value stands in one line, between quotation marks that are not in it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: what would begin another line
const isWritable = (value: string): boolean => !/[\u0000-\u001f\u007f]/.test(value) && quoteFor(value) !== undefined

const union = (one: string, other: string): string => [...new Set([...one.split(','), ...other.split(',')])].join(',')

/** The one that most of the settings are of. */
function systemOf(old: OldValues): OldSystem {
  const [first] = SYSTEMS.map((system) => {
    const found = old.names().map((name) => findSetting(system.settings, name))
    return { system, known: found.filter((one) => one !== undefined && one !== PLATFORM).length }
  }).sort((one, other) => other.known - one.known)
  if (first === undefined || first.known === 0)
    throw new Error(`no setting in it is known. Known are those of: ${SYSTEMS.map(({ title }) => title).join(', ')}`)
  return first.system
}

/** One of exactly that name, else one whose pattern fits. */
export function findSetting(settings: readonly OldSetting[], name: string): OldSetting | undefined {
  const key = keyOf(name)
  return (
    settings.find(({ names }) => names.some((one) => keyOf(one) === key)) ??
    settings.find(({ names }) => names.some((one) => patternOf(one).test(key)))
  )
}

function patternOf(name: string): RegExp {
  const parts = keyOf(name)
    .split('*')
    .map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.+')}$`)
}

function modulesOf(system: OldSystem, old: OldValues): { module: OldModule; from: string }[] {
  if (system.modules.length === 0) return []
  return MODULE_SETTINGS.flatMap((from) =>
    modulesIn(old.get(from) ?? '').map((name) => {
      const known = system.modules.find((module) => name.endsWith(`.${module.name}`) || name === module.name)
      return { from, module: known ?? { name, fate: 'no-counterpart' as const, text: 'a module of your own' } }
    }),
  )
}
