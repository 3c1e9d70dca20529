// How hard a text is to read: school grade for English, the INFLESZ scale for Spanish. Rough, as all such formulas are.

type Counts = { words: number; sentences: number; syllables: number }

/** Flesch-Kincaid grade level: 6 is what a child of twelve reads. */
export function gradeOfEnglish(text: string): number {
  const { words, sentences, syllables } = count(text, englishSyllables)
  return 0.39 * (words / sentences) + 11.8 * (syllables / words) - 15.59
}

/** Szigriszt-Pazos perspicuity: above 80 very easy, from 65 fairly easy, from 55 normal, below 40 very hard. */
export function inflesz(text: string): number {
  const { words, sentences, syllables } = count(text, spanishSyllables)
  return 206.835 - 62.3 * (syllables / words) - words / sentences
}

export function wordCount(text: string): number {
  return wordsIn(text).length
}

function wordsIn(text: string): string[] {
  return text.match(/\p{L}+(?:['’]\p{L}+)?/gu) ?? []
}

function count(text: string, syllablesOf: (word: string) => number): Counts {
  const words = wordsIn(text)
  return {
    words: Math.max(1, words.length),
    sentences: Math.max(1, text.split(/[.!?:]+(?:\s|$)/).filter((part) => wordsIn(part).length > 0).length),
    syllables: words.reduce((sum, word) => sum + syllablesOf(word.toLowerCase()), 0),
  }
}

function englishSyllables(word: string): number {
  const shortened = word.replace(/(?:[^laeiouy]es|[^td]ed|[^laeiouy]e)$/, '').replace(/^y/, '')
  return Math.max(1, shortened.match(/[aeiouy]{1,2}/g)?.length ?? 0)
}

/** Strong vowels stand alone; a weak one beside another joins it unless it bears the accent. */
function spanishSyllables(word: string): number {
  const nuclei = word.replace(/qu|gu(?=[eiéí])/g, 'k').match(/[iuü]?[aeoáéó][iuyü]?(?![íú])|[íú]|[iuü]{1,2}|y$/g)
  return Math.max(1, nuclei?.length ?? 0)
}
