// Preloaded into each child process: when the sandbox is gone, however it went, its services go too and free their ports.
import cluster from 'node:cluster'

// Workers of a service end with it.
if (!cluster.isWorker) {
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
  process.channel?.unref()
}
