// "My apps": which apps have access, what each saw, and taking access back.
import type { Html } from '../html.ts'
import { html } from '../html.ts'
import { wordsIn } from '../language.ts'

const en = {
  myApps: 'My apps',
  appsCount: (count: number) =>
    count === 0
      ? 'No app can see your data.'
      : count === 1
        ? '1 app can see your data now.'
        : `${count} apps can see your data now.`,
  appsComeHere: 'When you share data with an app, it is listed here. You can stop it here.',
  seeLog: 'Who saw my data',
  hasAccess: 'Has access',
  ended: 'Ended',
  endedKept: (days: number) => `Access that ended in the last ${days} days.`,
  endedOn: (day: string) => `Ended on ${day}`,
  endedForSome: 'Ended',
  maker: 'Made by',
  whoseData: 'Whose data',
  usedAs: 'You use it',
  accessGiven: 'Access given',
  lastUsed: 'Last used',
  until: 'Until',
  untilStopped: 'Until you stop it, also when you are not using it',
  endsByItself: 'About 1 hour, each time you connect it',
  canSee: 'It can see',
  canAlso: 'It can also',
  onlySees: 'It cannot change anything.',
  doesTo: (deeds: string, data: string) => `${deeds}: ${data}`,
  lookAt: (app: Html) => html`Details<span class="hidden"> of ${app}</span>`,
  stopApp: (app: Html) => html`Stop<span class="hidden"> ${app}</span>`,
  switchedOff: 'An app that is switched off here',
  patientNotShown: 'A patient whose name cannot be shown now',

  whatItSees: (app: Html) => html`What ${app} can see`,
  appTitle: (app: string) => `What ${app} can see`,
  wholeRecord: 'The whole record, and new kinds of data added later',
  lastRead: (day: string, count: number) =>
    count === 0
      ? `Last asked for on ${day}, and nothing was there.`
      : count === 1
        ? `Last read on ${day}: 1 item.`
        : `Last read on ${day}: ${count} items.`,
  neverRead: 'Never read.',
  neverReadSince: (day: string) => `Not read since ${day}.`,
  readTogether: 'Parts of the same kind are counted together.',
  looksBackTo: (day: string) => `We looked back to ${day}.`,
  readUnknown: 'We cannot say right now when it was last read.',
  readNotListed: 'We do not list here when a clinician’s app last read data.',
  kindsInGroup: (count: number) => `All ${count} kinds`,
  partsOf: (name: string) => `Parts of: ${name}`,
  restGoesToo: 'If you remove one part, items that fit no part are not shared any more either.',
  remove: 'Remove',
  removeOne: (name: string) => html`Remove<span class="hidden">: ${name}</span>`,
  removeGroup: (name: string) => html`Remove all of this<span class="hidden">: ${name}</span>`,
  nothingMore: 'You can take away here, but not add. To share more, use the app: it asks you again.',
  endSooner: 'End it sooner',
  endsOn: (day: string) => `On ${day}`,
  shorten: 'End it then',
  chooseEnd: 'Choose a day.',
  shortened: (day: string) => `Access now ends on ${day}.`,
  removedAt: (time: string) => `Removed at ${time}. The app cannot see it any more.`,
  removedPending: 'We are not sure yet that the app is kept out. Please try again.',
  tryAgain: 'Try again',

  removeQuestion: (app: Html) => html`Take this away from ${app}?`,
  removeTitle: (app: string) => `Take this away from ${app}?`,
  removeMeans:
    'The app cannot see it from now on. It may not work as before. You can share it again when the app asks.',
  keepsCopies: 'The app keeps what it has already copied.',
  removeYes: 'Remove',
  removeNo: 'Keep it',

  stopQuestion: (app: Html) => html`Stop ${app}?`,
  stopTitle: (app: string) => `Stop ${app}?`,
  whatEnds: 'What ends',
  endsSeeing: 'The app cannot see your data any more, on any of your devices.',
  endsChanging: 'It cannot add or change anything.',
  endsConsent: 'If you connect it again, we ask you again.',
  whatStays: 'What does not end',
  staysCopied: 'The app keeps what it has already copied.',
  askToDelete: (address: Html) => html`Ask it to delete that: ${address}`,
  askItsMaker: 'Ask its maker to delete that.',
  staysAccount: 'Your account with the app, if you have one.',
  stopYes: 'Stop it',
  stopNo: 'Do not stop',

  stoppedTitle: 'Stopped',
  stoppedAt: (time: string) => `Stopped at ${time}.`,
  stoppedBefore: (day: string) => `This access ended on ${day}.`,
  stoppedMeans: 'No app request after this gets your data.',
  stoppedOf: (app: Html) => html`${app} is stopped`,
  pendingTitle: 'Not sure yet',
  pending: 'We are not sure yet that access has stopped. Please try again.',
  backToApps: 'Back to my apps',
}

