import { describe, expect, test } from '@jest/globals'
import { mayBeOf, optOutsOf, withheldFrom } from './opt-out.ts'

const BASES = ['https://a/fhir', 'http://up/r4']
const category = { system: 'http://loinc.org', code: '59284-0' }
const now = new Date('2026-06-01T00:00:00Z')
const actor = (...references: string[]) => references.map((reference) => ({ role: {}, reference: { reference } }))
const consent = (provision: object | undefined, more: object = {}) => ({
  resourceType: 'Consent',
  status: 'active',
  category: [{ coding: [category] }],
  patient: { reference: 'Patient/ana' },
  provision,
  ...more,
})

function isWithheld(consents: readonly unknown[], ...actors: string[]): boolean {
  return withheldFrom(optOutsOf(consents, { category, bases: BASES }, now), {
    ever: new Set(actors),
    now: new Set(actors),
  }).has('ana')
}

describe('SEED-51: from whom records are withheld', () => {
  test.each<[string, object | undefined, string[], boolean]>([
    ['no actor: from everyone', { type: 'deny' }, ['Practitioner/wei'], true],
    ['from clients that act for themselves too', { type: 'deny' }, [], true],
    ['the named one', { type: 'deny', actor: actor('Practitioner/wei') }, ['Practitioner/wei'], true],
    [
      'by an absolute reference',
      { type: 'deny', actor: actor('http://up/r4/Practitioner/wei') },
      ['Practitioner/wei'],
      true,
    ],
    ['not others', { type: 'deny', actor: actor('Practitioner/wei') }, ['Practitioner/nora'], false],
    ['a longer id is another', { type: 'deny', actor: actor('Practitioner/wei') }, ['Practitioner/wei2'], false],
    [
      'by role or organization',
      { type: 'deny', actor: actor('Organization/ward') },
      ['Practitioner/wei', 'Organization/ward'],
      true,
    ],
    [
      'an actor that cannot be read: everyone',
      { type: 'deny', actor: [{ reference: { display: 'Dr Wei' } }] },
      ['Practitioner/nora'],
      true,
    ],
    [
      'a team, whose members are not known here: everyone',
      { type: 'deny', actor: actor('CareTeam/x') },
      ['Practitioner/nora'],
      true,
    ],
    ['a permit withholds nothing', { type: 'permit' }, ['Practitioner/wei'], false],
    ['no provision neither', undefined, ['Practitioner/wei'], false],
    ['in its period', { type: 'deny', period: { start: '2026' } }, [], true],
    ['an open end', { type: 'deny', period: { start: '2020-01-01' } }, [], true],
    ['over', { type: 'deny', period: { end: '2026-05-31' } }, [], false],
    ['not yet', { type: 'deny', period: { start: '2027' } }, [], false],
    ['a period that cannot be read withholds', { type: 'deny', period: { end: 'soon' } }, [], true],
    ['limited to some data: all of it', { type: 'deny', class: [{ code: 'Observation' }] }, [], true],
    [
      'an exception for one',
      { type: 'deny', provision: [{ type: 'permit', actor: actor('Practitioner/wei') }] },
      ['Practitioner/wei'],
      false,
    ],
    [
      'which is none for others',
      { type: 'deny', provision: [{ type: 'permit', actor: actor('Practitioner/wei') }] },
      ['Practitioner/nora'],
      true,
    ],
    [
      'an exception under a condition is none',
      { type: 'deny', provision: [{ type: 'permit', actor: actor('Practitioner/wei'), purpose: [{ code: 'TREAT' }] }] },
      ['Practitioner/wei'],
      true,
    ],
    [
      'an exception that is over',
      { type: 'deny', provision: [{ type: 'permit', actor: actor('Practitioner/wei'), period: { end: '2020' } }] },
      ['Practitioner/wei'],
      true,
    ],
    [
      'an exception for everyone is not believed',
      { type: 'deny', provision: [{ type: 'permit' }] },
      ['Practitioner/wei'],
      true,
    ],
    [
      'a deny within a permit',
      { type: 'permit', provision: [{ type: 'deny', actor: actor('Practitioner/wei') }] },
      ['Practitioner/wei'],
      true,
    ],
    [
      'a deny within an exception',
      {
        type: 'deny',
        actor: actor('Practitioner/x'),
        provision: [
          {
            type: 'permit',
            actor: actor('Organization/ward'),
            provision: [{ type: 'deny', actor: actor('Practitioner/wei') }],
          },
        ],
      },
      ['Practitioner/wei', 'Organization/ward'],
      true,
    ],
  ])('%s', (_name, provision, actors, expected) => {
    expect(isWithheld([consent(provision)], ...actors)).toBe(expected)
  })
  test.each([
    ['inactive', { status: 'inactive' }],
    ['entered in error', { status: 'entered-in-error' }],
    ['a draft', { status: 'draft' }],
    ['of another category', { category: [{ coding: [{ ...category, code: '1' }] }] }],
    ['of the same code elsewhere', { category: [{ coding: [{ ...category, system: 'http://x' }] }] }],
    ['of nobody', { patient: { display: 'Ana' } }],
    ['no consent', { resourceType: 'Contract' }],
  ])('%s: does not count', (_name, more) => expect(isWithheld([consent({ type: 'deny' }, more)])).toBe(false))
  test('what is over excepts nobody, and withholds still', () => {
    const actors = { ever: new Set(['Practitioner/wei', 'Organization/ward']), now: new Set(['Practitioner/wei']) }
    const of = (provision: object) =>
      withheldFrom(optOutsOf([consent(provision)], { category, bases: BASES }, now), actors).has('ana')
    expect(of({ type: 'deny', provision: [{ type: 'permit', actor: actor('Organization/ward') }] })).toBe(true)
    expect(of({ type: 'deny', actor: actor('Organization/ward') })).toBe(true)
  })
  test('the most restrictive of several wins', () => {
    const open = consent({ type: 'permit' })
    const one = consent({ type: 'deny', actor: actor('Practitioner/wei') })
    expect(isWithheld([open, one, open], 'Practitioner/wei')).toBe(true)
    expect(isWithheld([open, one, open], 'Practitioner/nora')).toBe(false)
  })
})

