// One service. A new revision takes over when it says that it is well; the old one then drains.

@description('Its name, which azd knows it by.')
param name 'auth-server' | 'proxy'
@description('Region.')
param location string
@description('Tags of all resources.')
param tags object
@description('Where it runs.')
param environmentName string
@description('Where its image is.')
param registryServer string
@description('As whom it runs.')
param identityId string
@description('Its image; empty: none yet.')
param image string
@description('Least and most replicas.')
param replicas object
@description('Addresses that alone may ask it; none: everybody.')
param callers array
@description('Host name of the operator\'s own; empty: none.')
param domain string
@description('Certificate of that host name; empty: none.')
param certificateId string
@description('Vault of the secrets.')
param vaultUri string
@description('Secrets that it uses, by their names in the vault.')
param secrets string[]
@description('Secrets that it reads as files, /settings/{name}.json.')
param files string[]
@description('Its settings.')
param settings array
@description('Further ones, by name.')
param furtherSettings object

resource environment 'Microsoft.App/managedEnvironments@2025-01-01' existing = {
  name: environmentName
}

resource app 'Microsoft.App/containerApps@2025-01-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': name })
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identityId}': {} } }
  properties: {
    environmentId: environment.id
    workloadProfileName: 'Consumption'
    configuration: {
      activeRevisionsMode: 'Single'
      maxInactiveRevisions: 5
      registries: [{ server: registryServer, identity: identityId }]
      secrets: [for secret in secrets: {
        name: secret
        keyVaultUrl: '${vaultUri}secrets/${secret}'
        identity: identityId
      }]
      ingress: {
        external: true
        targetPort: empty(image) ? 80 : 8080
        transport: 'http'
        allowInsecure: false
        ipSecurityRestrictions: [for (caller, place) in callers: {
          name: 'caller-${place}'
          action: 'Allow'
          ipAddressRange: '${caller}/32'
        }]
        customDomains: empty(domain) ? [] : [{ name: domain, bindingType: 'SniEnabled', certificateId: certificateId }]
      }
    }
    template: {
      terminationGracePeriodSeconds: 40
      containers: [
        {
          name: name
          image: empty(image) ? 'mcr.microsoft.com/k8se/quickstart:latest' : image
          resources: { cpu: json('1.0'), memory: '2Gi' }
          env: concat(settings, furtherEnvironment)
          volumeMounts: empty(files) ? [] : [{ volumeName: 'settings', mountPath: '/settings' }]
          // The stand-in knows none of them.
          probes: empty(image) ? [] : [
            { type: 'Startup', httpGet: { path: '/health', port: 8080 }, periodSeconds: 2, failureThreshold: 60 }
            { type: 'Readiness', httpGet: { path: '/health', port: 8080 }, periodSeconds: 5, failureThreshold: 2 }
            { type: 'Liveness', tcpSocket: { port: 8080 }, periodSeconds: 10, failureThreshold: 3 }
          ]
        }
      ]
      volumes: empty(files) ? [] : [{ name: 'settings', storageType: 'Secret', secrets: mounted }]
      scale: {
        minReplicas: replicas.least
        maxReplicas: replicas.most
        rules: [{ name: 'http', http: { metadata: { concurrentRequests: '60' } } }]
      }
    }
  }
}

var furtherEnvironment = [for setting in items(furtherSettings): { name: setting.key, value: string(setting.value) }]
var mounted = [for file in files: { secretRef: file, path: '${file}.json' }]
