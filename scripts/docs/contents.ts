// The order of the documentation, and what each page is for: to learn, to do, to look up, to understand.

export type Section = { title: string; pages: readonly string[] }

/** Names of files in docs/, without their ending. */
export const CONTENTS: readonly Section[] = [
  { title: 'Tutorials', pages: ['first-launch', 'register-an-app', 'write-a-processor', 'go-to-production'] },
  {
    title: 'How to',
    pages: [
      'sandbox',
      'connect-an-ehr',
      'connect-entra-id',
      'connect-a-fhir-server',
      'deploy-to-azure',
      'run-in-containers',
      'api-management',
      'operate',
      'operate-by-pages',
      'operate-keys',
      'check-and-back-up',
      'role-mode',
      'consent-opt-out',
      'explain-decisions',
      'leak-kit',
      'migrate',
    ],
  },
  {
    title: 'Reference',
    pages: [
      'endpoints',
      'settings',
      'reference',
      'processors',
      'change-events',
      'audit',
      'telemetry',
      'who-saw-my-data',
      'pages',
      'performance',
      'conformance',
    ],
  },
  { title: 'Explanation', pages: ['architecture', 'security-model', 'peers'] },
]
