// Search parameters that ask for what a de-identified record does not show: whoever may search by a name finds out whose
// record it is.

import { RESOURCE_TYPES, searchParametersOf } from '../../../smart/fhir/resource-types.ts'

/** Of dates, codes and contacts; all others that look at texts are found among R4's by their type. */
const NAMED =
  /identifier|telecom|phone|email|birthdate|subscriber|udi|phonetic|near$|^_(text|content|filter|query|typeFilter)$/

const TEXTS: ReadonlySet<string> = new Set(
  RESOURCE_TYPES.flatMap((type) =>
    [...searchParametersOf(type)].filter(([, kind]) => kind === 'string' || kind === 'special').map(([name]) => name),
  ),
)

/** @param name with its modifiers, chains and `_has`: `subject:Patient.name`; or a key of `_sort` */
export function isIdentifying(name: string): boolean {
  return name.split(/[.:]/).some((part) => TEXTS.has(part) || NAMED.test(part))
}
