// The same words where the data is not the reader's own: of a child, a patient, or all whose records a clinician may open.

/** Each text of the catalogue that speaks to "you", and what is said instead. */
const FOR_OTHERS: ReadonlyMap<string, string> = new Map([
  ['About you', 'About the person'],
  ['Your whole record, and new kinds of data added later', 'The whole record, and new kinds of data added later'],
  ['Family and helpers linked to you', 'Family and helpers linked to the person'],
  ['Other records that are about you', 'Other records that are about the person'],
  ['Worries you or your care team noted', 'Worries the person or the care team noted'],
  ['Health of your family', 'Health of the family'],
  ['What your doctors thought at the time', 'What doctors thought at the time'],
  ['Risks worked out for you', 'Risks worked out for the person'],
  ['Alerts on your record', 'Alerts on the record'],
  ['Medicines ordered for you', 'Medicines ordered'],
  ['Can show why you take them', 'Can show why they are taken'],
  ['Medicines you take', 'Medicines taken'],
  ['Medicines given to you during care', 'Medicines given during care'],
  ['Vaccines (shots) you may need next', 'Vaccines (shots) that may be needed next'],
  ['Checks of your vaccines (shots)', 'Checks of vaccines (shots)'],
  [
    'Lab tests, blood pressure, weight, forms you filled in; also smoking, alcohol, pregnancy, sexual orientation',
    'Lab tests, blood pressure, weight, forms filled in; also smoking, alcohol, pregnancy, sexual orientation',
  ],
  ['Forms you filled in', 'Forms filled in'],
  ['Your care team', 'The care team'],
  ['Tasks for your care', 'Tasks of care'],
  ['Supplies you were given', 'Supplies given'],
  ['Devices you use', 'Devices in use'],
  ['Settings of your devices', 'Settings of devices'],
  ['Studies you take part in', 'Studies the person takes part in'],
  ['Groups of people you belong to', 'Groups of people the person belongs to'],
  ['Lists kept in your record', 'Lists kept in the record'],
  ['Can mention anything in your record', 'Can mention anything in the record'],
  ['Messages with your care team', 'Messages with the care team'],
  ['Messages your care team planned', 'Messages the care team planned'],
  ['What your insurance covers', 'What insurance covers'],
  ['Contracts you signed', 'Contracts signed'],
  ['Your privacy choices', 'Privacy choices'],
  ['Who saw your data', 'Who saw the data'],
  ['Alerts set on your record', 'Alerts set on the record'],
  ['Names of doctors and nurses in your record', 'Names of doctors and nurses in the record'],
  ['Names of clinics in your record', 'Names of clinics in the record'],
  ['See your data when you are not using the app', 'See the data when you are not using the app'],
  ['See your data while you are signed in', 'See the data while you are signed in'],
])

/** Whose the data is, as seen by the reader. */
export type Reader = { own: boolean }

/** A label, a group's name or a hint, for this reader. A hint may be several texts, one after the other. */
export function wordsFor(text: string, reader: Reader): string {
  if (reader.own) return text
  return text
    .split('. ')
    .map((part) => FOR_OTHERS.get(part) ?? part)
    .join('. ')
}
