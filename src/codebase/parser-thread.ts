/** The thread that parses: files in, records out, one at a time. `ParserThreads` starts and ends it. */
import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { LANGUAGES } from './languages/languages.js';
import type { Language } from './languages/language.js';
import { NO_RECORD, readText, type FileRecord } from './read-text.js';
import { encodeRecord, type EncodedRecord } from './record.js';
import { SyntaxParser } from './syntax.js';

/** A file to read. */
export interface ParseRequest {
  readonly bytes: Uint8Array;
  /** Null: it is not parsed, and only its words count. */
  readonly language: string | null;
}

/** What a thread is started with. */
export interface ParserData {
  /** The folder of the compiled grammars. */
  readonly grammars: string;
  /**
   * Shared: how many files it has begun to parse, their grammar loaded. Whatever goes wrong from there on is the file's
   * fault. A message that says so can arrive after the thread's error.
   */
  readonly started: Int32Array;
}

/** The record of a file. */
export interface ParseAnswer extends EncodedRecord {
  /** Milliseconds that were spent on parsing it in vain: it took longer than the limit, so only its words count. */
  readonly wastedMs: number;
}

const requestSchema = z.object({ bytes: z.instanceof(Uint8Array), language: z.string().nullable() });

/**
 * Milliseconds of processor time to parse a file: twice what the longest files that people write need, and far more than
 * shorter ones do. With one limit for all, a few small hostile files would waste the time of all others.
 */
const limitMs = (bytes: number): number => 1_000 + bytes / 1_000;

/** Characters of a line of a file that is parsed. Longer lines are data or minified code. */
const MAX_LINE = 50_000;

/** Bytes at the beginning in which a NUL makes a file binary: git looks at as many. */
const TEXT_CHECK_BYTES = 8_000;

const { grammars, started }: ParserData = z
  .object({ grammars: z.string(), started: z.instanceof(Int32Array) })
  .parse(workerData);
const utf8 = new TextDecoder();
let parser: Promise<SyntaxParser> | null = null;

let work: Promise<unknown> = Promise.resolve();
parentPort?.on('message', (message: unknown) => {
  const request = requestSchema.parse(message);
  // An error ends the thread: after one, a compiled grammar's memory can be in any state.
  work = work.then(async () => send(await answerTo(request)));
});

/** Hands the record over instead of copying it: what zlib returns are parts of larger buffers. */
function send({ facts, lines, wastedMs }: ParseAnswer): void {
  const own = { facts: new Uint8Array(facts), lines: new Uint8Array(lines), wastedMs };
  parentPort?.postMessage(own satisfies ParseAnswer, [own.facts.buffer, own.lines.buffer]);
}

async function answerTo({ bytes, language }: ParseRequest): Promise<ParseAnswer> {
  const known = LANGUAGES.find(({ name }) => name === language) ?? null;
  const opened = known === null ? null : await parserFor(known);
  Atomics.add(started, 0, 1);
  if (bytes.subarray(0, TEXT_CHECK_BYTES).includes(0)) return answer(NO_RECORD);
  const text = utf8.decode(bytes);
  if (known === null || opened === null || hasLongLine(text)) return answer(readText(text, null, null));
  const limit = limitMs(bytes.length);
  const syntax = await opened.parse(text, known, limit);
  return answer(readText(text, known.name, syntax), syntax === null ? limit : 0);
}

async function parserFor(language: Language): Promise<SyntaxParser> {
  parser ??= SyntaxParser.open(grammars);
  const opened = await parser;
  await opened.load(language);
  return opened;
}

function answer(record: FileRecord, wastedMs = 0): ParseAnswer {
  return { ...encodeRecord(record), wastedMs };
}

function hasLongLine(text: string): boolean {
  for (let at = 0; ;) {
    const end = text.indexOf('\n', at);
    if ((end < 0 ? text.length : end) - at > MAX_LINE) return true;
    if (end < 0) return false;
    at = end + 1;
  }
}