describe('SEED-51: whose records they are', () => {
  const ana = new Set(['ana'])
  test.each<[string, unknown, boolean]>([
    ['the patient', { resourceType: 'Patient', id: 'ana' }, true],
    ['another', { resourceType: 'Patient', id: 'bob' }, false],
    ['by subject', { resourceType: 'Observation', subject: { reference: 'Patient/ana' } }, true],
    [
      'absolute, with a version',
      { resourceType: 'Task', for: { reference: 'https://a/fhir/Patient/ana/_history/2' } },
      true,
    ],
    ['at any depth', { resourceType: 'Group', member: [{ entity: { reference: 'Patient/ana' } }] }, true],
    ['in what is contained', { resourceType: 'List', contained: [{ subject: { reference: 'Patient/ana' } }] }, true],
    ['a longer id', { resourceType: 'Observation', subject: { reference: 'Patient/anabel' } }, false],
    ['nobody', { resourceType: 'Organization', id: 'ana' }, false],
    ['a file, of which nothing is known', { resourceType: 'Binary', id: 'x' }, true],
    [
      'about nobody, of some record',
      { resourceType: 'Linkage', item: [{ resource: { reference: 'Observation/1' } }] },
      true,
    ],
    [
      'about another, of some record',
      { resourceType: 'Observation', subject: { reference: 'Patient/bob' }, encounter: { reference: 'Encounter/1' } },
      false,
    ],
    [
      'about nobody, of what all share',
      { resourceType: 'Provenance', target: [{ reference: 'Practitioner/1' }] },
      false,
    ],
  ])('%s', (_name, resource, expected) => expect(mayBeOf(resource, ana, BASES)).toBe(expected))
})
