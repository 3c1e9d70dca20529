// The forms in which configurations are exported.
import { describe, expect, test } from '@jest/globals'
import { readSettings } from './read-settings.ts'

const read = (text: string) => Object.fromEntries(readSettings(text))

describe('SEED-80: settings are read', () => {
  test.each<[string, string, Record<string, string>]>([
    [
      'az functionapp config appsettings list',
      '[{"name":"FS-URL","slotSetting":false,"value":"u"},{"name":"B","value":null}]',
      { 'FS-URL': 'u' },
    ],
    ['az rest …/config/appsettings/list', '{"id":"x","properties":{"FS-URL":"u"}}', { 'FS-URL': 'u' }],
    ['local.settings.json', '{"IsEncrypted":false,"Values":{"FS-URL":"u"}}', { 'FS-URL': 'u' }],
    [
      'appsettings.json',
      '{"FhirServer":{"Security":{"Enabled":true,"PrincipalClaims":["iss","oid"]}}}',
      {
        'FhirServer:Security:Enabled': 'true',
        'FhirServer:Security:PrincipalClaims:0': 'iss',
        'FhirServer:Security:PrincipalClaims:1': 'oid',
      },
    ],
    [
      'a file of parameters',
      '{"$schema":"s","parameters":{"count":{"value":3},"more":{"value":{"a:b":"c"}},"none":{}}}',
      { count: '3', 'more:a:b': 'c' },
    ],
    [
      'a secret of a file of parameters',
      '{"parameters":{"p":{"reference":{"keyVault":{"id":"/a/vaults/kv"},"secretName":"s"}}}}',
      { p: '@Microsoft.KeyVault(VaultName=kv;SecretName=s)' },
    ],
    [
      'lines, with a mark of their encoding',
      '\uFEFF# remark\nexport FP-HOST="h.test"\nFhirServer:Security:Enabled=false\n',
      { 'FP-HOST': 'h.test', 'FhirServer:Security:Enabled': 'false' },
    ],
  ])('%s', (_name, text, expected) => expect(read(text)).toEqual(expected))
})

test.each([
  ['nothing', ''],
  ['an empty list', '[]'],
  ['no lines of settings', 'hello'],
  ['broken JSON', '{"FS-SECRET":"not-a-real-secret"'],
])('%s is refused, without a word of what is in it', (_name, text) => {
  const fault = () => read(text)
  expect(fault).toThrow(/^holds no settings$|^is not JSON$/)
})
