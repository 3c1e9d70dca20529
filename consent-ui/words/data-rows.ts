// What the rows and groups of the consent pages are called, in both languages: the same facts, whoever reads them.
import type { GroupId, RowId } from '../consent/row-table.ts'
import { wordsIn } from '../language.ts'

/** `others`: where the record is not the reader's own. */
export type RowName = { label: string; hint?: string; others?: { label?: string; hint?: string } }
export type GroupName = { label: string; others?: string }

type RowNames = { groups: Record<GroupId, GroupName>; rows: Record<RowId, RowName> }

const mentions = {
  en: { hint: 'Can mention anything in your record', others: { hint: 'Can mention anything in the record' } },
  es: {
    hint: 'Pueden mencionar cualquier dato suyo',
    others: { hint: 'Pueden mencionar cualquier dato del expediente' },
  },
}

const en: RowNames = {
  groups: {
    everything: { label: 'Everything else' },
    about: { label: 'About you', others: 'About the person' },
    problems: { label: 'Health problems' },
    medicines: { label: 'Medicines and vaccines' },
    tests: { label: 'Tests and measurements' },
    daily: { label: 'Daily life' },
    visits: { label: 'Visits and care' },
    notes: { label: 'Notes' },
    insurance: { label: 'Insurance and bills' },
    privacy: { label: 'Privacy' },
    other: { label: 'Other data' },
  },
  rows: {
    newKinds: { label: 'New kinds of data added later', hint: 'Only together with everything above, for all dates' },
    patient: { label: 'Name, birth date, contact details', hint: 'Also race, language, sex, if on file' },
    family: {
      label: 'Family and helpers linked to you',
      others: { label: 'Family and helpers linked to the person' },
    },
    problemList: { label: 'List of health problems, now and past' },
    visitDiagnoses: { label: 'What was found at each visit' },
    concerns: {
      label: 'Worries you or your care team noted',
      others: { label: 'Worries the person or the care team noted' },
    },
    socialProblems: { label: 'Problems with housing, food, work or safety' },
    otherProblems: {
      label: 'Health problems in none of these groups',
      hint: 'Only together with all the groups of health problems above',
    },
    problems: { label: 'All health problems' },
    allergies: { label: 'Allergies and bad reactions' },
    familyHistory: { label: 'Health of your family', others: { label: 'Health of the family' } },
    warnings: { label: 'Risks, alerts and safety warnings' },
    medicines: {
      label: 'Medicines',
      hint: 'Can show why you take them',
      others: { hint: 'Can show why they are taken' },
    },
    vaccines: { label: 'Vaccines (shots)' },
    glasses: { label: 'Glasses and contact lenses' },
    lab: { label: 'Lab tests', hint: 'Blood, urine, genes' },
    vitals: { label: 'Blood pressure, pulse, weight, height' },
    imaging: { label: 'X-rays and scans' },
    otherTests: { label: 'Other tests', hint: 'Such as heart or breathing tests' },
    reports: { label: 'Test reports', hint: 'From labs, X-rays and scans, with doctors’ notes on them' },
    otherResults: {
      label: 'Results in none of these groups',
      hint: 'Only together with all the groups of results, here and under daily life',
    },
    results: { label: 'All test results and measurements' },
    social: { label: 'Smoking, alcohol, daily life', hint: 'Can include pregnancy, sexual orientation' },
    needs: { label: 'Housing, food, work, safety' },
    forms: {
      label: 'Forms you filled in',
      hint: 'Mood, pain, habits',
      others: { label: 'Forms filled in' },
    },
    visits: { label: 'Visits and hospital stays' },
    appointments: { label: 'Appointments' },
    procedures: { label: 'Surgeries and treatments' },
    plans: { label: 'Care plans, goals, care team' },
    orders: { label: 'Orders and referrals' },
    devices: { label: 'Implants and devices' },
    lists: {
      label: 'Studies, groups and lists you are in',
      others: { label: 'Studies, groups and lists the person is in' },
    },
    notes: { label: 'Doctors’ notes and papers', ...mentions.en },
    messages: { label: 'Messages with your care team', others: { label: 'Messages with the care team' } },
    coverage: { label: 'Insurance plan' },
    bills: { label: 'Bills and claims', hint: 'Show visits and medicines too' },
    privacy: {
      label: 'Your privacy choices, where data came from, who saw it',
      others: { label: 'Privacy choices, where data came from, who saw it' },
    },
  },
}

