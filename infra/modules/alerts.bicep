// What somebody should look at: discovery that is not reached from outside, and what the services log of themselves.

@description('Short name of this installation.')
param name string
@description('Region.')
param location string
@description('Tags of all resources.')
param tags object
@description('Workspace of the logs.')
param workspaceId string
@description('Application Insights, for tests from outside.')
param componentId string
@description('Who is told; empty: nobody, alerts are only shown.')
param operatorEmail string
@description('Address that is asked from outside.')
param discoveryUrl string

var rules = loadJsonContent('../alerts.json')
var actions = empty(operatorEmail) ? [] : [people.id]

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-${name}'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: take(name, 12)
    enabled: true
    emailReceivers: empty(operatorEmail) ? [] : [{ name: 'operator', emailAddress: operatorEmail, useCommonAlertSchema: true }]
  }
}

resource outside 'Microsoft.Insights/webtests@2022-06-15' = {
  name: 'discovery-${name}'
  location: location
  tags: union(tags, { 'hidden-link:${componentId}': 'Resource' })
  kind: 'standard'
  properties: {
    SyntheticMonitorId: 'discovery-${name}'
    Name: 'discovery'
    Enabled: true
    Frequency: 300
    Timeout: 30
    Kind: 'standard'
    RetryEnabled: true
    Locations: [{ Id: 'emea-nl-ams-azr' }, { Id: 'us-va-ash-azr' }]
    Request: { RequestUrl: discoveryUrl, HttpVerb: 'GET' }
    ValidationRules: { ExpectedHttpStatusCode: 200, SSLCheck: true, SSLCertRemainingLifetimeCheck: 14 }
  }
}

resource unreachable 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'unreachable-${name}'
  location: 'global'
  tags: tags
  properties: {
    description: 'Discovery is not reached from outside: docs/operate.md'
    severity: 1
    enabled: true
    scopes: [outside.id, componentId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.WebtestLocationAvailabilityCriteria'
      webTestId: outside.id
      componentId: componentId
      failedLocationCount: 2
    }
    actions: [for action in actions: { actionGroupId: action }]
  }
}

resource logged 'Microsoft.Insights/scheduledQueryRules@2021-08-01' = [for rule in rules: {
  name: '${rule.name}-${name}'
  location: location
  tags: tags
  properties: {
    displayName: rule.name
    description: rule.description
    severity: rule.severity
    enabled: true
    scopes: [workspaceId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    // The table is there with the first line only.
    skipQueryValidation: true
    criteria: {
      allOf: [{ query: rule.query, timeAggregation: 'Count', operator: 'GreaterThan', threshold: rule.threshold }]
    }
    actions: { actionGroups: actions }
  }
}]
