// What the three systems before this one offer, or should have offered, one line each in our own words: the FHIR Proxy (Secure
// FHIR Gateway and Proxy), the SMART proxy of Azure API for FHIR, and the SMART samples for Azure Health Data Services. Data
// only, like requirements.ts. docs/migrate.md says what becomes of each of their settings.
import { parseRequirements } from './requirement.ts'

const AUTHORIZATION = `
SEED-01 | MUST | Discovery is made from what is switched on, without asking the FHIR server, and what it names works | all three
SEED-02 | MUST | The capability statement carries our security block, whatever the FHIR server says of its own | all three
SEED-03 | MUST | Authorization requests are checked alike by GET and by POST: client, redirect URI, response type, scope, state, aud | Azure SMART proxy; samples
SEED-04 | MUST | Refusals reach the app with its state and our name, and never an address that is not registered; no request is answered with 5xx for what it says | all three
SEED-05 | MUST | PKCE with S256 from every client, under old addresses too | all three
SEED-06 | MUST | nonce, prompt, login_hint and max_age are kept or passed on | samples
SEED-07 | MUST | People sign in with Entra ID at one callback, in the browser that began; no address says where to go on | all three
SEED-08 | MUST | Other OpenID providers by settings, several at once with a choice | Azure SMART proxy; samples
SEED-09 | MUST | Access tokens are our own, signed, with audience, client, person and launch context; apps get no token of an identity provider | all three
SEED-10 | MUST | Signing keys change with an overlap, and only ours are published | samples
SEED-11 | MUST | An id_token names the person's record by its absolute URL | FHIR Proxy; samples
SEED-12 | MUST | A standalone launch tells the patient | FHIR Proxy; samples
`

const LAUNCH = `
SEED-13 | MUST | A launch id comes from an authenticated EHR, is bound to client and chart, works once and ends after five minutes | Azure SMART proxy; samples
SEED-14 | MAY | The older, unsigned launch is for marked clients, with listed members, within the person's own reach | Azure SMART proxy; samples
SEED-15 | MUST | Launch context is kept with its grant and told again at refresh; two launches of one person stay apart | Azure SMART proxy; samples
SEED-16 | MUST | Who acts as several, or may open several patients, chooses; nobody else can be chosen | samples
SEED-17 | MUST | A launch simulator for developers, which is no part of what is deployed | Azure SMART proxy
SEED-18 | MUST | Style documents by tenant | samples
SEED-19 | MUST | One consent page in plain words, with a switch for each kind of data and for access while away; sharing and refusing are alike | samples
SEED-20 | MUST | No parameter skips consent, and a token holds nothing that its request did not ask for | samples
SEED-21 | MUST | Consent is remembered for the same app, person, patient and redirect URI, asked again for more, and never silent for apps that prove nothing | samples
SEED-22 | MUST | People see what apps may do and stop it; operators end it by account, by client or altogether | all three
SEED-23 | MUST | Technical scopes are no switches | samples
SEED-24 | MUST | Nothing of the directory is asked for but who signs in | samples
`

const TOKENS = `
SEED-25 | MUST | The token endpoint takes forms alone, and each client by its registered method; answers are not kept | all three
SEED-26 | MUST | Assertions with RS384 or ES384 name client and endpoint, end within five minutes, and work once | samples
SEED-27 | MUST | An assertion is verified at every grant, the refresh too | samples
SEED-28 | MUST | Backend services get the system scopes that they ask for and are registered for | FHIR Proxy; samples
SEED-29 | MUST | Refresh tokens rotate, belong to one client, narrow and never widen; one that is used again ends its family | all three
SEED-30 | MUST | Introspection is for authenticated callers, and tells the launch context; of all else it says inactive and no more | Azure SMART proxy; samples
SEED-31 | MUST | Clients revoke their own tokens, and proxies are told | samples
SEED-32 | MUST | Clients are registered by file, tool and API, and on request by themselves; a change counts within seconds | all three
SEED-33 | MUST | Scopes of SMART 1 and 2 are read by one grammar; what is none is refused | all three
`

const ENFORCEMENT = `
SEED-34 | MUST | The condition of a scope holds in reads, in searches and for what comes along | samples
SEED-35 | MUST | patient scopes mean the token's patient, exactly, and are decided before anything is sent | all three
SEED-36 | MUST | Whose record it is, is told by search parameters, not by names of elements | FHIR Proxy
SEED-37 | MUST | user scopes reach as far as the person of the token, of any kind; without one they permit nothing | FHIR Proxy; Azure SMART proxy
SEED-38 | MUST | system scopes are never in one token with those of people | Azure SMART proxy
SEED-39 | MUST | Includes, chains, counts and other ways around a search bring nothing of anybody else | all three
SEED-40 | MUST | Each entry of a batch or transaction is decided by itself | FHIR Proxy
SEED-41 | MUST | Histories, everything, export and operations have rules of their own; an unknown operation is refused | FHIR Proxy
SEED-42 | MUST | Records about no patient stay in lists, and what may not be seen takes nothing else along | FHIR Proxy
SEED-43 | MUST | App roles of Entra's own tokens, under their old names, narrowed by scopes | FHIR Proxy; Azure SMART proxy
SEED-44 | MUST | Tokens are checked here for issuer, audience, algorithm, key and time | FHIR Proxy; Azure SMART proxy
SEED-45 | MUST | Refusals are OperationOutcomes with codes of FHIR, 401 with a challenge, 403 and 404 | FHIR Proxy; Azure SMART proxy
SEED-46 | MUST | Nothing opens everything; only documents that are for everyone need no token | FHIR Proxy
`

