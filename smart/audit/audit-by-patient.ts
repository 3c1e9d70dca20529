// One access record for each patient whose records it tells of: who else was named with a patient is not the patient's to
// read. Pure.

import { type AccessRecord, isWrite } from './audit.ts'

/** Each with one patient; the last one without, where none was disclosed or not all are named. */
export function byPatient(record: AccessRecord): AccessRecord[] {
  const { disclosed, isCut = false } = record
  const patients = disclosed.flatMap(({ patient }) => patient ?? [])
  const nobodys = disclosed.filter(({ patient }) => patient === undefined)
  return [
    ...patients.map((patient) => ofPatient(record, patient)),
    ...(patients.length === 0 || isCut ? [{ ...record, disclosed: nobodys }] : []),
  ]
}

function ofPatient(record: AccessRecord, patient: string): AccessRecord {
  const { record: asked, actor, disclosed, isCut: _isCut, ...rest } = record
  const { patient: context, ...who } = actor
  const own = disclosed.filter((one) => one.patient === patient)
  // What was written is of everyone whom it names.
  const isOwn = isWrite(record.operation) || asked === `Patient/${patient}` || own.some((one) => one.record === asked)
  return {
    ...rest,
    actor: context === patient ? actor : who,
    ...(isOwn && asked !== undefined ? { record: asked } : {}),
    disclosed: own,
  }
}

/**
 * What was asked for beyond the scopes, in the patient's own launch: nothing was seen, and yet it is the patient's to know.
 * Scopes alone decide this, never what is there. In a clinician's launch it may have been about somebody else.
 */
export function attemptOn(record: AccessRecord): AccessRecord[] {
  const { record: asked, actor, outcome, reason, ...rest } = record
  const { patient, person = 'Practitioner' } = actor
  const isOwn = patient !== undefined && !person.startsWith('Practitioner')
  if (outcome !== 'denied' || reason !== 'insufficient-scope' || !isOwn) return []
  const own = asked === `Patient/${patient}` ? { record: asked } : {}
  return [{ ...rest, outcome, reason, actor, ...own, disclosed: [{ patient, types: {} }] }]
}
