// nginx passing everything on, where it is installed: what a proxy costs that does nothing else.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const TICKS_A_SECOND = 100

export type Nginx = { port: number; cpu(): Promise<number>; stop(): Promise<void> }

/** Undefined where there is none. */
export async function startNginx(upstreamUrl: string): Promise<Nginx | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'nginx-'))
  const port = await freePort()
  const conf = join(folder, 'nginx.conf')
  await writeFile(conf, configOf(folder, port, new URL(upstreamUrl).host))
  const child = spawn('nginx', ['-c', conf, '-p', folder], { stdio: 'ignore' })
  const isStarted = await once(child, 'spawn').then(
    () => true,
    () => false,
  )
  if (!isStarted) {
    await rm(folder, { recursive: true })
    return undefined
  }
  await accepts(port, child)
  return {
    port,
    cpu: () => cpuOf(child),
    async stop() {
      const gone = once(child, 'exit')
      // Not QUIT, which waits for connections that are kept.
      child.kill('SIGTERM')
      await gone
      await rm(folder, { recursive: true })
    },
  }
}

/** One process, which is the one that was started. */
function configOf(folder: string, port: number, upstream: string): string {
  return `
daemon off;
master_process off;
pid ${folder}/pid;
error_log ${folder}/error.log crit;
events { worker_connections 1024; }
http {
  access_log ${folder}/access.log;
  client_body_temp_path ${folder};
  proxy_temp_path ${folder};
  fastcgi_temp_path ${folder};
  uwsgi_temp_path ${folder};
  scgi_temp_path ${folder};
  upstream fhir { server ${upstream}; keepalive 64; }
  server {
    listen 127.0.0.1:${port};
    keepalive_requests 1000000;
    location / {
      proxy_pass http://fhir;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffers 64 16k;
    }
  }
}
`
}

/** Milliseconds of CPU that the process has used. */
async function cpuOf({ pid }: ChildProcess): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return ((Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND) * 1000
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** @throws when it ends before */
async function accepts(port: number, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    const socket = createConnection(port, '127.0.0.1')
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (isOpen) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`nginx ended with ${child.exitCode}`)
}
