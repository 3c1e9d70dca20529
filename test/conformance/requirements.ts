// What SMART App Launch 2.2 and the standards below it ask of this system, one line each in our own words. Data only: the
// report in docs/conformance.md and the run that fills it are made from this.
import { ENFORCEMENT_GROUPS } from './enforcement.ts'
import { parseRequirements } from './requirement.ts'

const DISCOVERY = `
DISC-01 | MUST | The configuration document is at the FHIR base plus /.well-known/smart-configuration, for anyone | Conformance
DISC-02 | MUST | It is application/json whatever the Accept header says | Conformance
DISC-03 | MUST | All endpoints in it are absolute URLs | Conformance
DISC-04 | MUST | issuer and jwks_uri come with single sign-on | Conformance
DISC-05 | MUST | It names the authorization endpoint | Conformance
DISC-06 | MUST | It names the token endpoint | Conformance
DISC-07 | MUST | It says which grant types work, backend services among them | Conformance
DISC-08 | MUST | Capabilities name what is switched on and nothing else | Conformance
DISC-09 | MUST | S256 is the only PKCE method offered | Conformance
DISC-10 | MAY | It lists the ways in which clients authenticate | Conformance; Asymmetric
DISC-11 | MUST | RS384 and ES384 are offered for client assertions | Asymmetric
DISC-12 | SHOULD | Each scope that it lists can be had | Conformance
DISC-13 | SHOULD | The only response type is code | Conformance
DISC-14 | SHOULD | The management, introspection and revocation endpoints are named and answer | Conformance
DISC-15 | MAY | A registration endpoint is named only where clients may register themselves | Conformance
DISC-16 | MAY | No associated endpoints, and never the withdrawn app state member | Conformance
DISC-17 | SHOULD | Brand bundle and identifier are named where an operator has them | Conformance
DISC-18 | MUST | Any web page may read the document and the capability statement | App launch
DISC-19 | MUST | Browsers reach FHIR routes from any origin, and our token endpoints from registered ones | App launch; own header lists
DISC-20 | MUST | The issuer is that of id_tokens, and its OpenID configuration resolves | OpenID Discovery 4; Scopes
DISC-21 | SHOULD | The authorization server publishes the same as OAuth metadata | RFC 8414 3
DISC-22 | MUST | The capability statement carries the older SMART security extension, with the same addresses | g10; Conformance
DISC-23 | MUST | No upstream address is in the capability statement | own
`

const AUTHORIZATION = `
AUTHZ-01 | MUST | The authorization endpoint treats GET and POST alike | App launch
AUTHZ-02 | MUST | Any response type but code is refused by redirect | App launch; RFC 6749 4.1.2.1
AUTHZ-03 | MUST | An unknown client or redirect URI is told on a page, never by redirect | App launch; RFC 9700 2.1
AUTHZ-04 | MUST | A request names its scopes and state, and state comes back as it was sent | App launch; own refusal
AUTHZ-05 | MUST | A request names our FHIR base as its audience, or gets no code | App launch
AUTHZ-06 | MAY | resource means the same as aud, and the two may not differ | App launch; RFC 8707
AUTHZ-07 | MUST | Every client uses PKCE with S256 | App launch; RFC 7636 4.3
AUTHZ-08 | MUST | A code challenge has the form of a SHA-256 digest | RFC 7636 4.2
AUTHZ-09 | MUST | The launch id comes back as the EHR gave it; a standalone request has none | App launch
AUTHZ-10 | MUST | A parameter given twice is refused | RFC 6749 3.1
AUTHZ-11 | MUST | Refusals are told to the app with the standard's code and its state | RFC 6749 4.1.2.1
AUTHZ-12 | SHOULD | Each answer to the app names who it is from | RFC 9207
AUTHZ-13 | MUST | A code lives a minute and is good for the client, redirect and verifier that it was made for | App launch; RFC 6749 4.1.2
AUTHZ-14 | MUST | A code used twice ends what the first use gave | RFC 6749 4.1.2
AUTHZ-15 | MUST | Forms are answered with 303, so that nothing entered is posted on | RFC 9700 4.12
AUTHZ-16 | MUST | Nothing in a request chooses where a browser is sent but a registered redirect URI | RFC 9700 4.11
AUTHZ-17 | MUST | A request for one patient's data never ends without that patient known | Scopes
AUTHZ-18 | SHOULD | Long scope strings work: 8 kB in a URL, 32 kB in a form, and tokens stay short | Scopes
AUTHZ-19 | MAY | Unknown parameters are ignored; nonce, prompt and max_age work | Scopes; RFC 6749 3.1
AUTHZ-20 | MUST | Scopes that cannot be had are left out; only when none is left is the request refused | Scopes; own choice
AUTHZ-21 | MUST | People read each scope in plain words and switch off what they like, and just that is gone | Best practices; Scopes
AUTHZ-22 | MUST | The consent form is bound to browser and request, cannot be framed and is not kept | RFC 9700 4.16; own
AUTHZ-23 | MUST | Who does not share sends the app access_denied | RFC 6749 4.1.2.1
AUTHZ-24 | MUST | A sign-in ends in the browser that began it, and its tokens are for nobody else | RFC 9700 2.1; own
`