const es: typeof en = {
  myApps: 'Mis aplicaciones',
  appsCount: (count) =>
    count === 0
      ? 'Ninguna aplicación puede ver sus datos.'
      : count === 1
        ? '1 aplicación puede ver sus datos ahora.'
        : `${count} aplicaciones pueden ver sus datos ahora.`,
  appsComeHere: 'Cuando comparte datos con una aplicación, aparece aquí. Aquí puede detenerla.',
  seeLog: 'Quién vio mis datos',
  hasAccess: 'Con acceso',
  ended: 'Terminadas',
  endedKept: (days) => `Accesos que terminaron en los últimos ${days} días.`,
  endedOn: (day) => `Terminó el ${day}`,
  endedForSome: 'Terminó',
  maker: 'Hecha por',
  whoseData: 'De quién son los datos',
  usedAs: 'Usted la usa',
  accessGiven: 'Acceso dado',
  lastUsed: 'Último uso',
  until: 'Hasta',
  untilStopped: 'Hasta que usted la detenga, también cuando no la usa',
  endsByItself: 'Cerca de 1 hora, cada vez que la conecta',
  canSee: 'Puede ver',
  canAlso: 'También puede',
  onlySees: 'No puede cambiar nada.',
  doesTo: (deeds, data) => `${deeds}: ${data}`,
  lookAt: (app) => html`Detalles<span class="hidden"> de ${app}</span>`,
  stopApp: (app) => html`Detener<span class="hidden"> ${app}</span>`,
  switchedOff: 'Una aplicación que aquí está apagada',
  patientNotShown: 'Un paciente cuyo nombre no se puede mostrar ahora',

  whatItSees: (app) => html`Lo que ${app} puede ver`,
  appTitle: (app) => `Lo que ${app} puede ver`,
  wholeRecord: 'El expediente entero, y los tipos de datos que se agreguen después',
  lastRead: (day, count) =>
    count === 0
      ? `Lo pidió por última vez el ${day}, y no había nada.`
      : count === 1
        ? `Leído por última vez el ${day}: 1 dato.`
        : `Leído por última vez el ${day}: ${count} datos.`,
  neverRead: 'Nunca leído.',
  neverReadSince: (day) => `No leído desde el ${day}.`,
  readTogether: 'Las partes del mismo tipo se cuentan juntas.',
  looksBackTo: (day) => `Miramos hasta el ${day}.`,
  readUnknown: 'Ahora no podemos decir cuándo se leyó por última vez.',
  readNotListed: 'Aquí no se dice cuándo leyó datos la aplicación de un médico.',
  kindsInGroup: (count) => `Los ${count} tipos`,
  partsOf: (name) => `Partes de: ${name}`,
  restGoesToo: 'Si quita una parte, tampoco se comparte lo que no cabe en ninguna.',
  remove: 'Quitar',
  removeOne: (name) => html`Quitar<span class="hidden">: ${name}</span>`,
  removeGroup: (name) => html`Quitar todo esto<span class="hidden">: ${name}</span>`,
  nothingMore: 'Aquí puede quitar, pero no agregar. Para compartir más, use la aplicación: ella le pregunta otra vez.',
  endSooner: 'Terminar antes',
  endsOn: (day) => `El ${day}`,
  shorten: 'Terminar ese día',
  chooseEnd: 'Elija un día.',
  shortened: (day) => `Ahora el acceso termina el ${day}.`,
  removedAt: (time) => `Quitado a las ${time}. La aplicación ya no lo puede ver.`,
  removedPending: 'Aún no sabemos si la aplicación ya no puede entrar. Intente otra vez.',
  tryAgain: 'Intentar otra vez',

  removeQuestion: (app) => html`¿Quitar esto a ${app}?`,
  removeTitle: (app) => `¿Quitar esto a ${app}?`,
  removeMeans:
    'Desde ahora la aplicación no lo puede ver. Quizás no funcione como antes. Puede darlo otra vez cuando ella lo pida.',
  keepsCopies: 'La aplicación conserva lo que ya copió.',
  removeYes: 'Quitar',
  removeNo: 'Dejarlo',

  stopQuestion: (app) => html`¿Detener ${app}?`,
  stopTitle: (app) => `¿Detener ${app}?`,
  whatEnds: 'Lo que termina',
  endsSeeing: 'La aplicación ya no puede ver sus datos, en ninguno de sus aparatos.',
  endsChanging: 'No puede agregar ni cambiar nada.',
  endsConsent: 'Si la conecta otra vez, le preguntamos otra vez.',
  whatStays: 'Lo que no termina',
  staysCopied: 'La aplicación conserva lo que ya copió.',
  askToDelete: (address) => html`Pídale que lo borre: ${address}`,
  askItsMaker: 'Pida a quien la hace que lo borre.',
  staysAccount: 'Su cuenta en la aplicación, si la tiene.',
  stopYes: 'Detenerla',
  stopNo: 'No detener',

  stoppedTitle: 'Detenida',
  stoppedAt: (time) => `Detenida a las ${time}.`,
  stoppedBefore: (day) => `Este acceso terminó el ${day}.`,
  stoppedMeans: 'Desde ahora, nada que la aplicación pida recibe sus datos.',
  stoppedOf: (app) => html`${app} está detenida`,
  pendingTitle: 'Aún no es seguro',
  pending: 'Aún no sabemos si el acceso terminó. Intente otra vez.',
  backToApps: 'Volver a mis aplicaciones',
}

export const appsWords = wordsIn({ en, es })
