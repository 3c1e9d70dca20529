// The steps that the FHIR Proxy could take before and after a request, each by the class that its settings named.
import type { OldModule, Processor } from './old-setting.ts'
import type { OldValues } from './old-values.ts'
import { listOf, urlOf } from './values.ts'

/** The settings that named them. */
export const MODULE_SETTINGS = ['FP-PRE-PROCESSOR-TYPES', 'FP-POST-PROCESSOR-TYPES'] as const

export const FHIR_PROXY_MODULES: readonly OldModule[] = [
  {
    name: 'ParticipantFilterPostProcess',
    fate: 'converted',
    text: '`PRACTITIONER_REACH=panel`, of the two kinds of record that it looked at. Writes and searches by POST count too',
    made: { PRACTITIONER_REACH: 'panel', PANEL_SOURCES: 'general-practitioner,encounter' },
  },
  {
    name: 'ConsentOptOutFilter',
    fate: 'converted',
    text: '`CONSENT_OPT_OUT_CATEGORY`, as `FP-MOD-CONSENT-OPTOUT-CATEGORY` says. Administrators stay exempt',
    made: { CONSENT_OPT_OUT_EXEMPT: 'Administrator' },
  },
  {
    name: 'PublishFHIREventPostProcess',
    fate: 'converted',
    text: '`EVENTS`, in the six fields of old. No event is lost, and each changed record of a bundle has one',
    made: { EVENTS: 'event-hubs', EVENTS_FORM: 'six-fields' },
  },
  {
    name: 'DateSortPostProcessor',
    fate: 'converted',
    text: 'the processor [date-sort](processors.md#date-sort), for a FHIR server that cannot sort so itself',
    processor: () => ({ use: 'date-sort' }),
  },
  {
    name: 'ProfileValidationPreProcess',
    fate: 'converted',
    text: 'the processor [profile-validation](processors.md#profile-validation). Only errors refuse, and entries of bundles are looked at',
    processor: profileValidation,
  },
  {
    name: 'PublishFHIRResponseToBlobPostProcessor',
    fate: 'by-hand',
    text: 'the processor [blob-copy](processors.md#blob-copy), with the address of a container',
  },
  {
    name: 'TransformBundlePreProcess',
    fate: 'by-hand',
    text: 'transactions are passed on whole. For a FHIR server without them: the processor [transaction-to-batch](processors.md#transaction-to-batch)',
  },
  { name: 'EverythingPatientPreProcess', fate: 'not-needed', text: '`$everything` is built in' },
  { name: 'ONCExportPreProcess', fate: 'not-needed', text: 'bulk export is built in' },
  { name: 'ONCExportPostProcess', fate: 'not-needed', text: 'bulk export is built in' },
  {
    name: 'FHIRCDSSyncAgentPostProcess2',
    fate: 'no-counterpart',
    text: 'let a function of yours read the change events and fill the queue of Dataverse',
  },
  { name: 'SamplePreProcess', fate: 'not-needed', text: 'it did nothing' },
  { name: 'SamplePostProcess', fate: 'not-needed', text: 'it did nothing' },
  { name: 'CDSServicesAdvertisement', fate: 'no-counterpart', text: 'a demonstration of CDS Hooks' },
  { name: 'CovidVaccineStatusCDSHook', fate: 'no-counterpart', text: 'a demonstration of CDS Hooks' },
]

/** Without a validator's address the proxy does not start: better than records that nobody looks at. */
function profileValidation(old: OldValues): Processor {
  const seconds = Number(old.get('FS_TIMEOUT_SECS'))
  return {
    use: 'profile-validation',
    settings: {
      url: urlOf(old.get('FP-MOD-FHIRVALIDATION-URL') ?? '') ?? '',
      policyFile: old.get('FP-MOD-FHIRVALIDATION-POLICY-FILE') ?? 'profile_enforce_policy.json',
      ...(seconds > 0 && seconds <= 120 ? { timeoutSeconds: seconds } : {}),
    },
  }
}

/** Classes that a list names, without minutes of caching. Some scripts wrote semicolons. */
export function modulesIn(value: string): string[] {
  return listOf(value).map((one) => one.replace(/:.*$/, ''))
}

/** Also where nobody can say, because the lists lie in a Key Vault or are not there. */
export function hasModule(old: OldValues, name: string): boolean {
  const lists = MODULE_SETTINGS.map((setting) => old.get(setting)).filter((value) => value !== undefined)
  return lists.length === 0 || lists.some((value) => modulesIn(value).some((one) => one.endsWith(name)))
}
