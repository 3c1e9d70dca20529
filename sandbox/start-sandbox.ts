// Starts a whole sandbox: data folder, then every service as a child process. `npm start` and the tests that cross folders use it.

import { resolve } from 'node:path'
import { prepareDataFolder } from './data-folder.ts'
import { findPortFault } from './ports.ts'
import { type LineSink, Service, startInOrder } from './service.ts'
import { PORT_COUNT, type SandboxUrls, sandboxUrls, serviceDefinitions } from './settings.ts'

export type SandboxOptions = {
  /** First of nine ports in a row. */
  portBase: number
  /** Host of the front door; one that is cross-site to localhost and 127.0.0.1. */
  host?: string
  dataFolder: string
  /** What people may choose, by the services' own names: OPERATOR_NAME, LOG_LEVEL, PRACTITIONER_REACH... */
  environment?: Record<string, string | undefined>
  /** Only these; all when absent. */
  services?: readonly string[]
  onLine?: LineSink
}

export type Sandbox = {
  urls: SandboxUrls
  /** Ends one service and starts it again; resolves when it answers. SIGKILL makes it a crash. */
  restart(name: string, signal?: NodeJS.Signals): Promise<void>
  /** Ends one service and leaves it down, until `restart`. */
  halt(name: string, signal?: NodeJS.Signals): Promise<void>
  /** Sends one service a signal that does not end it, such as SIGHUP. */
  signal(name: string, signal: NodeJS.Signals): void
  stop(): Promise<void>
}

/** Resolves when every service answers. @throws Error with one line; then nothing of it runs any more */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { portBase, host = '127.0.0.2', environment = {}, onLine = () => {} } = options
  const dataFolder = resolve(options.dataFolder)
  const urls = sandboxUrls({ portBase, host })
  await refuseTakenPorts(portBase, host)
  const secrets = await prepareDataFolder(dataFolder, urls)
  const services = serviceDefinitions({ portBase, host, dataFolder, secrets, environment })
    .filter(({ name }) => options.services?.includes(name) ?? true)
    .map((definition) => new Service({ ...definition, env: { ...present(environment), ...definition.env } }, onLine))

  const stop = async (): Promise<void> => {
    // Tables last: the others may still be writing to them.
    const isTables = (service: Service) => service.definition.name === 'tables'
    await Promise.all(services.filter((service) => !isTables(service)).map((service) => service.stop()))
    await Promise.all(services.filter(isTables).map((service) => service.stop()))
  }
  const getService = (name: string): Service => {
    const service = services.find(({ definition }) => definition.name === name)
    if (!service) throw new Error(`no service is named ${name}`)
    return service
  }
  try {
    await startInOrder(services)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    urls,
    stop,
    halt: (name, signal) => getService(name).stop(signal),
    signal: (name, signal) => getService(name).signal(signal),
    restart: async (name, signal) => {
      await getService(name).stop(signal)
      await getService(name).start()
    },
  }
}

async function refuseTakenPorts(portBase: number, host: string): Promise<void> {
  const ports = Array.from({ length: PORT_COUNT }, (_, offset) => portBase + offset)
  const faults = await Promise.all(ports.map((port) => findPortFault(port === portBase ? host : '127.0.0.1', port)))
  const fault = faults.find((one) => one !== undefined)
  if (fault === undefined) return
  const setting = fault.startsWith('this machine') ? 'SANDBOX_HOST' : 'SANDBOX_PORT'
  const range = `the sandbox needs ${portBase} to ${portBase + PORT_COUNT - 1}`
  throw new Error(`${fault} (${range}); set ${setting}, for example ${example(setting, portBase)}`)
}

function example(setting: string, portBase: number): string {
  return setting === 'SANDBOX_HOST'
    ? 'SANDBOX_HOST=127.0.0.1'
    : `SANDBOX_PORT=${portBase < 60_000 ? portBase + 100 : 4100} npm start`
}

function present(environment: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}
