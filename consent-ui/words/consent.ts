// What the pages of a request say, in both languages: the request (P3), choose, check, and back to the app.
import type { Deed } from '../consent/asked-for.ts'
import type { FaultKind } from '../consent/draft.ts'
import { type Html, html } from '../html.ts'
import { wordsIn } from '../language.ts'

export type DataUse = 'sells' | 'shares' | 'deletes_on_request' | 'ends_when_stopped'
type Answered = { yes: string; no: string }

const en = {
  shareWith: (app: Html) => html`Share your health data with ${app}?`,
  shareOtherWith: (app: Html) => html`Share this person’s health data with ${app}?`,
  title: (app: string) => `Share health data with ${app}?`,
  by: (maker: Html) => html`By ${maker}`,
  checkedBy: (who: Html) => html`Checked by ${who}`,
  checkedByNobody: 'Not checked by anyone',
  dataGoesTo: (origin: Html) => html`Data goes to ${origin}`,
  whoseData: 'Whose data',
  notRight: 'Not right? Change',
  why: 'Why',
  whyInItsWords: (app: Html, purpose: Html) => html`${app} says: “${purpose}”`,
  whyUnknown: 'The app did not say why.',
  wantsToSee: 'It wants to see',
  wantsToSeeOfAll: 'It wants to see, for everyone whose record you may open',
  wholeRecord: (own: boolean): string =>
    own
      ? 'Your whole record, and new kinds of data added later'
      : 'The whole record, and new kinds of data added later',
  along: (own: boolean): string =>
    own
      ? 'Names of doctors and clinics in your record come with it.'
      : 'Names of doctors and clinics in the record come with it.',
  heldBack: (own: boolean): string =>
    own ? 'Your clinic may hold some items back.' : 'The clinic may hold some items back.',
  oneAtATime: 'Some of it only one item at a time, some only by searching.',
  isNew: 'New',
  asLastTime: 'Your answers of last time are kept. “New” marks what this app did not ask for then.',
  leftOut: 'You left out last time, and it stays out:',
  onlyFrom: (date: string) => `As last time: visits, tests, notes and bills only from ${date}.`,
  items: (count: string, one: boolean): string => (one ? '1 item' : `${count} items`),
  itemsInYear: (count: string, one: boolean, year: string): string =>
    one ? `1 item, ${year}` : `${count} items, ${year}`,
  itemsFromTo: (count: string, first: string, last: string) => `${count} items, ${first} to ${last}`,
  itemsFromToday: (count: string, first: string) => `${count} items, ${first} to today`,
  noItems: 'None on file now',
  unknownAmount: 'Amount not known',
  showAmounts: 'Show amounts',
  alsoAsksTo: 'It also asks to',
  mustAnswer: 'Answer each one. You can say no to any.',
  deeds: { c: 'Add new items?', u: 'Change items?', d: 'Delete items?' } satisfies Record<Deed, string>,
  deedsOf: { c: 'Add new items', u: 'Change items', d: 'Delete items' } satisfies Record<Deed, string>,
  noDeeds: {
    c: 'The app may not add items.',
    u: 'The app may not change items.',
    d: 'The app may not delete items.',
  } satisfies Record<Deed, string>,
  deedOfEveryone: 'For everyone whose record you may open',
  anyKind: 'Any kind of data, also kinds added later',
  seeThis: (label: string) => `See “${label}”?`,
  goesIntoRecord: (own: boolean): string =>
    own
      ? 'This goes into your medical record. Your care team will see it.'
      : 'This goes into the medical record. The care team will see it.',
  mayNotComeBack: 'Deleted items may not come back.',
  yes: 'Yes',
  no: 'No',
  howLong: 'For how long?',
  endings: {
    now: 'Only now (about 1 hour)',
    session: 'While I am signed in',
    stop: 'Until I stop it',
  },
  threeMonths: (date: string) => `3 months (until ${date})`,
  oneYear: (date: string) => `1 year (until ${date})`,
  keptEnd: (date: string) => `Until ${date}, as you chose before`,
  endsSoon: 'Access ends in about 1 hour.',
  whileAway: 'The app can see the data also when you are not using it.',
  dataUse: (app: Html) => html`What ${app} says it does with the data`,
  dataUseAnswers: {
    sells: { yes: 'It sells the data.', no: 'It does not sell the data.' },
    shares: { yes: 'It gives the data to others.', no: 'It does not give the data to others.' },
    deletes_on_request: { yes: 'It deletes the data if you ask.', no: 'It does not delete the data if you ask.' },
    ends_when_stopped: {
      yes: 'It deletes the data when you stop it.',
      no: 'It keeps the data when you stop it.',
    },
  } satisfies Record<DataUse, Answered>,
  notAnswered: {
    sells: 'Did not answer: does it sell the data?',
    shares: 'Did not answer: does it give the data to others?',
    deletes_on_request: 'Did not answer: does it delete the data if you ask?',
    ends_when_stopped: 'Did not answer: what happens to the data when you stop it?',
  } satisfies Record<DataUse, string>,
  nothingAnswered: 'The app did not answer.',
  policy: 'Its privacy policy',
  notChecked: 'We do not check what the app does with the data.',
  choose: 'Choose what to share',
  share: 'Share',
  dontShare: "Don't share",
  myApps: 'My apps',
  stopAnyTime: (apps: Html) => html`You can stop this at any time in ${apps}.`,
  details: 'Details for experts',
  alsoLearns: 'The app also learns this. It is no choice:',
  technical: { who: 'Who you are', whose: 'Whose record this is' },
  askedFor: 'What the app asked for, in its own terms:',

  chooseTitle: (app: string) => `Choose what to share with ${app}`,
  chooseHeading: (app: Html) => html`Choose what to share with ${app}`,
  untick: 'Untick what you do not want to share.',
  tick: 'Tick what you want to share.',
  selectAll: 'Select all',
  clearAll: 'Clear all',
  needed: 'The app needs this',
  neededPart: 'The app needs a part of this',
  withoutIt: (app: Html, what: Html) => html`Without it, ${app} says: “${what}”`,
  withoutUnknown: 'The app did not say what stops working without it.',
  twoGroups: 'An item that is in two groups goes with either.',
  showsThrough: 'Other data you share may still show what you leave out.',
  tickOnlyWhatYouWant: 'Tick only what you want.',
  noGroup: (count: string, one: boolean): string =>
    one
      ? '1 item has no group. It goes only with all of them.'
      : `${count} items have no group. They go only with all of them.`,
  dates: 'Dates',
  allDates: 'All dates',
  lastTwelveMonths: (date: string) => `Last 12 months (from ${date})`,
  lastThreeYears: (date: string) => `Last 3 years (from ${date})`,
  fromADate: 'From a date',
  firstDay: 'First day',
  whatHasDates:
    'This limits visits, tests, notes and bills. Allergies, health problems, medicines, vaccines, surgeries and implants are shared whatever their date: they matter for safety.',
  withoutDate: 'With a first day, items without a date are not shared.',
  undated: (count: string, one: boolean): string =>
    one
      ? 'With a first day, 1 item is not shared because it has no date.'
      : `With a first day, ${count} items are not shared because they have no date.`,
  next: 'Continue',

  checkTitle: (app: string) => `Check what you share with ${app}`,
  checkHeading: (app: Html) => html`Check what you share with ${app}`,
  willShare: 'You will share',
  willAllow: 'The app may also',
  willNotShare: 'You will not share',
  nothingLeftOut: 'You leave nothing out.',
  anyDate: 'all dates',
  fromDay: (date: string) => `from ${date}`,
  datesAll: 'All dates.',
  datesFrom: (date: string) =>
    `Visits, tests, notes and bills from ${date} on. Everything else whatever its date. Items without a date only where no date is needed.`,
  until: 'Until',
  untilDay: (date: string) => `The app can see this until ${date}.`,
  untilStopped: 'The app can see this until you stop it.',
  untilSignOut: 'The app can see this while you are signed in.',
  change: 'Change',
  changeWhat: 'Change what you share',
  changeDates: 'Change the dates',
  changeUntil: 'Change how long',
  neededIsOff: 'You turned off what the app says it needs. It may not work. You can turn it on later.',

  backTitle: (app: string) => `Back to ${app}`,
  backHeading: (app: Html) => html`You shared with ${app}`,
  backExplained: 'Go back to the app to use it.',
  backTo: (app: Html) => html`Back to ${app}`,
  canClose: 'If nothing opens, go to the app yourself and start again from there.',

  faults: {
    nothing: "Tick at least one kind of data, or press Don't share.",
    ending: 'Choose how long the app can see the data.',
    answer: 'Answer yes or no.',
    date: 'Write the first day as a date that is not in the future, such as 21 November 2025.',
  } satisfies Record<FaultKind, string>,
}