const EHR_LAUNCH = `
EHR-01 | MUST | An EHR opens the app's launch URL with iss and launch, and keeps the query that is there | App launch
EHR-02 | MUST | Only a registered launch URL is launched | App launch
EHR-03 | MUST | A launch id is unguessable and bound to chart, person and app | App launch; own
EHR-04 | MUST | A launch id that is unknown, ended, used or another app's gives no code | own
EHR-05 | MUST | Only the person launched for, or one who may open the patient, can finish a launch | own
EHR-06 | MUST | The launch scope and the launch id mean nothing without each other | App launch; own
EHR-07 | MUST | A launch that names no patient asks for one before patient scopes are granted | Scopes
EHR-08 | MAY | In an EHR launch, a wish for patient or visit does not override the open chart | Scopes
EHR-09 | SHOULD | An app may be opened in a frame; pages of ours only where the operator names the EHR | App launch; own
EHR-10 | MUST | Only an authenticated EHR opens a launch; it vouches for its clinician, anyone else needs the own reach | own
`

const CONTEXT = `
CTX-01 | SHOULD | launch/patient gives a patient | Scopes
CTX-02 | MUST | Any patient scope gives a patient too, without launch/patient | Scopes
CTX-03 | MUST | Patients get their own record, representatives choose among theirs, clinicians among those they may open | own
CTX-04 | MUST | What a form says was chosen is checked again | own
CTX-05 | SHOULD | launch/encounter offers the visits of the chosen patient and no others | Scopes; own
CTX-06 | MAY | Further launch/ scopes for other types | Scopes | No app that we know of asks for them; the scope is dropped and the rest of the request goes on. An EHR gives other context by fhirContext.
CTX-07 | MUST | Giving up, or having no record, ends in access_denied with the reason | own
CTX-08 | MUST | No patient is ever given whom the person cannot open, and the grant keeps who was chosen | own
`

const TOKEN = `
TOK-01 | MUST | The token endpoint takes posted forms alone | App launch
TOK-02 | MUST | A code is redeemed with its redirect URI, its verifier and its client | App launch
TOK-03 | MUST | A verifier that does not fit, or is missing, is refused | App launch; RFC 7636 4.6
TOK-04 | MUST | The answer has the token, its type, lifetime and scope | App launch
TOK-05 | MUST | Answers and refusals are kept by no cache | App launch
TOK-06 | SHOULD | Access tokens live an hour for apps and five minutes for backend services | App launch; Backend
TOK-07 | MUST | The answer's scope is what was granted | App launch; RFC 6749 5.1
TOK-08 | MUST | patient is a plain id, and stays the same at refresh and introspection | Scopes
TOK-09 | MUST | encounter is a plain id | Scopes
TOK-10 | MUST | Each item of fhirContext refers to something | Scopes
TOK-11 | SHOULD | A fhirContext item without a reference says its type | Scopes
TOK-12 | MUST | A role in fhirContext is a URI and never empty | Scopes
TOK-13 | MUST | Patient and visit are in fhirContext only in another role | Scopes
TOK-14 | MUST | Banner, intent, style and tenant have the types of the guide | Scopes
TOK-15 | MUST | A style is readable by anyone, and changed content has a new address | Scopes; own
TOK-16 | MUST | Members and scopes of our own begin with two underscores | Scopes
TOK-17 | MUST | Refusals are the standard's codes with the standard's status | RFC 6749 5.2
TOK-18 | MUST | A token is for our FHIR base, and the proxy takes no other | App launch; RFC 9700 2.3
TOK-19 | MAY | authorization_details for several servers | App launch | Experimental, and there is one FHIR server behind this system.
TOK-20 | SHOULD | A token fits into a header: a long one is a handle | Scopes
TOK-21 | MUST | Nothing of an earlier grant shows in a later token | own
`

