// Around signing in: where, in which window, without a record, and the way out.
import type { Html } from '../html.ts'
import { html } from '../html.ts'
import { wordsIn } from '../language.ts'

const en = {
  howToSignIn: 'How do you sign in?',
  signInToUse: (app: Html) => html`Sign in to use ${app}. Nothing is shared before you say so.`,
  noRecord: 'We cannot find a health record for you',
  notLinked: (operator: Html, app: Html) =>
    html`Your sign-in worked, but it is not linked with a record at ${operator} yet. Nothing was shared with ${app}.`,
  whatYouCanDo: 'What you can do',
  useOtherSignIn: (operator: Html) => html`If you have another sign-in at ${operator}, go back and use that one.`,
  askClinic: 'If you are a patient here, ask your clinic to link your record with this sign-in.',
  askWorkplace: 'If you work here, ask the people who look after your sign-in.',
  backToApp: (app: Html) => html`Go back to ${app}`,
  signInTo: (app: Html) => html`Sign in to ${app}`,
  needsOwnWindow: 'For your safety, signing in needs a window of its own.',
  continueInWindow: 'Continue in a new window',
  thenComeBack: 'Then come back here and go on.',
  haveSignedIn: 'I have signed in',
  signedIn: 'You are signed in',
  closeAndGoBack: 'Close this window and go back to where you came from. Press “I have signed in” there.',
  signedOut: 'You are signed out',
  appsKeepAccess: 'You can close this page. Apps keep the access that you gave them.',
  sharedDevice: 'Others use this device too? Then close all windows of this browser.',
  signInAgain: 'Sign in again',
  notYou: 'Not you? Sign in as somebody else',
  otherPerson: 'Sign in as somebody else?',
  choicesForgotten: (app: Html) => html`What you chose here is forgotten. Nothing was shared with ${app}.`,
  signInAsOther: 'Sign in as somebody else',
  stayAsYouAre: 'Go back and stay signed in',
}

const es: typeof en = {
  howToSignIn: '¿Cómo quiere entrar?',
  signInToUse: (app) => html`Entre para usar ${app}. No se comparte nada antes de que usted lo diga.`,
  noRecord: 'No encontramos su expediente médico',
  notLinked: (operator, app) =>
    html`Entró bien, pero su cuenta aún no está unida a un expediente en ${operator}. No se compartió nada con ${app}.`,
  whatYouCanDo: 'Qué puede hacer',
  useOtherSignIn: (operator) => html`Si tiene otra cuenta en ${operator}, vuelva y use esa.`,
  askClinic: 'Si es paciente aquí, pida a su clínica que una su expediente con esta cuenta.',
  askWorkplace: 'Si trabaja aquí, pregunte a quienes cuidan de su cuenta.',
  backToApp: (app) => html`Volver a ${app}`,
  signInTo: (app) => html`Entrar para usar ${app}`,
  needsOwnWindow: 'Por su seguridad, para entrar hace falta una ventana propia.',
  continueInWindow: 'Seguir en una ventana nueva',
  thenComeBack: 'Luego vuelva aquí y siga.',
  haveSignedIn: 'Ya entré',
  signedIn: 'Ya entró',
  closeAndGoBack: 'Cierre esta ventana y vuelva a donde estaba. Pulse allí «Ya entré».',
  signedOut: 'Su sesión está cerrada',
  appsKeepAccess: 'Puede cerrar esta página. Las aplicaciones conservan el acceso que usted les dio.',
  sharedDevice: '¿Otras personas usan este aparato? Entonces cierre todas las ventanas del navegador.',
  signInAgain: 'Entrar otra vez',
  notYou: '¿No es usted? Entrar como otra persona',
  otherPerson: '¿Entrar como otra persona?',
  choicesForgotten: (app) => html`Se olvida lo que eligió aquí. No se compartió nada con ${app}.`,
  signInAsOther: 'Entrar como otra persona',
  stayAsYouAre: 'Volver y seguir como está',
}

export const signInWords = wordsIn({ en, es })