const es: typeof en = {
  shareWith: (app) => html`¿Compartir sus datos de salud con ${app}?`,
  shareOtherWith: (app) => html`¿Compartir los datos de salud de esta persona con ${app}?`,
  title: (app) => `¿Compartir datos de salud con ${app}?`,
  by: (maker) => html`De ${maker}`,
  checkedBy: (who) => html`Revisada por ${who}`,
  checkedByNobody: 'Nadie la ha revisado',
  dataGoesTo: (origin) => html`Los datos van a ${origin}`,
  whoseData: 'De quién son los datos',
  notRight: '¿No es así? Cambiar',
  why: 'Para qué',
  whyInItsWords: (app, purpose) => html`${app} dice: «${purpose}»`,
  whyUnknown: 'La aplicación no dijo para qué.',
  wantsToSee: 'Quiere ver',
  wantsToSeeOfAll: 'Quiere ver, de todas las personas cuyo expediente usted puede abrir',
  wholeRecord: (own) =>
    own
      ? 'Todo su expediente, y los tipos de datos que se agreguen después'
      : 'Todo el expediente, y los tipos de datos que se agreguen después',
  along: (own) =>
    own
      ? 'También se ven los nombres de médicos y clínicas de su expediente.'
      : 'También se ven los nombres de médicos y clínicas del expediente.',
  heldBack: (own) => (own ? 'Su clínica puede retener algunos datos.' : 'La clínica puede retener algunos datos.'),
  oneAtATime: 'Una parte solo dato por dato, otra parte solo al buscar.',
  isNew: 'Nuevo',
  asLastTime: 'Se conservan sus respuestas de la última vez. «Nuevo» marca lo que esta aplicación no pidió entonces.',
  leftOut: 'La última vez no compartió esto, y sigue sin compartirse:',
  onlyFrom: (date) => `Como la última vez: visitas, pruebas, notas y cuentas solo desde el ${date}.`,
  items: (count, one) => (one ? '1 dato' : `${count} datos`),
  itemsInYear: (count, one, year) => (one ? `1 dato, ${year}` : `${count} datos, ${year}`),
  itemsFromTo: (count, first, last) => `${count} datos, de ${first} a ${last}`,
  itemsFromToday: (count, first) => `${count} datos, de ${first} a hoy`,
  noItems: 'Ahora no consta ninguno',
  unknownAmount: 'No se sabe la cantidad',
  showAmounts: 'Mostrar cantidades',
  alsoAsksTo: 'También pide',
  mustAnswer: 'Responda a cada pregunta. Puede decir que no a cualquiera.',
  deeds: { c: '¿Agregar datos?', u: '¿Cambiar datos?', d: '¿Borrar datos?' },
  deedsOf: { c: 'Agregar datos', u: 'Cambiar datos', d: 'Borrar datos' },
  noDeeds: {
    c: 'La aplicación no podrá agregar datos.',
    u: 'La aplicación no podrá cambiar datos.',
    d: 'La aplicación no podrá borrar datos.',
  },
  deedOfEveryone: 'De todas las personas cuyo expediente usted puede abrir',
  anyKind: 'Cualquier tipo de datos, también los que se agreguen después',
  seeThis: (label) => `¿Ver «${label}»?`,
  goesIntoRecord: (own) =>
    own
      ? 'Esto entra en su expediente médico. Su equipo médico lo verá.'
      : 'Esto entra en el expediente médico. El equipo médico lo verá.',
  mayNotComeBack: 'Lo borrado quizás no se recupere.',
  yes: 'Sí',
  no: 'No',
  howLong: '¿Por cuánto tiempo?',
  endings: {
    now: 'Solo ahora (1 hora, más o menos)',
    session: 'Mientras mi sesión esté abierta',
    stop: 'Hasta que yo lo detenga',
  },
  threeMonths: (date) => `3 meses (hasta el ${date})`,
  oneYear: (date) => `1 año (hasta el ${date})`,
  keptEnd: (date) => `Hasta el ${date}, como eligió antes`,
  endsSoon: 'El acceso termina en 1 hora, más o menos.',
  whileAway: 'La aplicación puede ver los datos también cuando usted no la usa.',
  dataUse: (app) => html`Lo que ${app} dice que hace con los datos`,
  dataUseAnswers: {
    sells: { yes: 'Vende los datos.', no: 'No vende los datos.' },
    shares: { yes: 'Da los datos a otros.', no: 'No da los datos a otros.' },
    deletes_on_request: { yes: 'Borra los datos si usted lo pide.', no: 'No borra los datos si usted lo pide.' },
    ends_when_stopped: {
      yes: 'Borra los datos cuando usted detiene el acceso.',
      no: 'Conserva los datos cuando usted detiene el acceso.',
    },
  },
  notAnswered: {
    sells: 'No respondió: ¿vende los datos?',
    shares: 'No respondió: ¿da los datos a otros?',
    deletes_on_request: 'No respondió: ¿borra los datos si usted lo pide?',
    ends_when_stopped: 'No respondió: ¿qué pasa con los datos cuando usted detiene el acceso?',
  },
  nothingAnswered: 'La aplicación no respondió.',
  policy: 'Su aviso de privacidad',
  notChecked: 'No revisamos lo que la aplicación hace con los datos.',
  choose: 'Elegir qué compartir',
  share: 'Compartir',
  dontShare: 'No compartir',
  myApps: 'Mis aplicaciones',
  stopAnyTime: (apps) => html`Puede detener esto en cualquier momento en ${apps}.`,
  details: 'Detalles para expertos',
  alsoLearns: 'La aplicación también sabrá esto. No se puede elegir:',
  technical: { who: 'Quién es usted', whose: 'De quién es este expediente' },
  askedFor: 'Lo que pidió la aplicación, en sus propios términos:',

  chooseTitle: (app) => `Elija qué compartir con ${app}`,
  chooseHeading: (app) => html`Elija qué compartir con ${app}`,
  untick: 'Desmarque lo que no quiere compartir.',
  tick: 'Marque lo que quiere compartir.',
  selectAll: 'Marcar todo',
  clearAll: 'Desmarcar todo',
  needed: 'La aplicación lo necesita',
  neededPart: 'La aplicación necesita una parte',
  withoutIt: (app, what) => html`Sin esto, ${app} dice: «${what}»`,
  withoutUnknown: 'La aplicación no dijo qué deja de funcionar sin esto.',
  twoGroups: 'Un dato que está en dos grupos va con cualquiera de los dos.',
  showsThrough: 'Otros datos que comparte pueden mostrar lo que deja fuera.',
  tickOnlyWhatYouWant: 'Marque solo lo que quiere.',
  noGroup: (count, one) =>
    one
      ? '1 dato no tiene grupo. Va solo con todos ellos.'
      : `${count} datos no tienen grupo. Van solo con todos ellos.`,
  dates: 'Fechas',
  allDates: 'Todas las fechas',
  lastTwelveMonths: (date) => `Últimos 12 meses (desde el ${date})`,
  lastThreeYears: (date) => `Últimos 3 años (desde el ${date})`,
  fromADate: 'Desde una fecha',
  firstDay: 'Primer día',
  whatHasDates:
    'Esto limita visitas, pruebas, notas y cuentas. Alergias, problemas de salud, medicinas, vacunas, operaciones e implantes se comparten con cualquier fecha: importan para su seguridad.',
  withoutDate: 'Con un primer día, los datos sin fecha no se comparten.',
  undated: (count, one) =>
    one
      ? 'Con un primer día, 1 dato no se comparte porque no tiene fecha.'
      : `Con un primer día, ${count} datos no se comparten porque no tienen fecha.`,
  next: 'Continuar',

  checkTitle: (app) => `Revise lo que comparte con ${app}`,
  checkHeading: (app) => html`Revise lo que comparte con ${app}`,
  willShare: 'Usted compartirá',
  willAllow: 'La aplicación también podrá',
  willNotShare: 'Usted no compartirá',
  nothingLeftOut: 'No deja nada fuera.',
  anyDate: 'todas las fechas',
  fromDay: (date) => `desde el ${date}`,
  datesAll: 'Todas las fechas.',
  datesFrom: (date) =>
    `Visitas, pruebas, notas y cuentas desde el ${date}. Todo lo demás con cualquier fecha. Los datos sin fecha solo donde no hace falta una fecha.`,
  until: 'Hasta cuándo',
  untilDay: (date) => `La aplicación puede ver esto hasta el ${date}.`,
  untilStopped: 'La aplicación puede ver esto hasta que usted lo detenga.',
  untilSignOut: 'La aplicación puede ver esto mientras su sesión esté abierta.',
  change: 'Cambiar',
  changeWhat: 'Cambiar lo que comparte',
  changeDates: 'Cambiar las fechas',
  changeUntil: 'Cambiar el tiempo',
  neededIsOff: 'Usted quitó algo que la aplicación dice que necesita. Quizás no funcione. Puede darlo más tarde.',

  backTitle: (app) => `Volver a ${app}`,
  backHeading: (app) => html`Usted compartió con ${app}`,
  backExplained: 'Vuelva a la aplicación para usarla.',
  backTo: (app) => html`Volver a ${app}`,
  canClose: 'Si no se abre nada, vaya usted a la aplicación y empiece de nuevo desde ahí.',

  faults: {
    nothing: 'Marque al menos un tipo de dato o pulse No compartir.',
    ending: 'Elija por cuánto tiempo la aplicación puede ver los datos.',
    answer: 'Responda sí o no.',
    date: 'Escriba el primer día como una fecha que no esté en el futuro, como 21 de noviembre de 2025.',
  },
}

export const consentWords = wordsIn({ en, es })
