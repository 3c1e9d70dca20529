/** Waits for what comes about by itself, turn by turn of the event loop; gives up with an error after some seconds. */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 5_000
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('did not happen')
    await new Promise((resolve) => setImmediate(resolve))
  }
}
