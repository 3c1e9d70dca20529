// What several pages say: the frame around them, whose data, the common buttons.
import type { Html } from '../html.ts'
import { html } from '../html.ts'
import { wordsIn } from '../language.ts'

const en = {
  thereIsAProblem: 'There is a problem',
  titleOfError: (title: string) => `Error: ${title}`,
  otherLanguages: 'Language',
  help: 'Help',
  helpFrom: (contact: Html) => html`Need help? ${contact}`,
  waits: (minutes: number) =>
    minutes === 1 ? 'This page waits for 1 minute.' : `This page waits for ${minutes} minutes.`,
  moreTime: 'Give me more time',
  cancel: 'Cancel and share nothing',
  continue: 'Continue',
  change: 'Change',
  signOut: 'Sign out',
  signedInAs: (user: Html) => html`You are signed in as ${user}.`,
  born: (date: string) => `born ${date}`,
  everyoneYouMayOpen: 'Everyone whose record you may open',
  forEveryone: 'For everyone whose record you may open',
  noName: 'No name',
}

const es: typeof en = {
  thereIsAProblem: 'Hay un problema',
  titleOfError: (title) => `Error: ${title}`,
  otherLanguages: 'Idioma',
  help: 'Ayuda',
  helpFrom: (contact) => html`¿Necesita ayuda? ${contact}`,
  waits: (minutes) => (minutes === 1 ? 'Esta página le espera 1 minuto.' : `Esta página le espera ${minutes} minutos.`),
  moreTime: 'Necesito más tiempo',
  cancel: 'Cancelar y no compartir nada',
  continue: 'Continuar',
  change: 'Cambiar',
  signOut: 'Cerrar sesión',
  signedInAs: (user) => html`Entró como ${user}.`,
  born: (date) => `fecha de nacimiento: ${date}`,
  everyoneYouMayOpen: 'Todas las personas cuyo expediente usted puede abrir',
  forEveryone: 'De todas las personas cuyo expediente usted puede abrir',
  noName: 'Sin nombre',
}

export const frameWords = wordsIn({ en, es })
