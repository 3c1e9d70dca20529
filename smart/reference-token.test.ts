import { expect, test } from '@jest/globals'
import { handleOf, isHandle, openToken, sealToken } from './reference-token.ts'

const handle = handleOf('r'.repeat(32))
const token = `${'a'.repeat(40_000)}.${'b'.repeat(100)}.c`

test('AUTHZ-18: a handle is told from a signed token at a glance', () => {
  expect([isHandle(handle), isHandle(token), isHandle('ref_a.b.c')]).toEqual([true, false, false])
})

test('SEC-04: what is stored opens with its handle, and with no other', async () => {
  const row = await sealToken(token, handle, 1)
  expect(JSON.stringify(row)).not.toContain('aaaa')
  for (const part of [row.sealed, row.sealed2]) expect(part.length).toBeLessThan(32_768)
  expect(await openToken(row, handle)).toBe(token)
  expect(await openToken(row, handleOf('s'.repeat(32)))).toBeUndefined()
  expect(
    await openToken({ ...row, sealed: row.sealed.replace(/^./, (first) => (first === 'A' ? 'B' : 'A')) }, handle),
  ).toBeUndefined()
})
