import { z } from 'zod';
import { MAX_TEXT } from '../../git/store/search.js';
import type { FoundSymbol } from '../../codebase/code-index.js';
import { plainName } from '../../codebase/words.js';
import type { ShownFiles } from '../shown-files.js';
import { count } from '../../shared/words/format.js';
import { answer, takeLines } from './read-result.js';
import { lineRange, signatureIn } from './symbol-line.js';
import { defineTool, type ToolContext } from './tool.js';

/** Definitions of one name: more have only names such as `constructor`. */
const DEFINITIONS = 50;

/** As `search` shows: enough to see how it is used. */
const REFERENCES = 100;

export const findSymbol = defineTool({
  name: 'find_symbol',
  description:
    'Finds where a function, class, method, type or constant is defined and where it is used, by its exact name, or as Owner.name, in the languages that outline knows. Comments and strings do not count; search finds those.',
  schema: z.strictObject({ name: z.string().min(1).max(200) }),
  effect: 'read',
  run: async ({ name }, { files, code, signal }) => {
    const found = await code.find(name, signal);
    const shown = new ShownLines(files, signal);
    const plain = plainName(found.instead?.name ?? name);
    const definitions = await shownOf(found.definitions, DEFINITIONS, async (symbol) => {
      const own = await shown.lineAt(symbol);
      if (!own.includes(plain)) return null;
      return `${symbol.path}:${lineRange(symbol)}: ${symbol.kind} ${signatureIn(own, symbol)}`;
    });
    const references = await shownOf(found.references, REFERENCES, async (place) => {
      // A line that does not hold the name was redacted.
      const text = await shown.lineAt(place);
      return text.includes(plain) ? `${place.path}:${place.line}: ${text.trim().slice(0, MAX_TEXT)}` : null;
    });
    if (definitions.lines.length + references.lines.length === 0)
      return answer('nothing has this name; search finds parts of names, comments and strings', []);
    const { text, rest } = takeLines([
      ...(found.instead === null ? [] : [describeInstead(name, found.instead)]),
      ...section('Defined', NOT_DEFINED, definitions),
      ...section('Used', NOT_USED, references),
    ]);
    const more = rest > 0 ? `\n… and ${count(rest, 'more line')}` : '';
    return answer(files.redact(text) + more, [...new Set([...definitions.paths, ...references.paths])]);
  },
  label: ({ name }) => name,
});

/** Says what was looked up when nothing has a name such as `Cart.total`. */
export function describeInstead(asked: string, { name, owner }: NonNullable<FoundSymbol['instead']>): string {
  const what = owner === null ? `every ${name}, as no owner of that name is known` : `${name} of ${owner}`;
  const uses = owner === null ? '' : `, and the uses of any ${name}`;
  return `Nothing is called ${asked} as a whole. This is ${what}${uses}.`;
}

/** The index leaves out what it could not parse, and rare names of huge files. */
const NOT_DEFINED = 'No definition found: it may come from a library. search looks into every file.';
const NOT_USED = 'No use found in the index. search looks into every file.';

interface Shown {
  readonly lines: readonly string[];
  readonly paths: readonly string[];
  /** Found, but not shown. */
  readonly rest: number;
}

/** The lines of the first `limit` places that may be shown. */
async function shownOf<Place extends { readonly path: string }>(
  places: readonly Place[],
  limit: number,
  lineOf: (place: Place) => Promise<string | null>,
): Promise<Shown> {
  const lines: string[] = [];
  const paths: string[] = [];
  for (const [index, place] of places.entries()) {
    if (lines.length === limit) return { lines, paths, rest: places.length - index };
    const line = await lineOf(place);
    if (line === null) continue;
    // A copy: a part of a text keeps all of it in memory.
    lines.push(Buffer.from(line).toString());
    paths.push(place.path);
  }
  return { lines, paths, rest: 0 };
}

function section(title: string, none: string, { lines, rest }: Shown): string[] {
  if (lines.length === 0) return [none];
  return [`${title}:`, ...lines, ...(rest > 0 ? [`… and ${count(rest, 'more place')}`] : [])];
}

/**
 * Lines of files as the model may see them. Places come in the order of paths and lines, so only the last file is kept, and
 * read on from the last line: the lines of all files as strings would take gigabytes.
 */
class ShownLines {
  /** The last file, and where its line of this number (from 1) begins. */
  #last = { path: '', text: '', line: 1, start: 0 };

  constructor(
    private readonly files: ToolContext['files'],
    private readonly signal?: AbortSignal,
  ) {}

  /** Empty for a line that is not there, of a file that is not shown, and of a path that holds a secret. */
  async lineAt({ path, line }: { readonly path: string; readonly line: number }): Promise<string> {
    this.signal?.throwIfAborted();
    if (path !== this.#last.path) {
      this.#last = { path, text: '', line: 1, start: 0 };
      this.#last.text = await readShown(this.files, path);
    } else if (line < this.#last.line) Object.assign(this.#last, { line: 1, start: 0 });
    const last = this.#last;
    for (; last.line < line; last.line++) {
      const end = last.text.indexOf('\n', last.start);
      if (end < 0) return '';
      last.start = end + 1;
    }
    const end = last.text.indexOf('\n', last.start);
    return last.text.slice(last.start, end < 0 ? undefined : end);
  }
}

async function readShown(files: ShownFiles, path: string): Promise<string> {
  if (files.redact(path) !== path) return '';
  const file = await files.read(path);
  return file.kind === 'text' ? file.text : '';
}
