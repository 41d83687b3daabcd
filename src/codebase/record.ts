/** The form in which facts are kept: compressed JSON of plain lists, in two parts, because few readers need the lines. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import { SYMBOL_KINDS, type CodeSymbol, type FileFacts, type TextCounts } from './file-facts.js';
import type { FileRecord } from './read-text.js';

/**
 * To be raised when the same bytes give other facts than before: a new grammar, query, limit or form. Records of other
 * versions are in folders of their own.
 */
export const RECORD_VERSION = 3;

/** What the cache keeps of a blob. */
export interface EncodedRecord {
  readonly facts: Uint8Array;
  readonly lines: Uint8Array;
}

/** Speed counts more than size: a level above 1 takes twice the time and saves a tenth. */
const DEFLATE = { level: 1 };

export function encodeRecord({ facts, lines }: FileRecord): EncodedRecord {
  const { language, symbols, references, words } = facts;
  const plain = [
    language,
    symbols.flatMap(({ name, kind, line, endLine, signature }) => [
      ...[name, SYMBOL_KINDS.indexOf(kind), line, endLine, signature],
    ]),
    ...[references.texts, references.counts, words.texts, words.counts],
  ];
  return {
    facts: deflateRawSync(JSON.stringify(plain), DEFLATE),
    lines: deflateRawSync(JSON.stringify(lines), DEFLATE),
  };
}

const linesSchema = z.array(z.int());

/** A record is longer only when the cache is damaged: the limits of `readText` allow about 1 MB. */
const MAX_RECORD = { maxOutputLength: 16 * 1024 * 1024 };

/**
 * Reads the facts of a record. Validated by hand: 20,000 of them are read at once.
 * @param intern gives one string for equal ones
 * @throws Error for damaged bytes
 */
export function decodeFacts(bytes: Uint8Array, intern: (text: string) => string): FileFacts {
  const plain: unknown = JSON.parse(inflateRawSync(bytes, MAX_RECORD).toString());
  const [language, symbols, names, nameCounts, words, wordCounts] = listOf(plain);
  return {
    language: language === null ? null : intern(stringOf(language)),
    symbols: symbolsOf(listOf(symbols), intern),
    references: countsOf(listOf(names), listOf(nameCounts), intern),
    words: countsOf(listOf(words), listOf(wordCounts), intern),
  };
}

/** The lines of the reference at a place of `references.texts`, none for one that is not there. @throws Error for damaged bytes */
export function decodeLines(bytes: Uint8Array, at: number): readonly number[] {
  const plain: unknown = JSON.parse(inflateRawSync(bytes, MAX_RECORD).toString());
  return linesSchema.parse(listOf(plain)[at] ?? []);
}

function symbolsOf(flat: readonly unknown[], intern: (text: string) => string): CodeSymbol[] {
  const symbols: CodeSymbol[] = [];
  for (let at = 0; at < flat.length; at += 5) {
    const kind = SYMBOL_KINDS[numberOf(flat[at + 1])];
    if (kind === undefined) throw damaged();
    symbols.push({
      name: intern(stringOf(flat[at])),
      kind,
      line: numberOf(flat[at + 2]),
      endLine: numberOf(flat[at + 3]),
      signature: stringOf(flat[at + 4]),
    });
  }
  return symbols;
}

function countsOf(
  texts: readonly unknown[],
  counts: readonly unknown[],
  intern: (text: string) => string,
): TextCounts {
  if (texts.length !== counts.length) throw damaged();
  return { texts: texts.map((text) => intern(stringOf(text))), counts: counts.map(numberOf) };
}

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw damaged();
  return value;
}

function stringOf(value: unknown): string {
  if (typeof value !== 'string') throw damaged();
  return value;
}

function numberOf(value: unknown): number {
  if (typeof value !== 'number') throw damaged();
  return value;
}

function damaged(): Error {
  return new Error('a record of the code index is damaged');
}
