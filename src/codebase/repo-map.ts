/** The repo map: the files of a commit with their key lines, most relevant first, within a budget. Pure. */
import { showInvisible } from '../shared/words/visible-text.js';
import type { CodeSymbol } from './file-facts.js';

/** Characters of a token: an average of source code. */
export const CHARS_PER_TOKEN = 3.5;

/** A file that may be listed. */
export interface MapEntry {
  readonly path: string;
  /** Its symbols, the most relevant first. Called for the listed files only. */
  symbols(): readonly CodeSymbol[];
}

export interface RepoMap {
  readonly text: string;
  /** The listed files, most relevant first, with the symbols whose lines are shown. */
  readonly files: readonly { readonly path: string; readonly symbols: readonly CodeSymbol[] }[];
}

/** Characters of a symbol's signature: enough to tell what it is. */
const MAX_SIGNATURE = 80;

/** Characters of a whole key line, with its number. */
const MAX_LINE = MAX_SIGNATURE + 15;

/**
 * Renders the map. At least half of the budget goes to key lines, as long as the listed files have so many; the rest goes
 * to paths.
 * @param entries the most relevant first
 * @param show hides secrets in a path or a line
 */
export function renderMap(
  entries: readonly MapEntry[],
  tokens: number,
  show: (text: string) => string,
): RepoMap {
  const budget = Math.floor(tokens * CHARS_PER_TOKEN);
  const half = Math.ceil(budget / 2);
  const listing = new Listing(entries, show);
  // The last key line may reach beyond the half.
  listing.addPaths(budget - half - MAX_LINE);
  listing.addKeyLines(half, budget);
  listing.addPaths(budget);
  return listing.map();
}

interface Listed {
  readonly entry: MapEntry;
  readonly heading: string;
  readonly lines: KeyLine[];
}

interface KeyLine {
  readonly symbol: CodeSymbol;
  readonly text: string;
}

class Listing {
  length = 0;
  readonly #listed: Listed[] = [];

  constructor(
    private readonly entries: readonly MapEntry[],
    private readonly show: (text: string) => string,
  ) {}

  /** Adds files by their path, up to a length of the whole. */
  addPaths(length: number): void {
    for (const entry of this.entries.slice(this.#listed.length)) {
      const heading = `${this.#line(entry.path)}\n`;
      if (this.length + heading.length > length) return;
      this.length += heading.length;
      this.#listed.push({ entry, heading, lines: [] });
    }
  }

  /** Adds key lines of the listed files: more of the first files, and of each file the most relevant symbols. */
  addKeyLines(wanted: number, length: number): void {
    let left = wanted;
    for (const { symbol, lines } of bySalience(this.#listed)) {
      // Several symbols of one line (the properties of a short type) are shown by it already.
      if (lines.some((shown) => shown.symbol.line === symbol.line)) continue;
      const text = `  ${symbol.line} ${cut(this.#line(symbol.signature))}\n`;
      if (left <= 0 || this.length + text.length > length) return;
      left -= text.length;
      this.length += text.length;
      lines.push({ symbol, text });
    }
  }

  map(): RepoMap {
    for (const { lines } of this.#listed) lines.sort((a, b) => a.symbol.line - b.symbol.line);
    return {
      text: this.#listed
        .flatMap(({ heading, lines }) => [heading, ...lines.map(({ text }) => text)])
        .join(''),
      files: this.#listed.map(({ entry, lines }) => ({
        path: entry.path,
        symbols: lines.map(({ symbol }) => symbol),
      })),
    };
  }

  /** Hides secrets, and keeps a text on its line: a path may hold a line break and must not pass for two. */
  #line(text: string): string {
    const shown = this.show(text);
    return showInvisible(/[\t\n]/.test(shown) ? JSON.stringify(shown) : shown);
  }
}

/** The symbols of one file, of which at least one is still to come. */
interface Queue {
  readonly rank: number;
  readonly symbols: readonly CodeSymbol[];
  readonly lines: KeyLine[];
  next: number;
}

/**
 * The symbols of all files in the order in which their lines are added. Only files are looked into whose turn comes:
 * generated ones may have thousands of symbols.
 */
function* bySalience(
  listed: readonly Listed[],
): Generator<{ readonly symbol: CodeSymbol; readonly lines: KeyLine[] }> {
  const queues: Queue[] = [];
  let opened = 0;
  for (;;) {
    let best = cheapest(queues);
    for (let file = listed[opened]; file !== undefined; file = listed[opened]) {
      if (best !== null && cost(best) <= cost({ rank: opened, next: 0 })) break;
      const queue = { rank: opened++, symbols: file.entry.symbols(), lines: file.lines, next: 0 };
      if (queue.symbols.length === 0) continue;
      queues.push(queue);
      best = queue;
    }
    const symbol = best?.symbols[best.next];
    if (best === null || symbol === undefined) return;
    best.next += 1;
    if (best.next === best.symbols.length) queues.splice(queues.indexOf(best), 1);
    yield { symbol, lines: best.lines };
  }
}

/** What a queue's next symbol costs, compared with others. */
function cost({ rank, next }: Pick<Queue, 'rank' | 'next'>): number {
  return (rank + 3) * (next + 2);
}

/** The queue whose next symbol comes first; null when there is none. The earlier file wins a tie. */
function cheapest(queues: readonly Queue[]): Queue | null {
  let best: Queue | null = null;
  for (const queue of queues) if (best === null || cost(queue) < cost(best)) best = queue;
  return best;
}

function cut(line: string): string {
  // Half of a character at the end would make the request invalid.
  return line.length <= MAX_SIGNATURE
    ? line
    : `${line.slice(0, MAX_SIGNATURE - 1).replace(/\p{Surrogate}$/u, '')}…`;
}
