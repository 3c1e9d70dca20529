// Says plainly what is missing where no Node came with the packages (macOS): older versions cannot even read the sources.
const [major = 0] = process.versions.node.split('.').map(Number)
if (major < 24) {
  console.error(
    `Node 24 or later is needed here, this is ${process.versions.node}: install it from nodejs.org and start again.`,
  )
  process.exit(1)
}
