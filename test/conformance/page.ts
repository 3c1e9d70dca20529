// The page docs/conformance.md: requirements, the tests that show them, and how the guide is read where it leaves a choice.
import { READINGS } from './readings.ts'
import { type TestResult, tableOf, testsById } from './report.ts'
import type { RequirementGroup } from './requirement.ts'

/** `standard`: what texts and our own rules ask. `older`: what the systems before this one offer. */
export type Parts = { standard: readonly RequirementGroup[]; older: readonly RequirementGroup[] }

export function conformancePage({ standard, older }: Parts, results: readonly TestResult[]): string {
  const byId = testsById(results)
  const tables = (groups: readonly RequirementGroup[]) => groups.map((group) => tableOf(group, byId)).join('\n')
  return `# Conformance

What is asked of this system, and the tests that show it. Made by \`npm run conformance\`, which runs the tests and fails when a requirement has none or one that fails; not to be edited by hand.
A test that names no requirement is not in here.

## Part one: the standard

What SMART App Launch 2.2, the standards below it and this project's rules of enforcement ask. ${takenOf(standard)}
Sources without a number are pages of [SMART App Launch 2.2](https://hl7.org/fhir/smart-app-launch/STU2.2/); g10 is
45 CFR 170.315(g)(10); own is a decision of this project where no text forces one.

${tables(standard)}
### Where the guide leaves a choice

| About | What this system does | Why |
|---|---|---|
${READINGS.map(({ about, reading, why }) => `| ${about} | ${reading} | ${why} |`).join('\n')}

## Part two: three older systems

What the FHIR Proxy, the SMART proxy of Azure API for FHIR and the SMART samples for Azure Health Data Services offer, or should. ${takenOf(older)}
What becomes of each of their settings is in [Come from an older system](migrate.md).

${tables(older)}
`
}

function takenOf(groups: readonly RequirementGroup[]): string {
  const all = groups.flatMap(({ requirements }) => requirements)
  const taken = all.filter(({ notTaken }) => notTaken === undefined).length
  return `${taken} of ${all.length} requirements are taken; the others say why not.`
}