const SCOPES = `
SCP-01 | MUST | Letters come in the order of cruds, once each, at least one | Scopes
SCP-02 | MUST | read, write and * are read as whole words before letters | Scopes
SCP-03 | SHOULD | SMART 1 scopes mean their letters and are answered as they were asked | Scopes
SCP-04 | MUST | Each letter allows its interactions and no others | Scopes
SCP-05 | MUST | Scopes add up; the wider one swallows the narrower | Scopes
SCP-06 | MUST | Types are known ones, in their own spelling, or the wildcard | Scopes
SCP-07 | MUST | A condition counts for every letter of its scope, reading by id as well | Scopes
SCP-08 | MUST | A condition that we cannot judge is never granted, nor dropped from its scope | own
SCP-09 | MAY | Modifiers, chains and _filter in scopes are refused | Scopes
SCP-10 | MUST | patient, user and system scopes each stay within their reach, and lend none to one another | Scopes
SCP-11 | MUST | Writing is not reading | Scopes; own
SCP-12 | MUST | Nothing is granted beyond request, registration, policy and consent together | RFC 6749 3.3; own
SCP-13 | MUST | Linked Patient records are not followed: a scope is for the record in context alone | Scopes
SCP-14 | MUST | Scopes may be asked for in their URI form | Scopes
SCP-15 | MUST | The Condition categories of US Core can be asked for and shared | g10
SCP-16 | MUST | The Observation categories of US Core can be asked for and shared | g10
SCP-17 | MUST | People share a part of what is asked, by type and by category | g10
SCP-18 | MUST | A scope string is split at spaces and decoded once | RFC 6749 3.3
`

const IDENTITY = `
OID-01 | MUST | openid and fhirUser give an id_token with the absolute URL of the person's record | Scopes
OID-02 | MUST | id_tokens are signed with RS256, carry the standard's claims and verify with published keys | Scopes; OpenID Core 2
OID-03 | MUST | The record that fhirUser names can be read with the token; without a record there is no fhirUser | Scopes; g10
OID-04 | MUST | A person's sub stays the same, is nobody else's and is no address | OpenID Core 2
OID-05 | MAY | UserInfo, the claims parameter and request objects | Scopes | Off: all that an app needs of a person is in the id_token, and each would be one more way to reach it.
`

const REFRESH = `
REF-01 | MUST | offline_access outlives the sign-in, online_access ends with it, and neither gives no refresh token | Scopes; own
REF-02 | MUST | A refresh token is of one client, and a client with a credential shows it | App launch
REF-03 | MUST | A refresh gives the same or less, never more | App launch
REF-04 | MUST | Each use gives at least three more months | g10
REF-05 | MUST | Refresh tokens rotate; reuse ends them, a retry within seconds does not | RFC 9700 4.14; Best practices
REF-06 | MUST | Who takes access back ends it within the hour | g10
REF-07 | MUST | Clients revoke their own tokens and learn nothing of others | RFC 7009 2
REF-08 | MUST | offline_access needs no prompt parameter | Scopes; own
REF-09 | MUST | Each refresh asks again whether person, link, record and reach still stand | own
`

