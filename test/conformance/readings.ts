// Where the guide leaves a choice, or says two things: what this system does, and why. Shown in docs/conformance.md.

export type Reading = { about: string; reading: string; why: string }

export const READINGS: readonly Reading[] = [
  {
    about: 'Backend services in discovery',
    reading: '`client_credentials` in `grant_types_supported`, and a `system/` scope among `scopes_supported`',
    why: 'there is no capability code for them',
  },
  {
    about: '`refresh_token` in `grant_types_supported`',
    reading: 'listed',
    why: 'the guide names two values only, OAuth clients look for the third',
  },
  {
    about: 'A missing or foreign `aud`',
    reading: '`invalid_request` by redirect, no code',
    why: 'the guide requires `aud` and names no error',
  },
  {
    about: 'Scopes that cannot be granted',
    reading: 'left out, and the answer says what was granted; refused only when nothing is left',
    why: 'apps ask for one set of scopes everywhere, and the guide lets a server do either',
  },
  {
    about: 'How long a launch id lives',
    reading: 'five minutes until an app claims it, then as long as that one request; a reload goes on',
    why: 'unspecified; a second factor takes its time',
  },
  {
    about: 'Another patient in a running session',
    reading: 'takes a new launch',
    why: 'the context of a grant never changes, so that no app mixes two charts',
  },
  {
    about: '`launch/patient` and `patient/` scopes',
    reading: 'one unit: people switch data off, not the fact whose data it is',
    why: 'a `patient/` scope without a patient means nothing',
  },
  {
    about: '`launch/encounter` where there is no visit',
    reading: 'the app goes on; neither `encounter` nor the scope is in the answer',
    why: 'what is granted is what was given',
  },
  {
    about: '`token_type`',
    reading: '`Bearer`',
    why: 'the guide spells it both ways, RFC 6750 this way',
  },
  {
    about: '`patient` in a refreshed answer',
    reading: 'always told again',
    why: 'optional in the guide; apps that keep nothing need it',
  },
  {
    about: '`system/` scopes with a person, `patient/` and `user/` scopes without one',
    reading: 'left out where others are usable, else `invalid_scope`',
    why: 'there is nobody whose reach would bound the second, and a person’s app is not a backend service',
  },
  {
    about: 'SMART 1 and SMART 2 scopes in one request',
    reading: 'both, each answered in its own form',
    why: 'apps are in between for years',
  },
  {
    about: '`fhirUser` without `openid`',
    reading: 'left out',
    why: 'it is a claim of the id_token, and without `openid` there is none',
  },
  {
    about: 'Fewer scopes at refresh',
    reading: 'the same or fewer; a part of a wildcard counts as fewer',
    why: '“strict subset” would refuse what most clients send',
  },
  {
    about: '`offline_access` and `online_access` together',
    reading: 'the longer one, when the person left it on',
    why: 'the guide does not say',
  },
  {
    about: '`typ` of a client assertion',
    reading: '`JWT`, or missing',
    why: 'many libraries leave it out, and nothing else of ours is signed by clients',
  },
  {
    about: '`aud` of a client assertion',
    reading: 'the token endpoint, alone; never the issuer',
    why: 'an assertion for one endpoint must not serve at another',
  },
  {
    about: 'A backend service that asks for more than it is registered for',
    reading: 'gets what is registered; nothing registered, or nothing asked: `invalid_scope`',
    why: 'the guide allows both',
  },
  {
    about: 'Who may introspect',
    reading: 'clients by their own credential, or bearers of a token of ours with `__introspect`',
    why: 'the guide names no scope and would let anyone ask',
  },
  {
    about: 'Content of search results without the letter `r`',
    reading: '`s` alone returns it',
    why: 'SMART 1 `read` has both, and the guide ties content to neither',
  },
]
