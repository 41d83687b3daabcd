/** Terms: words of texts, paths and identifiers, reduced so that forms of one word are equal. Pure. */

/** Identifiers of more than one part, in lower case and without what separates the parts: `parseArgs`, `parse_args`. */
export function compoundsOf(text: string): string[] {
  return (text.match(NAME) ?? []).flatMap((name) => {
    if (name.length > MAX_NAME || !/[\p{L}\d][_-]+[\p{L}\d]|[\p{Ll}\d]\p{Lu}/u.test(name)) return [];
    return [name.replace(/[_-]/g, '').toLowerCase()];
  });
}

/** One class of characters, so that a text of any kind is matched in one pass. */
const NAME = /[\p{L}\d_-]+/gu;

/** Characters of a name: longer ones are encoded data. */
const MAX_NAME = 80;

/**
 * Reduces an English word to a stem: "caching", "caches" and "cached" are "cach". Coarser than a linguist's stemmer,
 * since terms are only compared with each other.
 */
export function stemOf(word: string): string {
  if (word.length < 4 || !/^[a-z]+$/.test(word)) return word;
  const stem = withoutEnding(word);
  return stem.length > 3 ? stem.replace(/e$/, '') : stem;
}

function withoutEnding(word: string): string {
  if (/(?:ss|us|is)$/.test(word)) return word;
  if (/ies$/.test(word) && word.length > 4) return `${word.slice(0, -3)}y`;
  const singular = word.replace(/(?<=[sxz]|[cs]h)es$|s$/, '');
  const base = singular.replace(/(?<=[a-z]{3})(?:ing|ed|er|or)$/, '');
  if (base === singular) return singular.replace(/(?<=[a-z]{4})(?:ation|ion)$/, '');
  return base.replace(/([bdfgkmnprt])\1$/, '$1');
}

/** Numbers for terms, so that the files' terms take little memory and are quickly compared. */
export class Vocabulary {
  readonly #ids = new Map<string, number>();
  readonly #stems = new Map<string, number>();

  /** All numbers are below it. */
  get size(): number {
    return this.#ids.size;
  }

  /** The number of a term or a name as it is; -1 for one that is not known. */
  find(term: string): number {
    return this.#ids.get(term) ?? -1;
  }

  /** As `find`, and makes it known. */
  idOf(term: string): number {
    const known = this.#ids.get(term);
    if (known !== undefined) return known;
    const id = this.#ids.size;
    this.#ids.set(term, id);
    return id;
  }

  /** The number of a word's stem. */
  stemIdOf(word: string): number {
    const known = this.#stems.get(word);
    if (known !== undefined) return known;
    const id = this.idOf(stemOf(word));
    this.#stems.set(word, id);
    return id;
  }
}