const CLIENTS = `
CLI-01 | MUST | Assertions are signed with RS384 or ES384, never unsigned or with a shared secret | Asymmetric
CLI-02 | MUST | An assertion names its client twice, our token endpoint, an id, and ends within five minutes | Asymmetric
CLI-03 | MUST | The assertion type is jwt-bearer | Asymmetric
CLI-04 | MUST | An assertion works once, whatever the race | Asymmetric
CLI-05 | MUST | A jku counts only when it is the registered one | Asymmetric
CLI-06 | MUST | Exactly one registered key fits the assertion | Asymmetric
CLI-07 | MUST | Keys are registered by URL or inline | Asymmetric
CLI-08 | MUST | Fetched keys are kept no longer than their owner says, fetched again for a new kid, and only from safe places | Asymmetric; own
CLI-09 | MUST | Whatever is wrong with an assertion, the answer is invalid_client | Asymmetric
CLI-10 | MUST | Secrets are long, kept as hashes, decoded from their form and compared in constant time | Symmetric; RFC 6749 2.3.1
CLI-11 | MUST | A client authenticates in its registered way, once a request | RFC 6749 2.3
`

const BACKEND = `
BKS-01 | MUST | Backend services use client_credentials with a signed assertion and name their scopes | Backend
BKS-02 | MUST | They get system scopes that they are registered for, or invalid_scope | Backend
BKS-03 | MUST | Their token lives five minutes and comes without refresh token, id_token or context | Backend
BKS-04 | MUST | TLS 1.2 or later | Backend | Not of these programs: TLS ends at the gateway in front of them, and a service listens where only that gateway reaches it.
`

const INTROSPECTION = `
INT-01 | MUST | A live token is told with scope, client and end | Introspection
INT-02 | MUST | The launch context and the person of the token answer are told again | Introspection
INT-03 | MUST | Only authorised callers may ask, also by bearer token, and a FHIR token is none | Introspection; RFC 7662 2.1
INT-04 | MUST | Of anything else nothing is said but that it is not active | RFC 7662 2.2
INT-05 | MUST | The tokens of every SMART launch can be introspected at the published endpoint | g10
`

const NOT_BUILT = `
STA-01 | MUST | App state can be kept as Basic resources | App state | Experimental and off: the capability is not advertised.
STA-02 | MUST | App state has a size limit and a fixed form | App state | As STA-01.
STA-03 | MUST | App state is guarded by version and by app | App state | As STA-01.
BRD-01 | MUST | The brand bundle is a timed collection that anyone may read | Brands
BRD-02 | MUST | The brand identifier matches one organisation of the bundle | Brands
BRD-03 | MUST | Brands say only in two ways why a value is missing | Brands
TSK-01 | MAY | A Task can ask for an app to be launched | Task launch | Optional; an EHR opens launches by the launch API.
TSK-02 | MUST | A Task launches only a registered launch URL | Task launch | As TSK-01; the launch API has the same rule (EHR-02).
`

const SECURITY = `
SEC-01 | MUST | Browsers are held to TLS, and no token, code or secret is in a URL of ours or in a log | RFC 9700
SEC-02 | MUST | No implicit flow, no password grant, no plain PKCE | RFC 9700 2.1.2, 2.4
SEC-03 | MUST | Of several who use a code, refresh token, launch or assertion at once, one wins | own
SEC-04 | MUST | What is stored cannot be used as a token, and keys change with an overlap | own
SEC-05 | MUST | The proxy refuses in the standard's way, and takes a token from the header alone | RFC 6750 3
SEC-06 | SHOULD | Guessing is slowed down; grants, refusals and endings are logged | own
`

export const GROUPS = [
  { title: 'Discovery', requirements: parseRequirements(DISCOVERY) },
  { title: 'Authorization endpoint', requirements: parseRequirements(AUTHORIZATION) },
  { title: 'Launch from an EHR', requirements: parseRequirements(EHR_LAUNCH) },
  { title: 'Standalone launch and choices', requirements: parseRequirements(CONTEXT) },
  { title: 'Token endpoint', requirements: parseRequirements(TOKEN) },
  { title: 'Scopes', requirements: parseRequirements(SCOPES) },
  { title: 'Identity', requirements: parseRequirements(IDENTITY) },
  { title: 'Refresh and the end of access', requirements: parseRequirements(REFRESH) },
  { title: 'Client authentication', requirements: parseRequirements(CLIENTS) },
  { title: 'Backend services', requirements: parseRequirements(BACKEND) },
  { title: 'Introspection', requirements: parseRequirements(INTROSPECTION) },
  { title: 'App state, brands, tasks', requirements: parseRequirements(NOT_BUILT) },
  { title: 'Security', requirements: parseRequirements(SECURITY) },
  ...ENFORCEMENT_GROUPS,
] as const
