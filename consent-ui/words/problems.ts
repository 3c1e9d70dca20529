// What went wrong, whose fault it is not, and what to do next.
import type { Html } from '../html.ts'
import { html } from '../html.ts'
import { wordsIn } from '../language.ts'

const en = {
  ifYouAsk: (reference: Html) => html`If you ask for help, give this number: ${reference}`,
  backToApp: 'Go back to the app',
  'sign-in-down': {
    title: 'The sign-in service does not answer',
    message: 'Nothing was shared. This is not your fault, and not the app’s.',
    next: 'Go back to the app and try again in a few minutes.',
  },
  'sign-in-broken': {
    title: 'The sign-in service gave an answer that we cannot use',
    message: 'Nothing was shared. This is not your fault, and not the app’s.',
    next: 'Go back to the app and try again. If it does not help, tell us the number below.',
  },
  'bad-request': {
    title: 'We could not read that request',
    message: 'Nothing was shared.',
    next: 'Go back to the app and start again.',
  },
  'not-allowed': {
    title: 'Your role does not go so far',
    message: 'Nothing was changed.',
    next: 'Ask an administrator to do this.',
  },
  'not-found': {
    title: 'There is no such page',
    message: 'The address may be wrong, or the page is gone.',
    next: 'Go back to the app and start again.',
  },
  unavailable: {
    title: 'Something went wrong on our side',
    message: 'Nothing was shared. This is not your fault.',
    next: 'Wait a minute, then go back to the app and start again.',
  },
  'timed-out': {
    title: 'You were away too long',
    message: 'Nothing was shared.',
    next: 'Go back to the app and start again.',
  },
  'app-not-set-up': {
    title: 'This app is not set up right',
    message: 'Nothing was shared. This is not your fault.',
    next: 'Tell the people who make the app. They can ask us with the number below.',
  },
  'not-signed-in': {
    title: 'You are not signed in',
    message: 'The sign-in was not completed.',
    next: 'Go back and try again.',
  },
  'too-many': {
    title: 'Too many requests',
    message: 'Nothing was shared. Many requests came from your network in a short time.',
    next: 'Wait a minute, then go back to the app and start again.',
  },
  'other-browser': {
    title: 'This sign-in began somewhere else',
    message: 'Nothing was shared. A sign-in must end in the browser that began it.',
    next: 'Go back to the app and start again.',
  },
}

const es: typeof en = {
  ifYouAsk: (reference) => html`Si pide ayuda, diga este número: ${reference}`,
  backToApp: 'Volver a la aplicación',
  'sign-in-down': {
    title: 'El servicio para entrar no responde',
    message: 'No se compartió nada. No es culpa suya, ni de la aplicación.',
    next: 'Vuelva a la aplicación e intente otra vez en unos minutos.',
  },
  'sign-in-broken': {
    title: 'El servicio para entrar dio una respuesta que no podemos usar',
    message: 'No se compartió nada. No es culpa suya, ni de la aplicación.',
    next: 'Vuelva a la aplicación e intente otra vez. Si no ayuda, díganos el número de abajo.',
  },
  'bad-request': {
    title: 'No pudimos leer esa petición',
    message: 'No se compartió nada.',
    next: 'Vuelva a la aplicación y empiece de nuevo.',
  },
  'not-allowed': {
    title: 'Su función no llega a tanto',
    message: 'No se cambió nada.',
    next: 'Pida a quien administra que lo haga.',
  },
  'not-found': {
    title: 'Esa página no existe',
    message: 'La dirección puede estar mal, o la página ya no está.',
    next: 'Vuelva a la aplicación y empiece de nuevo.',
  },
  unavailable: {
    title: 'Algo falló de nuestro lado',
    message: 'No se compartió nada. No es culpa suya.',
    next: 'Espere un minuto. Luego vuelva a la aplicación y empiece de nuevo.',
  },
  'timed-out': {
    title: 'Pasó mucho tiempo',
    message: 'No se compartió nada.',
    next: 'Vuelva a la aplicación y empiece de nuevo.',
  },
  'app-not-set-up': {
    title: 'Esta aplicación está mal configurada',
    message: 'No se compartió nada. No es culpa suya.',
    next: 'Avise a quienes hacen la aplicación. Pueden preguntarnos con el número de abajo.',
  },
  'not-signed-in': {
    title: 'No ha entrado',
    message: 'La entrada no se completó.',
    next: 'Vuelva e intente otra vez.',
  },
  'too-many': {
    title: 'Demasiadas peticiones',
    message: 'No se compartió nada. Llegaron muchas peticiones de su red en poco tiempo.',
    next: 'Espere un minuto. Luego vuelva a la aplicación y empiece de nuevo.',
  },
  'other-browser': {
    title: 'Esto empezó en otro lugar',
    message: 'No se compartió nada. Hay que terminar en el mismo navegador en que se empezó.',
    next: 'Vuelva a la aplicación y empiece de nuevo.',
  },
}

export const problemWords = wordsIn({ en, es })
