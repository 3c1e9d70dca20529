// What the proxy owes before and after the FHIR server, one line each in our own words. Data only, like requirements.ts.
import { parseRequirements } from './requirement.ts'

const ENFORCEMENT = `
ENF-01 | MUST | Token first, then one known interaction, scope, patient; what is not known is denied and not sent | App launch; own order
ENF-02 | MUST | Decided on the parsed request, and that is what is sent; odd paths and method overrides are refused | own
ENF-03 | MUST | The app's token never goes upstream, nor headers that the FHIR server might trust | RFC 9700 2.3; own
ENF-04 | MUST | patient scopes are about the patient kept with the token; without one they permit nothing | Scopes
ENF-05 | MUST | user scopes reach as far as the person does: own or linked records, for clinicians by policy, none by default | Scopes; own default
ENF-06 | MUST | system scopes are for clients alone | Scopes; Backend services
ENF-07 | MUST | Each scope is judged with its own context; letters of one never join the patients of another | Scopes; own
ENF-08 | MUST | Each entry of each answer is judged again, and nothing tells that one was left out | own
ENF-09 | MUST | Another's record, one that does not exist and one that cannot be judged give the same answer | FHIR R4 security; own
ENF-10 | MUST | Links lead here; further pages belong to the grant that searched, and are judged like the first | own
ENF-11 | MUST | Texts of the FHIR server's errors are not passed on | own
ENF-12 | MUST | Formats that cannot be judged are refused | own
ENF-13 | MUST | A key given twice is refused in requests and withheld in answers; what is judged is what is sent | own
ENF-14 | SHOULD | Answers are kept by no cache | own
`

const INTERACTIONS = `
ENF-20 | MUST | Read: fetched, judged, then shown | own
ENF-21 | MUST | An old version is shown when it and the current one may be seen | own
ENF-22 | MUST | The history of a record: every version is judged before any is shown | own
ENF-23 | MUST | The history of a type is for system scopes without conditions | own
ENF-24 | MUST | The history of all needs system scopes on every type | own
ENF-25 | MUST | A search gets our condition beside the app's own | own
ENF-26 | MUST | _search is a search, in its query and its form, and never a create | own
ENF-27 | MUST | A search in a patient's compartment has that patient as one more condition; other compartments are refused | own
ENF-28 | MUST | A search over several types is for system scopes without conditions, on each type | own
ENF-29 | MUST | Search shows whole records by the letter s alone | own choice
ENF-30 | MUST | What is created is about the patient, and refers only to what its maker may see | own
ENF-31 | MUST | The condition of a create is a search, confined like one | own
ENF-32 | MUST | An update is judged on the stored and the new version, and bound to the one judged | own
ENF-33 | MUST | Nobody who may not see every record makes one by updating it | own
ENF-34 | MUST | A conditional update writes the one record found within reach, by its id | own
ENF-35 | MUST | A patch, by JSON Patch or FHIRPath Patch, is judged by what it makes of the stored version; what servers read otherwise is refused | own
ENF-36 | MUST | A conditional patch is as both | own
ENF-37 | MUST | A delete is judged on the stored version; a patient's own record stays | own
ENF-38 | MUST | A conditional delete removes one record found within reach, and no more | own
ENF-39 | MUST | Each entry of a batch is its own request | own
ENF-40 | MUST | One refused entry refuses a transaction before any of it is sent; conditions and references by a search are resolved before that | own
ENF-41 | MUST | The capability statement is for anyone | FHIR R4 capabilities
ENF-42 | MUST | Operations are refused unless they have a rule | own
ENF-43 | MUST | Patient everything, filtered by type | own
ENF-44 | MUST | Bulk export for system scopes | Bulk Data 2
ENF-45 | MUST | Validate, without telling what is stored | own
ENF-46 | MUST | Other operations: lastn and docref as searches, terminology by its types | own
ENF-47 | MUST | Binary is confined through the record that leads to it | own
ENF-48 | MUST | Records from which rights are derived, and security labels, are not written by whoever is confined | own
`

const SEARCH = `
ENF-60 | MUST | What is included needs its own scope and patient; what may not be seen is absent without a word | own
ENF-61 | MUST | What a chain goes through is searched for by itself, with its own scope and confined; only what is found stands in its place | own
ENF-62 | MUST | Free access paths around our condition are refused | own
ENF-63 | MUST | No sorting by what another record holds | own
ENF-64 | MUST | What is judged is always asked for, whatever elements the app wants | own
ENF-65 | MUST | A total is shown only where it counts what may be seen | own
ENF-66 | MUST | No search inside contained resources | own
ENF-67 | MUST | The condition of a scope is one more condition of the search, never joined with the app's; where one search cannot say all scopes, several are put together | own
ENF-68 | MUST | Codes match exactly, in any coding; a missing one does not | FHIR R4 search; own
ENF-69 | MUST | Unknown parameters and modifiers are refused, and the server must confirm our condition | own
ENF-70 | MUST | Modifiers on the patient never replace our condition | own
ENF-71 | SHOULD | Counts and page sizes get around nothing | own
`

const COMPARTMENT = `
ENF-80 | MUST | The compartment is data, compared with the published definition | FHIR R4 compartments
ENF-81 | MUST | Device and Task are confined as well | US Core; own
ENF-82 | MUST | Types about no patient are readable by whoever has their scope, and not writable; an operator names them | Scopes; g10
ENF-83 | MUST | An author or performer is not whom a record is about, unless an operator says so | own
ENF-84 | MUST | Groups, lists and links to other patients open nothing | Scopes
ENF-85 | MUST | A reference names the patient in four exact forms, and in no other | FHIR R4 references
ENF-86 | MUST | Provenance is visible when all that it is about is | US Core; own
ENF-87 | MUST | Where several patients can be named, the table says whether all must be within reach | own
`

export const ENFORCEMENT_GROUPS = [
  { title: 'Enforcement', requirements: parseRequirements(ENFORCEMENT) },
  { title: 'Interactions', requirements: parseRequirements(INTERACTIONS) },
  { title: 'Search parameters', requirements: parseRequirements(SEARCH) },
  { title: 'Whose record it is', requirements: parseRequirements(COMPARTMENT) },
] as const