const PEOPLE = `
SEED-47 | MUST | Links between accounts and records: many of each, with an end that is kept to | FHIR Proxy
SEED-48 | MUST | Links are kept by an API with rights of its own, never by opening an address; those of old are imported | FHIR Proxy
SEED-49 | MUST | Who somebody is comes from claims, links and identifiers, in a stated order | all three
SEED-50 | MUST | Clinicians open the patients whom they care for; roles that are for all records are exempt | FHIR Proxy
`

const MODULES = `
SEED-51 | MUST | Patients have their records withheld by Consent, from everyone or from those it names | FHIR Proxy
SEED-52 | MUST | While consents cannot be read nothing is shown, unless the operator says otherwise | FHIR Proxy
SEED-53 | MAY | Lists are put in the order of their dates for servers that cannot, up to a cap that is told of | FHIR Proxy
SEED-54 | MUST | Everything about a patient, by GET and by POST, within scopes | FHIR Proxy
SEED-55 | MAY | Transactions become batches for servers without them, and the answer says so | FHIR Proxy
SEED-56 | MUST | One event for each changed record, at least once, whatever breaks | FHIR Proxy
SEED-57 | MUST | Events in the older form of six fields | FHIR Proxy
SEED-58 | MUST | Records are shown to a validator before they are written; errors refuse, remarks do not | FHIR Proxy
SEED-59 | MUST | Steps of an operator's own, in order; one that fails shows nothing | FHIR Proxy
`

const SERVER = `
SEED-60 | MUST | Addresses of the FHIR server become ours wherever they are addresses, and nowhere else | FHIR Proxy; samples
SEED-61 | MUST | Paging links are of the grant that searched | FHIR Proxy; Azure SMART proxy
SEED-62 | MUST | All verbs, files as their own bytes, request ids and traces both ways | FHIR Proxy; samples
SEED-63 | MUST | The FHIR server is asked with a credential of our own, renewed ahead of its end, once for all who need it | FHIR Proxy
SEED-64 | MUST | Only what can be asked twice is asked again, as the server says when; a request has a deadline | FHIR Proxy
SEED-65 | MUST | The FHIR server is told for whom it is asked, by us and never by a caller | FHIR Proxy; Azure SMART proxy
SEED-66 | MUST | A record of each decision, with no secret and no content of a record | all three
`

const EXPORT = `
SEED-67 | MUST | Bulk export of the server, of patients and of groups, for the client that began it alone | Azure SMART proxy; samples
SEED-68 | MUST | Files of an export come through the proxy by a verified token, streamed, in parts where asked for | FHIR Proxy; samples
SEED-69 | MAY | A storage container for each client, and an end to its files | Azure SMART proxy; samples | Where files lie, and for how long, is the FHIR server's to say; clients are kept apart by sealed addresses (SEED-68).
`

const OPERATION = `
SEED-70 | MUST | Web pages of other origins complete a launch and read; the token endpoint is for registered origins | Azure SMART proxy; samples
SEED-71 | MAY | The bundle of service base URLs | samples
SEED-72 | MUST | State is in tables; of several instances one redeems a code; rows that have ended are removed | FHIR Proxy; samples
SEED-73 | MUST | Settings are checked at the start, each fault by name and none by value; keys come from a vault, and nothing prints a secret | FHIR Proxy; samples
SEED-74 | MUST | Limits on how often and how much; guessing a secret locks out | samples
SEED-75 | MAY | A module for API Management | samples
SEED-76 | MUST | Deployment as code, with private networking and nothing unpinned | all three
SEED-77 | MUST | One registration in Entra is enough, and a command finds out what is wrong with a setup | FHIR Proxy; samples
SEED-78 | MUST | Health, readiness, traces and metrics | own
SEED-79 | MUST | This table, made by a test run, which fails where something is not shown | samples
SEED-80 | MUST | Settings, roles and links of old have a counterpart or a reason, and old addresses open no more than today's | all three
`

export const THREE_SYSTEMS_GROUPS = [
  { title: 'Authorization and sign-in', requirements: parseRequirements(AUTHORIZATION) },
  { title: 'Launch, context and consent', requirements: parseRequirements(LAUNCH) },
  { title: 'Clients and tokens', requirements: parseRequirements(TOKENS) },
  { title: 'What a token opens', requirements: parseRequirements(ENFORCEMENT) },
  { title: 'Who somebody is', requirements: parseRequirements(PEOPLE) },
  { title: 'Modules', requirements: parseRequirements(MODULES) },
  { title: 'Before the FHIR server', requirements: parseRequirements(SERVER) },
  { title: 'Exports', requirements: parseRequirements(EXPORT) },
  { title: 'Operation', requirements: parseRequirements(OPERATION) },
] as const
