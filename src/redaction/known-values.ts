/**
 * Finds known secrets in a text: as they are, in an encoding (base64, hex, URL, JSON), and split or interspersed with
 * other characters. Pure.
 */
import { MARKER, type KnownSecret, type Region } from './region.js';
import { isRandom } from './secret-shapes.js';

/** Shorter encodings of a part of a secret would occur by chance. */
const MIN_FORM_LENGTH = 8;
/** Characters. From this length on, letters and digits alone are enough to recognise a value. */
const MIN_SQUEEZED_LENGTH = 12;
/** Characters of a form that are looked up at each position of a text. */
const KEY_LENGTH = 8;

/**
 * Characters of forms that are compared with one text, far more than ordinary texts and secrets need. A hostile repository
 * can have thousands of values that begin alike or contain each other, and a text that is full of them.
 */
const MOST_COMPARED = 500_000_000;
/** What a region costs, in compared characters: it takes memory. */
const REGION_COST = 1_000;

interface Form {
  readonly name: string;
  readonly text: string;
}

/** Creates a function that finds the values in a text. */
export function createValueFinder(known: readonly KnownSecret[]): (text: string) => Region[] {
  if (known.length === 0) return () => [];
  const exact = new Map<string, Form>();
  const squeezed = new Map<string, Form[]>();
  for (const { name, value } of known) {
    exact.set(value, { name, text: value });
    for (const encoded of encodingsOf(value)) {
      const { text } = squeeze(encoded);
      if (text.length >= MIN_SQUEEZED_LENGTH) addTo(squeezed, { name, text });
      else if (encoded.length >= MIN_FORM_LENGTH) exact.set(encoded, { name, text: encoded });
    }
    const { text } = squeeze(value);
    // Words in another arrangement are ordinary text; a generated value is not.
    if (text.length >= MIN_SQUEEZED_LENGTH && isRandom(value)) addTo(squeezed, { name, text });
  }
  const exactForms = [...exact.values()];
  const begins = beginningsOf(squeezed.keys());
  const shortest = Math.min(MIN_SQUEEZED_LENGTH, ...exactForms.map(({ text }) => text.length));
  return (text) => {
    // Most texts of a JSON value are short names.
    if (text.length < shortest) return [];
    const effort = new Effort();
    const found = findExact(exactForms, text, effort);
    for (const region of findSqueezed(squeezed, begins, text, effort)) found.push(region);
    return effort.isSpent ? wholeText(text) : found;
  };
}

/** Counts the work on one text. */
class Effort {
  #left = MOST_COMPARED;

  get isSpent(): boolean {
    return this.#left <= 0;
  }

  add(compared: number): void {
    this.#left -= compared;
  }
}

/** All of a text whose secrets would take too long to tell apart, except markers: what overlaps one is not redacted. */
function wholeText(text: string): Region[] {
  const regions: Region[] = [];
  let start = 0;
  for (const { 0: marker, index } of [...text.matchAll(MARKER), { 0: '', index: text.length }]) {
    if (index > start) regions.push({ start, end: index, name: 'too-many-secrets' });
    start = index + marker.length;
  }
  return regions;
}

/**
 * Marks the first two bytes of each key. Few pairs begin one, so most positions of a text need no other lookup.
 * @returns a byte for each pair
 */
function beginningsOf(keys: Iterable<string>): Uint8Array {
  const begins = new Uint8Array(0x1_00_00);
  for (const key of keys) begins[(key.charCodeAt(0) << 8) | key.charCodeAt(1)] = 1;
  return begins;
}

function addTo(forms: Map<string, Form[]>, form: Form): void {
  const key = form.text.slice(0, KEY_LENGTH);
  const others = forms.get(key);
  if (others === undefined) forms.set(key, [form]);
  else others.push(form);
}

/** A value in other encodings. Those of JSON and of whole URLs differ in characters that `squeeze` removes. */
function encodingsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  const hex = bytes.toString('hex');
  const url = encodeURIComponent(value.toWellFormed());
  return [
    hex,
    hex.toUpperCase(),
    ...(url === value ? [] : [url, url.replace(/%../g, (escape) => escape.toLowerCase())]),
    ...[bytes, Buffer.from(value, 'utf16le')].flatMap((each) =>
      [0, 1, 2].map((before) => innerBase64(each, before)),
    ),
  ];
}

/** The base64 characters that depend on nothing but these bytes when `before` bytes of a group of three precede them. */
function innerBase64(bytes: Buffer, before: number): string {
  const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
  const start = Math.ceil((before * 8) / 6);
  const end = Math.floor(((before + bytes.length) * 8) / 6);
  return text.slice(start, end);
}

/** Stops when the effort is spent, as `findSqueezed` does. */
function findExact(forms: readonly Form[], text: string, effort: Effort): Region[] {
  const regions: Region[] = [];
  for (const { name, text: form } of forms) {
    for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + form.length)) {
      if (effort.isSpent) return regions;
      effort.add(REGION_COST);
      regions.push({ start: at, end: at + form.length, name });
    }
  }
  return regions;
}

/** One lookup at each position, so that the time hardly depends on the number of values unless many begin alike. */
function findSqueezed(
  forms: ReadonlyMap<string, readonly Form[]>,
  begins: Uint8Array,
  text: string,
  effort: Effort,
): Region[] {
  if (forms.size === 0) return [];
  const { text: letters, at } = squeeze(text);
  const regions: Region[] = [];
  for (let start = 0; start + MIN_SQUEEZED_LENGTH <= letters.length; start += 1) {
    if (begins[(letters.charCodeAt(start) << 8) | letters.charCodeAt(start + 1)] === 0) continue;
    const candidates = forms.get(letters.slice(start, start + KEY_LENGTH)) ?? [];
    for (const { name, text: form } of candidates) {
      if (effort.isSpent) return regions;
      effort.add(form.length);
      if (!letters.startsWith(form, start)) continue;
      effort.add(REGION_COST);
      regions.push({ start: at[start] ?? 0, end: (at[start + form.length - 1] ?? 0) + 1, name });
    }
  }
  return regions;
}

interface Squeezed {
  /** The letters and digits of a text. */
  readonly text: string;
  /** The position of each in the original. */
  readonly at: Int32Array;
}

const BACKSLASH = 0x5c;
const ESCAPE = 0x1b;
/** What follows a backslash in an escape sequence and is no part of a value: `\n`, `\x41`, `\u0041`. */
const ESCAPED = /(?:u00|[xnrtbfv])/y;
const COLOUR = /\u001b\[[0-?]{0,32}[@-~]/y;

/** Keeps the ASCII letters and digits of a text, without those of escape sequences. */
function squeeze(text: string): Squeezed {
  const bytes = Buffer.allocUnsafe(text.length);
  const at = new Int32Array(text.length);
  let length = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (isLetterOrDigit(code)) {
      bytes[length] = code;
      at[length] = index;
      length += 1;
    } else if (code === BACKSLASH) index += lengthAt(ESCAPED, text, index + 1);
    else if (code === ESCAPE) index += Math.max(0, lengthAt(COLOUR, text, index) - 1);
  }
  return { text: bytes.toString('latin1', 0, length), at };
}

function lengthAt(pattern: RegExp, text: string, index: number): number {
  pattern.lastIndex = index;
  return pattern.exec(text)?.[0].length ?? 0;
}

function isLetterOrDigit(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}
