// Who the synthetic patients are and who cares for them. Names are invented.

export type RosterEntry = {
  id: string
  given: string
  family: string
  gender: 'female' | 'male' | 'other' | 'unknown'
  /** Whole years on the day the people are made for. */
  age: number
  /** Practitioner ids, one for each way of being in a panel. */
  generalPractitioner: string
  seenBy: string
  careTeam: string
  /** Where the birthday matters; else it is any day. */
  daysSinceBirthday?: number
}

type Row = readonly [
  given: string,
  family: string,
  gender: RosterEntry['gender'],
  age: number,
  care: CareKey,
  daysSinceBirthday?: number,
]

// Which clinician is who to a patient. Each row names general practitioner, encounter participant, care team member, so that
// a panel has members through one of the three only: dropping one way must lose patients visibly.
const CARE = {
  weiAll: ['wei-chen', 'wei-chen', 'wei-chen'],
  weiDoctor: ['wei-chen', 'grace-mbeki', 'grace-mbeki'],
  weiVisits: ['ivan-petrov', 'wei-chen', 'ivan-petrov'],
  weiTeam: ['ivan-petrov', 'ivan-petrov', 'wei-chen'],
  tomasDoctor: ['tomas-silva', 'sara-lindqvist', 'sara-lindqvist'],
  tomasVisits: ['sara-lindqvist', 'tomas-silva', 'sara-lindqvist'],
  tomasTeam: ['sara-lindqvist', 'sara-lindqvist', 'tomas-silva'],
  nora: ['nora-hale', 'nora-hale', 'nora-hale'],
  grace: ['grace-mbeki', 'grace-mbeki', 'sara-lindqvist'],
  ivan: ['ivan-petrov', 'omar-haddad', 'ivan-petrov'],
  omar: ['omar-haddad', 'omar-haddad', 'omar-haddad'],
} as const
type CareKey = keyof typeof CARE

const ROWS: readonly Row[] = [
  ['Ana', 'Ruiz', 'female', 41, 'weiAll'],
  ['Ben', 'Okafor', 'male', 57, 'nora'],
  ['Mateo', 'Lopez', 'male', 9, 'grace'],
  ['Lucia', 'Lopez', 'female', 6, 'grace'],
  ['Tomas', 'Silva', 'male', 49, 'nora'],
  ['Clara', 'Winters', 'female', 68, 'weiDoctor'],
  ['Idris', 'Kamara', 'male', 34, 'weiDoctor'],
  ['Hanna', 'Virtanen', 'female', 25, 'weiDoctor'],
  ['Rafael', 'Moreno', 'male', 73, 'weiVisits'],
  ['Aiko', 'Tanabe', 'female', 52, 'weiVisits'],
  ['Louis', 'Garnier', 'male', 15, 'weiVisits'],
  ['Esther', 'Nyambura', 'female', 80, 'weiTeam'],
  ['Pavel', 'Dvorak', 'male', 61, 'weiTeam'],
  ['Mina', 'Rahimi', 'female', 29, 'weiTeam'],
  ['George', 'Whitlock', 'male', 77, 'tomasDoctor'],
  ['Salma', 'Bennani', 'female', 45, 'tomasVisits'],
  ['Jonas', 'Eklund', 'male', 38, 'tomasTeam'],
  ['Olivia', 'Prescott', 'female', 31, 'nora'],
  ['Kofi', 'Asante', 'male', 66, 'nora'],
  ['Ines', 'Carvalho', 'female', 19, 'grace'],
  ['Daniel', 'Roth', 'male', 54, 'grace'],
  ['Yara', 'Haddad', 'female', 12, 'grace'],
  ['Sofia', 'Marchetti', 'female', 83, 'ivan'],
  ['Liam', 'Gallagher-Byrne', 'male', 22, 'ivan'],
  ['Priya', 'Raman', 'female', 36, 'ivan'],
  ['Samuel', 'Oyelaran', 'male', 47, 'ivan'],
  ['Greta', 'Holm', 'female', 70, 'omar'],
  ['Marek', 'Nowicki', 'male', 59, 'omar'],
  ['Robin', 'Ashdown', 'other', 27, 'omar'],
  ['Noor', 'Aziz', 'female', 4, 'omar'],
  ['Victor', 'Lindgren', 'male', 64, 'grace'],
  ['José', 'Peña', 'male', 43, 'ivan'],
  // 18 within weeks.
  ['Zoe', 'Marsh', 'female', 17, 'ivan', 340],
]

export const ROSTER: readonly RosterEntry[] = ROWS.map(([given, family, gender, age, care, daysSinceBirthday]) => ({
  id: speakingId(given, family),
  given,
  family,
  gender,
  age,
  generalPractitioner: CARE[care][0],
  seenBy: CARE[care][1],
  careTeam: CARE[care][2],
  ...(daysSinceBirthday === undefined ? {} : { daysSinceBirthday }),
}))

/** Patients that a practitioner is general practitioner of, sees, or is in the care team of. */
export function panelOf(practitionerId: string): string[] {
  return ROSTER.filter((one) => [one.generalPractitioner, one.seenBy, one.careTeam].includes(practitionerId)).map(
    (one) => one.id,
  )
}

/** `José Peña` becomes `jose-pena`: ids people can read. */
export function speakingId(...names: readonly string[]): string {
  const plain = names.join('-').normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
  return plain.replace(/[^a-z0-9]+/g, '-')
}