const es: RowNames = {
  groups: {
    everything: { label: 'Todo lo demás' },
    about: { label: 'Sobre usted', others: 'Sobre la persona' },
    problems: { label: 'Problemas de salud' },
    medicines: { label: 'Medicinas y vacunas' },
    tests: { label: 'Pruebas y medidas' },
    daily: { label: 'Vida diaria' },
    visits: { label: 'Visitas y atención' },
    notes: { label: 'Notas' },
    insurance: { label: 'Seguro y cuentas' },
    privacy: { label: 'Privacidad' },
    other: { label: 'Otros datos' },
  },
  rows: {
    newKinds: {
      label: 'Tipos de datos que se agreguen después',
      hint: 'Solo junto con todo lo de arriba y con todas las fechas',
    },
    patient: {
      label: 'Nombre, fecha de nacimiento y datos de contacto',
      hint: 'También raza, idioma y sexo, si constan',
    },
    family: {
      label: 'Familiares y personas que le ayudan',
      others: { label: 'Familiares y personas que ayudan a la persona' },
    },
    problemList: { label: 'Lista de problemas de salud, actuales y pasados' },
    visitDiagnoses: { label: 'Diagnósticos de cada visita' },
    concerns: {
      label: 'Preocupaciones que usted o su equipo médico anotaron',
      others: { label: 'Preocupaciones que la persona o el equipo médico anotaron' },
    },
    socialProblems: { label: 'Problemas de vivienda, comida, trabajo o seguridad' },
    otherProblems: {
      label: 'Problemas de salud que no están en ningún grupo',
      hint: 'Solo junto con todos los grupos de problemas de salud de arriba',
    },
    problems: { label: 'Todos los problemas de salud' },
    allergies: { label: 'Alergias y malas reacciones' },
    familyHistory: { label: 'Salud de su familia', others: { label: 'Salud de la familia' } },
    warnings: { label: 'Riesgos, alertas y avisos de seguridad' },
    medicines: {
      label: 'Medicinas',
      hint: 'Pueden mostrar por qué las toma',
      others: { hint: 'Pueden mostrar por qué se toman' },
    },
    vaccines: { label: 'Vacunas' },
    glasses: { label: 'Gafas y lentes de contacto' },
    lab: { label: 'Análisis de laboratorio', hint: 'Sangre, orina, genes' },
    vitals: { label: 'Presión, pulso, peso y estatura' },
    imaging: { label: 'Radiografías y otras imágenes' },
    otherTests: { label: 'Otras pruebas', hint: 'Como las del corazón o de la respiración' },
    reports: {
      label: 'Informes de pruebas',
      hint: 'De laboratorio, radiografías e imágenes, con notas médicas',
    },
    otherResults: {
      label: 'Resultados que no están en ningún grupo',
      hint: 'Solo junto con todos los grupos de resultados, aquí y en vida diaria',
    },
    results: { label: 'Todos los resultados de pruebas y medidas' },
    social: { label: 'Tabaco, alcohol y vida diaria', hint: 'Puede incluir embarazo y orientación sexual' },
    needs: { label: 'Vivienda, comida, trabajo y seguridad' },
    forms: {
      label: 'Cuestionarios que llenó',
      hint: 'Ánimo, dolor, hábitos',
      others: { label: 'Cuestionarios llenados' },
    },
    visits: { label: 'Visitas y estancias en el hospital' },
    appointments: { label: 'Citas' },
    procedures: { label: 'Operaciones y tratamientos' },
    plans: { label: 'Planes de atención, metas y equipo médico' },
    orders: { label: 'Órdenes médicas y envíos a especialistas' },
    devices: { label: 'Implantes y aparatos médicos' },
    lists: {
      label: 'Estudios, grupos y listas en los que está',
      others: { label: 'Estudios, grupos y listas en los que está la persona' },
    },
    notes: { label: 'Notas y documentos médicos', ...mentions.es },
    messages: { label: 'Mensajes con su equipo médico', others: { label: 'Mensajes con el equipo médico' } },
    coverage: { label: 'Plan de seguro' },
    bills: { label: 'Cuentas y reclamos', hint: 'También muestran visitas y medicinas' },
    privacy: {
      label: 'Sus decisiones de privacidad, el origen de los datos y quién los vio',
      others: { label: 'Decisiones de privacidad, el origen de los datos y quién los vio' },
    },
  },
}

export const dataRowWords = wordsIn({ en, es })
