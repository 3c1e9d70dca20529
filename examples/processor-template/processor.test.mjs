// node_modules/.bin/node --test examples/processor-template/*.test.mjs
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tryProcessor } from '../../proxy/processors/testing.ts'
import processor from './processor.mjs'

const settings = { types: ['Immunization'] }
/** What the proxy and the FHIR server behind it would answer. */
const behind = () => ({
  body: {
    resourceType: 'Bundle',
    type: 'searchset',
    entry: [
      { resource: { resourceType: 'Patient', id: '1' } },
      { resource: { resourceType: 'Immunization', id: '2' } },
    ],
  },
})

test('a closed type is refused, and the FHIR server never sees the request', async () => {
  const trial = await tryProcessor(processor, { settings })
  for (const path of [
    'Immunization?patient=1',
    'Immunization/1',
    'Patient?_has:Immunization:patient:status=completed',
  ]) {
    const { status, passed } = await trial.send({ method: 'GET', path }, behind)
    assert.deepEqual([status, passed], [403, []])
  }
})

test('records of a closed type do not come along with others', async () => {
  const trial = await tryProcessor(processor, { settings })
  const { body } = await trial.send({ method: 'GET', path: 'Patient/1/$everything' }, behind)
  assert.deepEqual(JSON.parse(body).entry, [{ resource: { resourceType: 'Patient', id: '1' } }])
  assert.deepEqual(trial.errors, [])
})

test('a setting that it does not know stops the start', async () => {
  await assert.rejects(tryProcessor(processor, { settings: { type: 'Immunization' } }), /type/)
})
