/**
 * Shortens a text to its beginning and its end, with a line between them that says how much is missing.
 * @param chars the most UTF-16 code units of the text that are kept; surrogate pairs stay whole
 */
export function cutMiddle(text: string, chars: number): string {
  if (text.length <= chars) return text;
  const head = wholeEnd(text, Math.ceil(chars / 2));
  const tail = wholeEnd(text, text.length - Math.floor(chars / 2));
  return `${text.slice(0, head)}\n[… ${tail - head} characters are left out …]\n${text.slice(tail)}`;
}

/** The index, or the next one when it would split a surrogate pair. */
function wholeEnd(text: string, index: number): number {
  const code = text.charCodeAt(index);
  return code >= 0xdc00 && code <= 0xdfff ? index + 1 : index;
}
