/** Waits for what comes about by itself, turn by turn of the event loop; gives up with an error after some seconds. */
export async function until(condition: () => boolean, withinMilliseconds = 5_000): Promise<void> {
  const deadline = Date.now() + withinMilliseconds
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('did not happen')
    await new Promise((resolve) => setImmediate(resolve))
  }
}
