/** Which file contents the model knows as a whole. Each is a record of its own: git's name of a content, or lines of one. */

/**
 * Lines of a content that were shown.
 * @param blob git's name of the content
 * @param first the first line, from 1
 * @param last the last line
 * @param of how many lines the content has
 */
export function knownLines(blob: string, first: number, last: number, of: number): string {
  return first === 1 && last === of ? blob : `${blob}:${first}-${last}/${of}`;
}

/** Whether all lines of a content are known: at once, or in parts that leave none out. */
export function knowsContent(known: ReadonlySet<string>, blob: string): boolean {
  if (known.has(blob)) return true;
  const parts: Part[] = [];
  for (const each of known) {
    const part = partOf(each, blob);
    if (part !== null) parts.push(part);
  }
  let next = 1;
  for (const { first, last } of parts.sort((a, b) => a.first - b.first))
    if (first <= next) next = Math.max(next, last + 1);
  return parts.some(({ of }) => next > of);
}

interface Part {
  readonly first: number;
  readonly last: number;
  readonly of: number;
}

function partOf(known: string, blob: string): Part | null {
  if (!known.startsWith(`${blob}:`)) return null;
  const [first, last, of] = known.slice(blob.length + 1).split(/[-/]/);
  return { first: Number(first), last: Number(last), of: Number(of) };
}
