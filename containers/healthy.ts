// Ends well when the service in this container says that it is well: for HEALTHCHECK, in images that have no curl.

const [, , url = `http://127.0.0.1:${process.env.PORT}/health`] = process.argv
const status = await fetch(url, { signal: AbortSignal.timeout(2_500) }).then(
  (answer) => answer.status,
  () => 0,
)
process.exitCode = status === 200 ? 0 : 1
