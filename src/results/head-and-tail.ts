/** Shortens a long text: its beginning and its end are kept. Pure. */

/** A third for the beginning, the rest for the end, where programs report failures and totals. */
const HEAD_SHARE = 1 / 3;

/** Characters of an output that are recorded: more than an agent reads, and no burden to the database. */
export const RECORDED_CHARS = 1_000_000;

/** Half of a character, which a cut may leave. */
const TORN_END = /[\ud800-\udbff]$/;
const TORN_START = /^[\udc00-\udfff]/;

/**
 * Returns the text, or its beginning and end with a line between them, cut at line breaks where one is near.
 * @param limit characters of the two parts together
 * @param whole characters of the text before it was cut like this already: what that cut left out counts too
 */
export function headAndTail(text: string, limit: number, whole = text.length): string {
  if (text.length <= limit) return text;
  const headRoom = Math.floor(limit * HEAD_SHARE);
  const head = text.slice(0, headRoom).replace(TORN_END, '');
  const tail = text.slice(text.length - (limit - headRoom)).replace(TORN_START, '');
  const headEnd = head.lastIndexOf('\n');
  const tailStart = tail.indexOf('\n') + 1;
  const first = headEnd > head.length / 2 ? head.slice(0, headEnd) : head;
  const last = tailStart > 0 && tailStart < tail.length / 2 ? tail.slice(tailStart) : tail;
  const cut = whole - first.length - last.length;
  return `${first}\n… ${cut} characters left out …\n${last}`;
}
