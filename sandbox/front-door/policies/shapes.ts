// The policy elements of API Management that we use: where each may stand, with which attributes and children, in which order
// (Azure API Management policy reference). An element, attribute or place that does not stand here is refused.

export const SECTIONS = ['inbound', 'backend', 'outbound', 'on-error'] as const
export type Section = (typeof SECTIONS)[number]

export type Shape = {
  /** Sections in which it may stand by itself; none: only within its parent. */
  sections?: readonly Section[]
  /** By name: needed, or not. */
  attributes?: Readonly<Record<string, 'needed' | 'optional'>>
  /** In this order. `policies`: any policy of the section. */
  children?: readonly string[] | 'policies'
  /** Whether text is what it is about. */
  hasText?: true
}

const ALL = SECTIONS

export const SHAPES: Readonly<Record<string, Shape>> = {
  policies: { children: SECTIONS },
  inbound: { children: 'policies' },
  backend: { children: 'policies' },
  outbound: { children: 'policies' },
  'on-error': { children: 'policies' },
  base: { sections: ALL },
  choose: { sections: ALL, children: ['when', 'otherwise'] },
  when: { attributes: { condition: 'needed' }, children: 'policies' },
  otherwise: { children: 'policies' },
  'return-response': { sections: ALL, children: ['set-status', 'set-header', 'set-body'] },
  'set-status': { attributes: { code: 'needed', reason: 'optional' } },
  'set-header': { sections: ALL, attributes: { name: 'needed', 'exists-action': 'optional' }, children: ['value'] },
  value: { hasText: true },
  'set-body': { hasText: true },
  cors: {
    sections: ['inbound'],
    attributes: { 'allow-credentials': 'optional', 'terminate-unmatched-request': 'optional' },
    children: ['allowed-origins', 'allowed-methods', 'allowed-headers', 'expose-headers'],
  },
  'allowed-origins': { children: ['origin'] },
  'allowed-methods': { attributes: { 'preflight-result-max-age': 'optional' }, children: ['method'] },
  'allowed-headers': { children: ['header'] },
  'expose-headers': { children: ['header'] },
  origin: { hasText: true },
  method: { hasText: true },
  header: { hasText: true },
  'rate-limit-by-key': {
    sections: ['inbound'],
    attributes: { calls: 'needed', 'renewal-period': 'needed', 'counter-key': 'needed' },
  },
  'validate-jwt': {
    sections: ['inbound'],
    attributes: {
      'header-name': 'needed',
      'failed-validation-httpcode': 'optional',
      'require-scheme': 'needed',
      'require-expiration-time': 'needed',
      'require-signed-tokens': 'needed',
      'clock-skew': 'optional',
    },
    children: ['openid-config', 'audiences', 'issuers'],
  },
  'openid-config': { attributes: { url: 'needed' } },
  audiences: { children: ['audience'] },
  audience: { hasText: true },
  issuers: { children: ['issuer'] },
  issuer: { hasText: true },
  'cache-lookup': {
    sections: ['inbound'],
    attributes: {
      'vary-by-developer': 'needed',
      'vary-by-developer-groups': 'needed',
      'downstream-caching-type': 'optional',
    },
    children: ['vary-by-header'],
  },
  'vary-by-header': { hasText: true },
  'cache-store': { sections: ['outbound'], attributes: { duration: 'needed' } },
  'set-backend-service': { sections: ['inbound'], attributes: { 'base-url': 'needed' } },
  'forward-request': {
    sections: ['backend'],
    attributes: { timeout: 'optional', 'follow-redirects': 'optional', 'buffer-response': 'optional' },
  },
}
