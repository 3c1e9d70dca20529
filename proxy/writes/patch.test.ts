import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { applyPatch } from 'rfc6902'
import { patched } from './patch.ts'

const record = () => ({
  subject: { reference: 'Patient/a' },
  performer: [{ display: 'one' }, { display: 'two' }, { display: 'three' }],
})
const resultOf = (...operations: object[]) => patched(record(), operations)

describe('ENF-35: a patch is judged only when all readers of it agree', () => {
  test.each<[string, object]>([
    ['a prototype', { op: 'add', path: '/subject/__proto__/reference', value: 'Patient/b' }],
    ['a constructor', { op: 'replace', path: '/subject/constructor/reference', value: 'Patient/b' }],
    ['an escape', { op: 'add', path: '/sub~0ject', value: 1 }],
    ['an escape that is none', { op: 'add', path: '/a~2', value: 1 }],
    ['a leading zero', { op: 'remove', path: '/performer/00' }],
    ['the whole record', { op: 'replace', path: '', value: {} }],
    ['a missing value', { op: 'add', path: '/status' }],
    ['a member that means nothing', { op: 'remove', path: '/status', from: '/subject' }],
  ])('malformed: %s', (_name, operation) =>
    expect(resultOf(operation)).toMatchObject({ ok: false, reason: 'malformed' }),
  )

  test.each<[string, object]>([
    ['no such element', { op: 'replace', path: '/performer/3', value: 1 }],
    ['behind the end', { op: 'add', path: '/performer/4', value: 1 }],
    ['behind the end, by a move', { op: 'move', from: '/performer/0', path: '/performer/3' }],
    ['the end, for what must be there', { op: 'replace', path: '/performer/-', value: 1 }],
    ['a member of an array', { op: 'remove', path: '/performer/length' }],
    ['what every object inherits', { op: 'remove', path: '/subject/toString' }],
    ['an index of an object', { op: 'add', path: '/subject/0', value: 1 }],
    ['into itself', { op: 'move', from: '/subject', path: '/subject/x' }],
    ['whose indexes shift on the way', { op: 'move', from: '/performer/0', path: '/performer/1/x' }],
    ['another value', { op: 'test', path: '/subject/reference', value: 'Patient/b' }],
  ])('does not apply: %s', (_name, operation) =>
    expect(resultOf(operation)).toMatchObject({ ok: false, reason: 'does-not-apply' }),
  )

  test('copies of copies are bounded', () => {
    const doubling = Array.from({ length: 60 }, () => ({ op: 'copy', from: '/performer', path: '/performer/-' }))
    expect(resultOf(...doubling)).toMatchObject({ ok: false, reason: 'does-not-apply' })
  })
  test('what is copied is no part of what it came from', () => {
    const copied = resultOf(
      { op: 'copy', from: '/subject', path: '/focus' },
      { op: 'replace', path: '/focus/reference', value: 'x' },
    )
    expect(copied).toMatchObject({ resource: { subject: { reference: 'Patient/a' }, focus: { reference: 'x' } } })
  })

  test('what is accepted, a library for RFC 6902 makes the same of', () => {
    const path = fc.constantFrom(
      ...['/subject', '/subject/reference', '/performer', '/performer/-', '/focus', '/focus/x'],
      ...[0, 1, 2, 3].flatMap((at) => [`/performer/${at}`, `/performer/${at}/display`]),
    )
    const one = fc.oneof(
      fc.record({ op: fc.constantFrom('add', 'replace', 'test'), path, value: fc.constantFrom('one', { x: 1 }, [1]) }),
      fc.record({ op: fc.constant('remove'), path }),
      fc.record({ op: fc.constantFrom('move', 'copy'), from: path, path }),
    )
    fc.assert(
      fc.property(fc.array(one, { maxLength: 6 }), (operations) => {
        const ours = patched(record(), operations)
        if (!ours.ok) return
        const theirs = record()
        expect(applyPatch(theirs, operations as Parameters<typeof applyPatch>[1]).filter(Boolean)).toEqual([])
        expect(ours.resource).toEqual(theirs)
      }),
      { numRuns: 2_000 },
    )
  })
})
