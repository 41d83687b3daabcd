/** Identifiers and the words that they consist of. Pure. */

/** Names in the ASCII alphabet. */
const ASCII_NAME = /[A-Za-z_$][\w$]*/g;
/** Names in any alphabet: slower, so used only where a text has other letters. */
const ANY_NAME = /[\p{L}_$][\p{L}\p{M}\p{N}_$]*/gu;

/** Finds all identifiers and words of a text. */
export function namesIn(text: string): RegExpStringIterator<RegExpExecArray> {
  return text.matchAll(/[^\x00-\x7f]/.test(text) ? ANY_NAME : ASCII_NAME);
}

/**
 * A name without the signs that some languages add to a definition's: `#count` of JavaScript, `~Cart` of C++, `valid?` and
 * `save!` of Ruby. Uses are found without them.
 */
export function plainName(name: string): string {
  return name.replace(/^[#~]/, '').replace(/[?!]$/, '');
}

/** Whether a definition has this name. @param plain as `plainName` returns it */
export function hasPlainName({ name }: { readonly name: string }, plain: string): boolean {
  // The index asks this of every symbol, and few contain the name.
  return name.includes(plain) && plainName(name) === plain;
}

/** Characters of the longest word that counts: longer ones are encoded data. */
const MAX_WORD = 40;

/** Where a name changes from one word to the next: `fooBar`, `HTTPServer`; digits and `_` are no letters. */
const PART = /\p{Lu}+(?!\p{Ll})|\p{Lu}?[\p{Ll}\p{Lo}\p{Lt}\p{Lm}\p{M}]+|\p{Lu}/gu;
const ASCII_PART = /[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g;

/**
 * The words of a name in lower case: `parseHTTPRequest_v2` is parse, http, request. Single letters do not count.
 */
export function splitName(name: string): string[] {
  const parts = name.match(/[^\x00-\x7f]/.test(name) ? PART : ASCII_PART) ?? [];
  return parts.filter((part) => part.length > 1 && part.length <= MAX_WORD).map((part) => part.toLowerCase());
}
