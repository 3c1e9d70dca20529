// Reporter: closes the run with one plain line that a build can read.
export default class ClosingLine {
  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites
    const skipped = results.numPendingTests + results.numTodoTests
    // Written after Jest's own summary, hence at exit.
    process.once('exit', () => {
      const line = `${results.numPassedTests} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}\n`
      process.stdout.write(line)
    })
  }
}
