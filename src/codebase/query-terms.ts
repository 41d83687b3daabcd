/** The terms that a task's text is searched by. Pure. */
import { compoundsOf, type Vocabulary } from './terms.js';
import { splitName } from './words.js';

/** A term of the query, and how much it counts. */
export interface QueryTerm {
  readonly id: number;
  readonly weight: number;
}

/** Words that say nothing about where a change belongs. */
const STOP_WORDS = new Set(
  (
    'the a an and or but if then else when where which what who how why this that these those there here it its is are ' +
    'was were be been being do does did done has have had having can could should would may might must will shall not no ' +
    'nor so than too very just only also of in on at by for with without from to into onto as up down out over under ' +
    'about after before during between again once we you they he she them their our your my me us all any each both few ' +
    'more most other some such own same now via per etc eg ie vs ' +
    'fix fixes fixed add adds added adding remove removes removed make makes made use uses used using allow allows let ' +
    'lets get gets instead ensure instead co authored by signed off'
  ).split(' '),
);

/**
 * Lines that name people or changes, such as `Co-authored-by: …`, and addresses. Repetitions are bounded: the text may be
 * anything.
 */
const NOISE =
  /^[ \t]{0,8}(?:[A-Z][\w-]{0,30}-(?:by|to|id|on)|cc):.*$|https?:\/\/\S+|[^\s@]{1,64}@[^\s@]{1,100}|#\d+/gim;

/** Characters of a text that are looked at, the first ones. */
const MAX_TEXT = 20_000;

/** Distinct terms: the time of a ranking grows with them. */
const MAX_TERMS = 120;

/** How much later lines count: the title says it best. */
const LATER_WEIGHT = 0.5;

export function cleanText(text: string): string {
  return text.slice(0, MAX_TEXT).replace(NOISE, ' ');
}

/** Terms with weights: those of the first line count most, repeated ones a little more. */
export function queryTerms(text: string, vocabulary: Vocabulary): QueryTerm[] {
  const clean = cleanText(text).trim();
  const end = clean.indexOf('\n');
  const title = end < 0 ? clean : clean.slice(0, end);
  const weights = new Map<number, number>();
  const add = (id: number, weight: number) => {
    weights.set(id, Math.max(weights.get(id) ?? 0, weight) + 0.1 * Math.min(weights.get(id) ?? 0, weight));
  };
  const addAll = (part: string, weight: number) => {
    for (const compound of compoundsOf(part)) add(vocabulary.idOf(compound), weight);
    const words = splitName(part);
    for (const [index, word] of words.entries()) {
      if (STOP_WORDS.has(word)) continue;
      add(vocabulary.stemIdOf(word), weight);
      const next = words[index + 1];
      // "web socket" also finds `websocket`.
      if (next !== undefined && !STOP_WORDS.has(next)) add(vocabulary.stemIdOf(word + next), weight * 0.7);
    }
  };
  addAll(title, 1);
  if (end >= 0) addAll(clean.slice(end), LATER_WEIGHT);
  return [...weights]
    .map(([id, weight]) => ({ id, weight }))
    .sort((a, b) => b.weight - a.weight)
    .slice(0, MAX_TERMS);
}
