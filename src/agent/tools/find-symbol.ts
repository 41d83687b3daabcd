import { z } from 'zod';
import { MAX_TEXT } from '../../git/store/search.js';
import { plainName } from '../../codebase/words.js';
import type { ShownFiles } from '../shown-files.js';
import { answer, linesOf, takeLines } from './read-result.js';
import { lineRange, signatureIn } from './symbol-line.js';
import { defineTool, type ToolContext } from './tool.js';

/** Definitions of one name: more have only names such as `constructor`. */
const DEFINITIONS = 50;

/** As `search` shows: enough to see how it is used. */
const REFERENCES = 100;

export const findSymbol = defineTool({
  name: 'find_symbol',
  description:
    'Finds where a function, class, method, type or constant is defined and where it is used, by its exact name, in the languages that outline knows. Comments and strings do not count; search finds those.',
  schema: z.strictObject({ name: z.string().min(1).max(200) }),
  effect: 'read',
  run: async ({ name }, { files, code, signal }) => {
    const found = await code.find(name, signal);
    const texts = new ShownTexts(files);
    const plain = plainName(name);
    const definitions = await shownOf(found.definitions, DEFINITIONS, async (symbol) => {
      const lines = await texts.linesOf(symbol.path);
      if (lines[symbol.line - 1]?.includes(plain) !== true) return null;
      return `${symbol.path}:${lineRange(symbol)}: ${symbol.kind} ${signatureIn(lines, symbol)}`;
    });
    const references = await shownOf(found.references, REFERENCES, async ({ path, line }) => {
      // A line that does not hold the name was redacted.
      const text = (await texts.linesOf(path))[line - 1];
      signal?.throwIfAborted();
      return text?.includes(plain) === true ? `${path}:${line}: ${text.trim().slice(0, MAX_TEXT)}` : null;
    });
    if (definitions.lines.length + references.lines.length === 0)
      return answer('nothing has this name; search finds parts of names, comments and strings', []);
    const { text, rest } = takeLines([
      ...section('Defined', NOT_DEFINED, definitions),
      ...section('Used', NOT_USED, references),
    ]);
    const more = rest > 0 ? `\n… and ${rest} more lines` : '';
    return answer(files.redact(text) + more, [...new Set([...definitions.paths, ...references.paths])]);
  },
  label: ({ name }) => name,
});

/** The index leaves out what it could not parse, and rare names of huge files. */
export const NOT_DEFINED = 'No definition found: it may come from a library. search looks into every file.';
export const NOT_USED = 'No use found in the index. search looks into every file.';

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
    lines.push(line);
    paths.push(place.path);
  }
  return { lines, paths, rest: 0 };
}

function section(title: string, none: string, { lines, rest }: Shown): string[] {
  if (lines.length === 0) return [none];
  return [`${title}:`, ...lines, ...(rest > 0 ? [`… and ${rest} more places`] : [])];
}

/** The lines of files as the model may see them, each file read once. */
class ShownTexts {
  readonly #lines = new Map<string, Promise<readonly string[]>>();

  constructor(private readonly files: ToolContext['files']) {}

  /** None of what is not shown, and of a path that holds a secret. */
  linesOf(path: string): Promise<readonly string[]> {
    const lines = this.#lines.get(path) ?? readShown(this.files, path);
    this.#lines.set(path, lines);
    return lines;
  }
}

async function readShown(files: ShownFiles, path: string): Promise<readonly string[]> {
  if (files.redact(path) !== path) return [];
  const file = await files.read(path);
  return file.kind === 'text' ? linesOf(file.text) : [];
}
