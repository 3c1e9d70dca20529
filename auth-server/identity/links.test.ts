// Links: who may act as which record, until when, and never anyone else.
import { beforeEach, describe, expect, test } from '@jest/globals'
import { memoryStore } from '../storage/memory.ts'
import { type Account, subjectOf } from './account.ts'
import { type Links, linkStore } from './links.ts'
import { parseLinks, seedLinks } from './links-file.ts'

const TENANT = '7c0de5b1-3d1f-4c56-9d0e-0a5b6f2c1e10'
const oid = (last: number) => `11111111-aaaa-4aaa-8aaa-00000000000${last}`
const [ana, ben]: [Account, Account] = [
  { tid: TENANT, oid: oid(1) },
  { tid: TENANT, oid: oid(2) },
]
const citizen: Account = { iss: 'https://login.test', sub: 'c' }
const DAY = 24 * 3600 * 1000
const END = new Date(10 * DAY).toISOString()

let time: number
let links: Links
beforeEach(() => {
  time = DAY
  links = linkStore(
    memoryStore(() => time),
    () => time,
  )
})
const recordsOf = async (account: Account) => (await links.of(subjectOf(account))).map(({ record }) => record).sort()
const put = (account: Account, record: string, validUntil = END) => links.put({ account, record, validUntil })

test('SEED-47: an account may have many records, and a record many accounts', async () => {
  await put(ana, 'Patient/ana')
  await put(ana, 'RelatedPerson/ana-for-carl')
  await put(citizen, 'Patient/ana')
  expect(await recordsOf(ana)).toEqual(['Patient/ana', 'RelatedPerson/ana-for-carl'])
  expect((await links.ofRecord('Patient/ana')).map(({ account }) => account)).toEqual(
    expect.arrayContaining([ana, citizen]),
  )
})

test('nobody’s link gives another account anything, under either spelling', async () => {
  await put(ana, 'Patient/ana')
  expect(await recordsOf(ben)).toEqual([])
  expect(await links.find(subjectOf(ben), 'Patient/ana')).toBeUndefined()
  expect(await recordsOf({ iss: 'https://login.test', sub: oid(1) })).toEqual([])
})

test('unlinking one leaves the other', async () => {
  await put(ana, 'Patient/ana')
  await put(ben, 'Patient/ana')
  expect(await links.remove(subjectOf(ana), 'Patient/ana')).toBe(true)
  expect(await links.remove(subjectOf(ana), 'Patient/ana')).toBe(false)
  expect(await recordsOf(ana)).toEqual([])
  expect((await links.ofRecord('Patient/ana')).map(({ account }) => account)).toEqual([ben])
})

test('SEED-47: an expired link gives nothing, wherever one looks', async () => {
  await put(ana, 'Patient/ana')
  time = 10 * DAY
  expect(await recordsOf(ana)).toEqual([])
  expect(await links.ofRecord('Patient/ana')).toEqual([])
  expect(await links.find(subjectOf(ana), 'Patient/ana')).toBeUndefined()
})

test('a new end keeps the beginning, and a link after its end begins anew', async () => {
  const first = await put(ana, 'Patient/ana')
  time = 2 * DAY
  expect((await put(ana, 'Patient/ana', new Date(20 * DAY).toISOString())).since).toBe(first.since)
  time = 30 * DAY
  expect((await put(ana, 'Patient/ana', new Date(40 * DAY).toISOString())).since).not.toBe(first.since)
})

describe('LINKS_FILE', () => {
  const file = [
    { tid: TENANT, oid: oid(1).toUpperCase(), personas: ['Patient/ana', 'Practitioner/ana'] },
    { iss: 'https://login.test', sub: 'c', personas: ['Patient/carl'], valid_until: '1970-01-05T00:00:00Z' },
  ]
  const seed = () => seedLinks(links, parseLinks(file), END)

  test('is written where there is no such link', async () => {
    await seed()
    expect(await recordsOf(ana)).toEqual(['Patient/ana', 'Practitioner/ana'])
    expect(await recordsOf(citizen)).toEqual(['Patient/carl'])
  })
  test('does not bring back what was removed through the API', async () => {
    await seed()
    await links.remove(subjectOf(ana), 'Patient/ana')
    await seed()
    expect(await recordsOf(ana)).toEqual(['Practitioner/ana'])
  })
  test('does not bring back what has ended', async () => {
    await seed()
    time = 5 * DAY
    await seed()
    expect(await recordsOf(citizen)).toEqual([])
  })
  test('does not change the end of a link that is there', async () => {
    await put(ana, 'Patient/ana', new Date(3 * DAY).toISOString())
    await seed()
    expect(await links.find(subjectOf(ana), 'Patient/ana')).toMatchObject({ validUntil: '1970-01-04T00:00:00.000Z' })
  })
  test.each([
    ['no account', { personas: ['Patient/a'] }],
    ['half an account', { tid: TENANT, personas: ['Patient/a'] }],
    ['an account twice', { tid: TENANT, oid: oid(1), iss: 'https://login.test', sub: 'x', personas: [] }],
    ['ids that are no GUIDs', { tid: 'common', oid: oid(1), personas: ['Patient/a'] }],
    ['another type', { tid: TENANT, oid: oid(1), personas: ['Organization/a'] }],
    ['an absolute reference', { tid: TENANT, oid: oid(1), personas: ['https://fhir.test/Patient/a'] }],
    ['a path', { tid: TENANT, oid: oid(1), personas: ['Patient/..'] }],
    ['an end that is no instant', { tid: TENANT, oid: oid(1), personas: [], valid_until: 'soon' }],
    ['nothing', null],
  ])('refuses %s, naming the place and no account', (_name, entry) => {
    const faulty = () => parseLinks([file[0], entry])
    expect(faulty).toThrow('link 1')
    expect(faulty).not.toThrow(TENANT)
  })
  test('must be an array', () => expect(() => parseLinks({})).toThrow('array'))
})
