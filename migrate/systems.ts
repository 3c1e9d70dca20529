// The systems before this one.
import { AZURE_SMART_PROXY } from './azure-smart-proxy.ts'
import { FHIR_PROXY } from './fhir-proxy.ts'
import type { OldSystem } from './old-setting.ts'
import { SAMPLES } from './samples.ts'

export const SYSTEMS: readonly OldSystem[] = [FHIR_PROXY, AZURE_SMART_PROXY, SAMPLES]
