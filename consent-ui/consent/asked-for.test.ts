// What people are asked: every kind of data in one row, every deed a question, and texts that come back as they went.
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { isDated } from '../../smart/access/look-back.ts'
import { narrow, READABLE_TYPES, splitScope } from '../../smart/access/narrowing.ts'
import { dataRowWords } from '../words/data-rows.ts'
import { askedFor, chosenTexts } from './asked-for.ts'
import { comesAlong, findRow, ROWS } from './row-table.ts'

const HL7 = 'http://terminology.hl7.org/CodeSystem'
const LAB = `patient/Observation.rs?category=${HL7}/observation-category|laboratory`

describe('rows', () => {
  test('each kind of data that a wildcard shows has a name', () => {
    const whole = askedFor(['patient/*.cruds'])
    const nameless = [...whole.rows, ...whole.deeds.flatMap(({ rows }) => rows)].filter(({ row }) => row === undefined)
    expect(nameless.flatMap(({ texts }) => texts)).toEqual([])
    for (const type of READABLE_TYPES.filter((one) => !['Observation', 'Condition'].includes(one)))
      expect([type, findRow(type) !== undefined || comesAlong(type)]).toEqual([type, true])
  })

  test('a limit in time holds for all of a row or for none of it', () => {
    for (const { id, members } of ROWS) {
      const types = members.map((member) => member.split(':')[0] ?? '')
      // A file follows its note; calendars of clinics come along.
      const dated = new Set(types.filter((type) => type !== 'Binary' && !comesAlong(type)).map(isDated))
      expect([id, dated.size]).toEqual([id, 1])
    }
  })

  test('no two rows read the same on one page', () => {
    for (const lang of ['en', 'es'] as const) {
      const { rows } = dataRowWords(lang)
      const labels = askedFor(['patient/*.rs']).rows.map(({ row }) => row && rows[row].label)
      expect(new Set(labels).size).toBe(labels.length)
    }
  })

  test('SCP-15, SCP-16: categories are rows of their own, and what only the whole type holds is one', () => {
    const { rows } = askedFor(['patient/Observation.rs'])
    expect(rows.map(({ row }) => row)).toEqual([
      'lab',
      'vitals',
      'imaging',
      'otherTests',
      'otherResults',
      'social',
      'needs',
      'forms',
    ])
    expect(rows[0]?.texts).toEqual([LAB])
  })

  test('what a row’s name would say too much of has a row of its own', () => {
    const { rows } = askedFor([
      'patient/Observation.rs?code=http://loinc.org|4548-4',
      'patient/Observation.rs?category=a,b',
    ])
    expect(rows.map(({ row }) => row)).toEqual([undefined, undefined])
  })

  test('SEED-19, SEED-23: technical scopes are no question, names of clinics come along', () => {
    const asked = askedFor(['openid', 'fhirUser', 'launch/patient', 'offline_access', 'patient/Practitioner.rs'])
    expect([asked.rows, asked.deeds, asked.along.length]).toEqual([[], [], 1])
  })

  test('adding, changing and deleting are a question each, of everyone’s records by themselves', () => {
    const { deeds } = askedFor(['patient/Goal.cruds', 'patient/Task.cu', 'user/Goal.d'])
    expect(deeds.map(({ id, rows }) => [id, rows.map(({ row }) => row)])).toEqual([
      ['patient.c', ['plans', 'orders']],
      ['patient.u', ['plans', 'orders']],
      ['patient.d', ['plans']],
      ['user.d', ['plans']],
    ])
  })
})

describe('chosen', () => {
  const textsOf = (scopes: readonly string[]) => {
    const { rows, deeds } = askedFor(scopes)
    return [...rows, ...deeds.flatMap((deed) => deed.rows)].flatMap(({ texts }) => texts)
  }
  const scope = fc.oneof(
    fc.constantFrom(
      'patient/*.rs',
      'patient/*.cruds',
      'patient/Observation.rs',
      'user/Condition.read',
      'patient/Goal.*',
    ),
    fc.constantFrom('patient/Observation.r', LAB, 'patient/Binary.rs', 'patient/Practitioner.rs', 'openid'),
  )

  test('every row on gives the request back', () => {
    fc.assert(
      fc.property(fc.uniqueArray(scope, { maxLength: 4 }), (scopes) => {
        const chosen = chosenTexts(askedFor(scopes), new Set(textsOf(scopes)))
        expect(narrow(scopes, chosen)).toEqual(scopes)
      }),
    )
  })

  test('SCP-12: nothing that was not asked for comes of any text', () => {
    fc.assert(
      fc.property(fc.uniqueArray(scope, { maxLength: 4 }), fc.array(fc.oneof(scope, fc.string())), (scopes, posted) => {
        const granted = narrow(scopes, chosenTexts(askedFor(scopes), new Set(posted)))
        const all = narrow(scopes, new Set(scopes))
        const wholes = scopes.flatMap((text) => splitScope(text) ?? [])
        for (const text of granted) {
          const isPart = wholes.some((whole) => narrow([whole.text], new Set([text])).includes(text))
          expect(all.includes(text) || isPart).toBe(true)
        }
      }),
    )
  })

  test('without its rest a whole is not the whole', () => {
    const some = textsOf(['patient/Condition.rs']).filter((text) => !text.endsWith('#rest'))
    const chosen = chosenTexts(askedFor(['patient/Condition.rs']), new Set(some))
    expect(narrow(['patient/Condition.rs'], chosen)).toEqual(some)
  })
})
