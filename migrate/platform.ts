// Settings of Azure Functions and App Service, which tell nothing of what the app does.
import { notNeeded } from './old-setting.ts'

export const PLATFORM = notNeeded(
  [
    'AzureWebJobs*',
    'FUNCTIONS_*',
    'WEBSITE_*',
    'APPINSIGHTS_*',
    'APPLICATIONINSIGHTS_*',
    'ApplicationInsights*',
    'SCM_*',
    'ENABLE_ORYX_BUILD',
  ],
  'of the platform that the old system ran on',
)
