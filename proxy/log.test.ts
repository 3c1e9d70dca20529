import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'

/** Says one line, and then what is given. */
async function outputOf(then: string): Promise<string> {
  const script = `
    const { openLog } = await import(${JSON.stringify(join(import.meta.dirname, 'log.ts'))})
    openLog('info').info('said')
    ${then}
  `
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let text = ''
  child.stdout.on('data', (chunk) => {
    text += chunk
  })
  await new Promise((resolve) => child.on('close', resolve))
  return text
}

test.each([
  ['goes on until there is nothing to do', ''],
  ['is ended', 'process.exit(0)'],
  ['fails', 'throw new Error()'],
  [
    'is asked to stop',
    "process.once('SIGTERM', () => process.exit(0)); process.kill(process.pid, 'SIGTERM'); await new Promise((resolve) => setTimeout(resolve, 10_000))",
  ],
])('no line is lost when the process %s', async (_name, then) => {
  expect(JSON.parse(await outputOf(then))).toMatchObject({ name: 'proxy', level: 30, msg: 'said' })
})
