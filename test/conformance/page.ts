// The page docs/conformance.md: requirements, the tests that show them, and how the guide is read where it leaves a choice.
import { READINGS } from './readings.ts'
import { type TestResult, tableOf, testsById } from './report.ts'
import type { RequirementGroup } from './requirement.ts'

export function conformancePage(groups: readonly RequirementGroup[], results: readonly TestResult[]): string {
  const byId = testsById(results)
  const all = groups.flatMap(({ requirements }) => requirements)
  const taken = all.filter(({ notTaken }) => notTaken === undefined).length
  return `# Conformance

What SMART App Launch 2.2, the standards below it and this project's rules of enforcement ask, and the tests that show it. Made by \`npm run conformance\`, which
runs the tests and fails when a requirement has none or one that fails; not to be edited by hand.

${taken} of ${all.length} requirements are taken; the others say why not. A test that names no requirement is not in here.
Sources without a number are pages of [SMART App Launch 2.2](https://hl7.org/fhir/smart-app-launch/STU2.2/); g10 is
45 CFR 170.315(g)(10); own is a decision of this project where no text forces one.

${groups.map((group) => tableOf(group, byId)).join('\n')}
## Where the guide leaves a choice

| About | What this system does | Why |
|---|---|---|
${READINGS.map(({ about, reading, why }) => `| ${about} | ${reading} | ${why} |`).join('\n')}
`
}
