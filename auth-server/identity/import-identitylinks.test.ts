// Each way a row of the older proxy's table may look, and what becomes of it (SEED-48).
import { describe, expect, test } from '@jest/globals'
import { importIdentityLinks } from './import-identitylinks.ts'

const TENANT = '7c0de5b1-3d1f-4c56-9d0e-0a5b6f2c1e10'
const OID = '11111111-aaaa-4aaa-8aaa-000000000001'
const NOW = Date.parse('2026-01-01T00:00:00Z')
const ROW = {
  PartitionKey: 'Patient',
  RowKey: `${TENANT}-${OID}`,
  LinkedResourceId: 'ana',
  ValidUntil: '2026-06-01T00:00:00Z',
}
const LINK = { account: { tid: TENANT, oid: OID }, person: 'Patient/ana', valid_until: '2026-06-01T00:00:00.000Z' }
const read = (...rows: unknown[]) => importIdentityLinks(JSON.stringify(rows), NOW)

test.each([
  ['as documented', {}, {}],
  ['with the type in the id', { LinkedResourceId: 'Patient/ana' }, {}],
  ['with ids in capitals', { RowKey: `${TENANT}-${OID}`.toUpperCase() }, {}],
  ['of a practitioner', { PartitionKey: 'Practitioner' }, { person: 'Practitioner/ana' }],
  ['of a related person', { PartitionKey: 'RelatedPerson' }, { person: 'RelatedPerson/ana' }],
  ['with an offset', { ValidUntil: '2026-06-01T02:00:00+02:00' }, {}],
  ['with ticks', { ValidUntil: '2026-06-01T00:00:00.0000000Z' }, {}],
  ['with a typed end', { ValidUntil: { value: '2026-06-01T00:00:00Z', type: 'DateTime' } }, {}],
])('a row %s becomes a link', (_name, changed, expected) => {
  expect(read({ ...ROW, ...changed })).toEqual({ links: [{ ...LINK, ...expected }], refused: [] })
})

test('a row without an end gets the usual one', () => {
  const { valid_until: _end, ...link } = LINK
  expect(read({ ...ROW, ValidUntil: undefined }).links).toEqual([link])
})

test.each([
  ['the object id alone', { RowKey: OID }, 'RowKey'],
  ['no GUIDs', { RowKey: `${'x'.repeat(36)}-${OID}` }, 'RowKey'],
  ['no key', { RowKey: undefined }, 'RowKey'],
  ['another type', { PartitionKey: 'PatientX' }, 'PartitionKey'],
  ['no record', { LinkedResourceId: '' }, 'LinkedResourceId'],
  ['a record that is a path', { LinkedResourceId: '../Practitioner/x' }, 'LinkedResourceId'],
  ['a record of another type', { LinkedResourceId: 'Practitioner/ana' }, 'another type'],
  ['an end that is over', { ValidUntil: '2025-01-01T00:00:00Z' }, 'over'],
  ['an end that is no instant', { ValidUntil: '1/6/2026' }, 'no instant'],
])('a row with %s is refused with the reason', (_name, changed, reason) => {
  const { links, refused } = read({ ...ROW, ...changed }, ROW)
  expect(links).toEqual([LINK])
  expect(refused).toHaveLength(1)
  expect(refused[0]?.reason).toContain(reason)
})

describe('forms of the export', () => {
  const [header, line] = [
    'PartitionKey,RowKey,Timestamp,LinkedResourceId,LinkedResourceId@type,ValidUntil,ValidUntil@type',
    `Patient,${ROW.RowKey},2025-06-01T00:00:00Z,ana,Edm.String,${ROW.ValidUntil},Edm.DateTime`,
  ]
  test.each([
    ['a JSON array', JSON.stringify([ROW])],
    ['OData', JSON.stringify({ 'odata.metadata': 'x', value: [ROW] })],
    ['the command line', JSON.stringify({ items: [ROW], nextMarker: {} })],
    ['CSV', `${header}\n${line}`],
    ['CSV with quotes, a byte order mark and CRLF', `\uFEFF${header}\r\n${line.replaceAll(/[^,]+/g, '"$&"')}\r\n`],
  ])('%s', (_name, text) => expect(importIdentityLinks(text, NOW)).toEqual({ links: [LINK], refused: [] }))
  test('a quoted comma and an empty cell stay in their places', () => {
    const text = 'Note,PartitionKey,RowKey,LinkedResourceId\n"a ""b"", c",Patient,,ana\n,Patient,,ana'
    expect(importIdentityLinks(text, NOW).refused.map(({ row }) => row)).toEqual(['Patient/', 'Patient/'])
  })
  test.each([['{}'], ['{'], ['a,b\n1,2'], ['']])('%j is refused as a whole', (text) => {
    expect(() => importIdentityLinks(text, NOW)).toThrow()
  })
})
