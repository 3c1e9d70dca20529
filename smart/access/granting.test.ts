import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { grantableScopes } from './granting.ts'

const REGISTERED = 'openid fhirUser launch launch/patient offline_access patient/*.rs user/Observation.rs'

test.each([
  ['containment', 'patient/Observation.r', true, 'patient/Observation.r', []],
  ['v1 form is kept', 'patient/*.read', true, 'patient/*.read', []],
  ['more letters than registered', 'patient/Observation.cruds', true, '', ['not-registered']],
  ['another context than registered', 'user/Patient.rs', true, '', ['not-registered']],
  [
    'granular inside a type',
    'user/Observation.rs?category=laboratory',
    true,
    'user/Observation.rs?category=laboratory',
    [],
  ],
  [
    'system in a person’s flow',
    'system/*.rs patient/Patient.r',
    true,
    'patient/Patient.r',
    ['system-in-a-persons-flow'],
  ],
  ['launch without a launch', 'launch patient/Patient.r', false, 'patient/Patient.r', ['no-launch']],
  ['fhirUser without openid', 'fhirUser patient/Patient.r', true, 'patient/Patient.r', ['needs-openid']],
  ['junk', 'patient/Nope.r patient/Patient.rc __launch', true, '', ['unknown', 'unknown', 'unknown']],
  ['not registered technical scope', 'launch/encounter openid', true, 'openid', ['not-registered']],
  ['twice', 'openid openid', true, 'openid', []],
  ['too long', `openid ${'x'.repeat(33_000)}`, true, '', ['too-long']],
])('SCP-12, AUTHZ-20: %s', (_name, requested, hasLaunch, granted, reasons) => {
  const { scopes, dropped } = grantableScopes(requested, REGISTERED, hasLaunch)
  expect(scopes.join(' ')).toBe(granted)
  expect(dropped.map(({ reason }) => reason)).toEqual(reasons)
})

test('SCP-12: never more than was asked for, whatever is registered', () => {
  const scope = fc.constantFrom(
    'openid',
    'launch',
    'patient/*.rs',
    'patient/Patient.r',
    'user/*.cruds',
    'system/*.rs',
    'x',
    '__launch',
  )
  const list = fc.array(scope).map((scopes) => scopes.join(' '))
  fc.assert(
    fc.property(list, list, fc.boolean(), (requested, registered, hasLaunch) => {
      const asked = requested.split(' ')
      const { scopes, dropped } = grantableScopes(requested, registered, hasLaunch)
      expect(scopes.every((one) => asked.includes(one))).toBe(true)
      expect(new Set([...scopes, ...dropped.map((one) => one.scope)]).size).toBe(new Set(asked.filter(Boolean)).size)
    }),
  )
})
