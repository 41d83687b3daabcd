/** Facts from a file's text and what the parser found in it. Pure, in time that grows with the text's length only. */
import { MAX_SIGNATURE, NO_FACTS, type CodeSymbol, type FileFacts, type TextCounts } from './file-facts.js';
import type { Syntax } from './syntax.js';
import { namesIn, splitName } from './words.js';

/** The facts of a file, and the lines of its references. */
export interface FileRecord {
  readonly facts: FileFacts;
  /** The lines, from 1, of each text of `facts.references`. */
  readonly lines: readonly (readonly number[])[];
}

export const NO_RECORD: FileRecord = { facts: NO_FACTS, lines: [] };

/** What a file may add to the index. Longer than any file that people write; generated ones are longer. */
const LIMIT = { symbols: 2_000, references: 1_000, linesOfReference: 200, words: 300, nameChars: 120 };

/** Keywords of several languages that are names in none. */
const KEYWORDS: ReadonlySet<string> = new Set(
  `abstract and as async await bool boolean break case catch char class const continue def default do double elif else
  elsif enum except export extends extern false finally float for foreach from function goto if implements import in
  instanceof int interface is let mut namespace new nil not null or override private protected public readonly return
  self sizeof static struct super switch then this throw throws trait true try typeof undefined unless unsigned until
  using var virtual void volatile when where while with yield None True False Self`.split(/\s+/),
);

/** @param syntax null for a text that is not parsed: then only its words count */
export function readText(text: string, language: string | null, syntax: Syntax | null): FileRecord {
  const lineStarts = startsOfLines(text);
  const symbols = syntax === null ? [] : symbolsOf(text, syntax, lineStarts);
  const { names, references } = scanNames(text, syntax, lineStarts);
  const used = mostFrequent(new Map([...references].map(([name, at]) => [name, at.count])), LIMIT.references);
  return {
    facts: {
      language: syntax === null ? null : language,
      symbols,
      references: used,
      words: mostFrequent(wordsOf(names), LIMIT.words),
    },
    lines: used.texts.map((name) => references.get(name)?.lines ?? []),
  };
}

function startsOfLines(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

function symbolsOf(text: string, { definitions }: Syntax, lineStarts: readonly number[]): CodeSymbol[] {
  return definitions.slice(0, LIMIT.symbols).flatMap(({ kind, name: { start, end }, line, endLine }) => {
    // Quotes of a member's name, and the colon of a Ruby symbol.
    const name = text.slice(start, end).replace(/^['":]|['"]$/g, '');
    if (name === '' || name.length > LIMIT.nameChars || name.includes('\n')) return [];
    const from = lineStarts[line - 1] ?? 0;
    // What is before the name on its line is short, except in minified code.
    const begin = start - from > MAX_SIGNATURE ? start : from;
    const lineEnd = lineStarts[line] ?? text.length + 1;
    const signature = text.slice(begin, Math.min(lineEnd - 1, begin + 2 * MAX_SIGNATURE)).trim();
    return [{ name, kind, line, endLine, signature: shortened(signature) }];
  });
}

/**
 * A long signature ends before its first value: half of a secret would not be recognised as one, and so not be redacted.
 */
function shortened(signature: string): string {
  if (signature.length <= MAX_SIGNATURE) return signature;
  const head = signature.slice(0, MAX_SIGNATURE);
  const value = head.search(/["'`=]/);
  return value < 0 ? head : head.slice(0, value).trimEnd();
}

interface Uses {
  count: number;
  readonly lines: number[];
}

/** Counts all names of a text, and finds those that its code uses. */
function scanNames(text: string, syntax: Syntax | null, lineStarts: readonly number[]) {
  const names = new Map<string, number>();
  const references = new Map<string, Uses>();
  const { prose, definitions } = syntax ?? { prose: [], definitions: [] };
  let line = 1;
  let nextProse = 0;
  let nextDefinition = 0;
  for (const { 0: name, index } of namesIn(text)) {
    if (name.length > LIMIT.nameChars) continue;
    names.set(name, (names.get(name) ?? 0) + 1);
    if (syntax === null || name.length < 2 || KEYWORDS.has(name)) continue;
    while ((prose[nextProse]?.end ?? Infinity) <= index) nextProse++;
    if ((prose[nextProse]?.start ?? Infinity) <= index) continue;
    while ((definitions[nextDefinition]?.name.end ?? Infinity) <= index) nextDefinition++;
    if ((definitions[nextDefinition]?.name.start ?? Infinity) <= index) continue;
    while ((lineStarts[line] ?? Infinity) <= index) line++;
    const uses = references.get(name) ?? { count: 0, lines: [] };
    uses.count++;
    if (uses.lines.at(-1) !== line && uses.lines.length < LIMIT.linesOfReference) uses.lines.push(line);
    references.set(name, uses);
  }
  return { names, references };
}

function wordsOf(names: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const words = new Map<string, number>();
  for (const [name, count] of names) {
    for (const word of splitName(name)) words.set(word, (words.get(word) ?? 0) + count);
  }
  return words;
}

function mostFrequent(counts: ReadonlyMap<string, number>, limit: number): TextCounts {
  const sorted = [...counts].sort((a, b) => b[1] - a[1]).slice(0, limit);
  return { texts: sorted.map(([text]) => text), counts: sorted.map(([, count]) => count) };
}
