import { availableParallelism } from 'node:os'

// One run covers unit, HTTP and browser tests. Node runs TypeScript by itself; Jest needs the same stripping as a transform.
export default {
  testEnvironment: 'node',
  testMatch: ['**/*.test.ts'],
  modulePathIgnorePatterns: ['/node_modules/', '/.data/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': './test/strip-types.cjs' },
  reporters: ['default', './test/closing-line.js'],
  // Jest leaves one core to itself, which on two cores runs everything in one process.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  testTimeout: 30_000,
  coverageProvider: 'v8',
  collectCoverageFrom: ['{smart,network,service,auth-server,proxy,consent-ui}/**/*.ts', '!**/*.test.ts', '!**/main.ts'],
  coverageReporters: ['text-summary', 'lcov'],
}
