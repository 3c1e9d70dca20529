// What a scope asks for, in words. `own` texts that speak to "you" have a counterpart in data-names.
import { wordsIn } from '../language.ts'

const en = {
  knowWho: 'Know who you are',
  knowWhose: 'Know whose record this is',
  whileAway: 'See your data when you are not using the app',
  whileSignedIn: 'See your data while you are signed in',
  noName: 'Something we have no name for',
  calledByApp: (text: string) => `The app calls it “${text}”`,
  other: (type: string) => `Other: ${type}`,
  deeds: {
    see: 'See',
    add: 'Add new items',
    change: 'Change items',
    delete: 'Delete items',
    unknown: 'Not known',
  },
  oneAtATime: 'One item at a time',
  bySearching: 'By searching',
  onlyWhere: (conditions: string) => `Only where ${conditions}`,
  and: ' and ',
  or: ' or ',
  compared: {
    eq: (value: string) => `is ${value}`,
    ne: (value: string) => `is not ${value}`,
    lt: (value: string) => `is before ${value}`,
    le: (value: string) => `is up to ${value}`,
    gt: (value: string) => `is after ${value}`,
    ge: (value: string) => `is from ${value}`,
    sa: (value: string) => `starts after ${value}`,
    eb: (value: string) => `ends before ${value}`,
  },
}

const es: typeof en = {
  knowWho: 'Saber quién es usted',
  knowWhose: 'Saber de quién es este expediente',
  whileAway: 'Ver sus datos cuando usted no usa la aplicación',
  whileSignedIn: 'Ver sus datos mientras su sesión esté abierta',
  noName: 'Algo para lo que no tenemos nombre',
  calledByApp: (text) => `La aplicación lo llama «${text}»`,
  other: (type) => `Otro: ${type}`,
  deeds: {
    see: 'Ver',
    add: 'Agregar datos',
    change: 'Cambiar datos',
    delete: 'Borrar datos',
    unknown: 'No se sabe',
  },
  oneAtATime: 'Un dato a la vez',
  bySearching: 'Por búsqueda',
  onlyWhere: (conditions) => `Solo donde ${conditions}`,
  and: ' y ',
  or: ' o ',
  compared: {
    eq: (value) => `es ${value}`,
    ne: (value) => `no es ${value}`,
    lt: (value) => `es antes de ${value}`,
    le: (value) => `es hasta ${value}`,
    gt: (value) => `es después de ${value}`,
    ge: (value) => `es desde ${value}`,
    sa: (value) => `empieza después de ${value}`,
    eb: (value) => `termina antes de ${value}`,
  },
}

export const scopeWords = wordsIn({ en, es })
