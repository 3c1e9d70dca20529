// The EHR's side of the launch API: the launch context for an opaque, single-use id, and the chart's end.

import { z } from 'zod'
import type { IssuerApi } from './issuer-api.ts'

/** Body of `POST {issuer}/launch`. */
export type LaunchRequest = {
  client_id: string
  patient?: string
  encounter?: string
  need_patient_banner: boolean
  smart_style_url?: string
  intent?: string
  fhirContext?: readonly object[]
  tenant?: string
  user?: { tid: string; oid: string }
}

const SCOPE = '__launch'
const opened = z.object({ launch: z.string().min(1), id: z.string().min(1) })

export class LaunchClient {
  readonly #api: IssuerApi

  constructor(api: IssuerApi) {
    this.#api = api
  }

  /** Opens a chart for an app. `launch` is for the app, `id` for the EHR alone. @throws IssuerRefused */
  open(launch: LaunchRequest): Promise<{ launch: string; id: string }> {
    return this.#api.call(SCOPE, 'POST', '/launch', opened, launch)
  }

  /** Closes a chart: what apps hold on it ends. @throws IssuerRefused */
  async close(id: string): Promise<void> {
    await this.#api.call(SCOPE, 'DELETE', `/launches/${encodeURIComponent(id)}`, z.undefined())
  }
}
