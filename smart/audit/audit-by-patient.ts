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
