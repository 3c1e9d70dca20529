// "Apps with access": what apps may do, and ending it.
import { wordsIn } from '../language.ts'

const en = {
  appsWithAccess: 'Apps with access',
  appsCount: (count: number) =>
    count === 0
      ? 'No app has access to your data.'
      : count === 1
        ? '1 app has access to your data.'
        : `${count} apps have access to your data.`,
  appsComeHere: 'When you share data with an app, it is listed here, and you can stop it here.',
  appKeepsCopies: 'An app that you stop keeps what it has already copied. Ask its maker to delete it.',
  maker: 'Made by',
  whoseData: 'Whose data',
  usedAs: 'You use it',
  accessGiven: 'Access given',
  lastUsed: 'Last used',
  notUsedYet: 'Not yet',
  duration: 'How long',
  untilStopped: 'Until you stop it, also when you are not using it',
  endsByItself: 'About 1 hour, each time you connect it',
  canSee: 'It can see',
  canAlso: 'It can also',
  onlySees: 'It cannot change anything.',
  doesTo: (deeds: string, data: string) => `${deeds}: ${data}`,
  kindsIn: (group: string, count: number) => `${group}: ${count} kinds of data`,
  allKinds: (count: number) => `All ${count} kinds of data`,
  stopAccess: 'Stop access',
  stopped: 'Access has been stopped.',
  switchedOff: 'An app that is switched off here',
  patientNotShown: 'A patient whose name cannot be shown now',
}

const es: typeof en = {
  appsWithAccess: 'Aplicaciones con acceso',
  appsCount: (count) =>
    count === 0
      ? 'Ninguna aplicación tiene acceso a sus datos.'
      : count === 1
        ? '1 aplicación tiene acceso a sus datos.'
        : `${count} aplicaciones tienen acceso a sus datos.`,
  appsComeHere: 'Cuando comparte datos con una aplicación, aparece aquí, y aquí puede detenerla.',
  appKeepsCopies: 'La aplicación que usted detiene conserva lo que ya copió. Pida a quien la hace que lo borre.',
  maker: 'Hecha por',
  whoseData: 'De quién son los datos',
  usedAs: 'Usted la usa',
  accessGiven: 'Acceso dado',
  lastUsed: 'Último uso',
  notUsedYet: 'Aún no',
  duration: 'Por cuánto tiempo',
  untilStopped: 'Hasta que usted la detenga, también cuando no la usa',
  endsByItself: 'Cerca de 1 hora, cada vez que la conecta',
  canSee: 'Puede ver',
  canAlso: 'También puede',
  onlySees: 'No puede cambiar nada.',
  doesTo: (deeds, data) => `${deeds}: ${data}`,
  kindsIn: (group, count) => `${group}: ${count} tipos de datos`,
  allKinds: (count) => `Los ${count} tipos de datos`,
  stopAccess: 'Detener el acceso',
  stopped: 'El acceso se detuvo.',
  switchedOff: 'Una aplicación que aquí está apagada',
  patientNotShown: 'Un paciente cuyo nombre no se puede mostrar ahora',
}

export const appsWords = wordsIn({ en, es })
