/** Finds secrets in a text, and puts masks in their place. Pure. */
import { createHash } from 'node:crypto';
import { SHAPES, type SecretShape } from './secret-shapes.js';

/** Where a secret stands in a text. */
export interface Region {
  readonly start: number;
  readonly end: number;
  readonly name: string;
}

/** A secret that is known by its value. */
export interface KnownSecret {
  readonly name: string;
  readonly value: string;
}

export interface Redactor {
  /** Where secrets stand, in order, none overlapping another. */
  readonly find: (text: string) => Region[];
  /** The text with a mask in place of each secret, on as many lines as before. Masked again, it is the same. */
  readonly redact: (text: string) => string;
}

/** A masker by shapes, and by the values that are known. */
export function createRedactor(known: readonly KnownSecret[] = []): Redactor {
  return createFrom((text) => [
    ...findValues(known, text),
    ...SHAPES.flatMap((shape) => findMatches(shape, text)),
  ]);
}

/** A masker by values alone: for words that have to stay as they were said. */
export function createValueRedactor(known: readonly KnownSecret[]): Redactor {
  return createFrom((text) => findValues(known, text));
}

function createFrom(candidates: (text: string) => Region[]): Redactor {
  const find = (text: string): Region[] => {
    const masks = findMarkers(text);
    let all: Region[] = [];
    // What stands beside a secret may be one by itself as soon as a mask is between them.
    for (let left = text; ; left = blankOut(text, all)) {
      const taken = [...masks, ...all].sort(compareRegions);
      const found = mergeOverlapping(withoutOverlap(candidates(left).sort(compareRegions), taken));
      if (found.length === 0) return all;
      all = [...all, ...found].sort(compareRegions);
    }
  };
  return { find, redact: (text) => replaceRegions(text, find(text)) };
}

/** As if masks were there already, each as long as its secret. */
function blankOut(text: string, regions: readonly Region[]): string {
  let blank = '';
  for (const { start, end } of regions) {
    const mask = `${'['.padEnd(end - start - 1)}]`.slice(start - end);
    blank += text.slice(blank.length, start) + mask;
  }
  return blank + text.slice(blank.length);
}

function findValues(known: readonly KnownSecret[], text: string): Region[] {
  return known.flatMap(({ name, value }) => {
    const regions: Region[] = [];
    for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + value.length)) {
      regions.push({ start: at, end: at + value.length, name });
    }
    return regions;
  });
}

function findMatches({ name, pattern, group = 0, accepts }: SecretShape, text: string): Region[] {
  const regions: Region[] = [];
  for (const match of text.matchAll(pattern)) {
    const secret = match[group];
    if (secret === undefined || accepts?.(secret) === false) continue;
    // A group is looked for behind the words in front of it, which may hold the same.
    const start = match.index + (group === 0 ? 0 : match[0].lastIndexOf(secret));
    regions.push({ start, end: start + secret.length, name });
  }
  return regions;
}

/** The one that begins first, and of those the longest. */
function compareRegions(a: Region, b: Region): number {
  return a.start - b.start || b.end - a.end;
}

/** Those that touch no mask: what stands in the place of a secret is none. Both are in order. */
function withoutOverlap(regions: readonly Region[], masks: readonly Region[]): Region[] {
  let next = 0;
  return regions.filter(({ start, end }) => {
    while ((masks[next]?.end ?? Infinity) <= start) next++;
    return (masks[next]?.start ?? Infinity) >= end;
  });
}

/** Overlapping ones become one, by the name of the first. */
function mergeOverlapping(regions: readonly Region[]): Region[] {
  const result: Region[] = [];
  for (const region of regions) {
    const last = result.at(-1);
    if (last === undefined || last.end <= region.start) result.push(region);
    else if (region.end > last.end) result[result.length - 1] = { ...last, end: region.end };
  }
  return result;
}

function replaceRegions(text: string, regions: readonly Region[]): string {
  let masked = '';
  let at = 0;
  for (const { start, end, name } of regions) {
    const secret = text.slice(start, end);
    // Line numbers stay what they are in the file.
    const lines = '\n'.repeat(secret.split('\n').length - 1);
    masked += `${text.slice(at, start)}[redacted:${name}:${fingerprint(secret)}]${lines}`;
    at = end;
  }
  return masked + text.slice(at);
}

/**
 * Equal secrets have equal masks. Twelve bits tell apart the few secrets of a repository, and are too few to find
 * out by them which of many guesses is right.
 */
function fingerprint(secret: string): string {
  return createHash('sha256').update(secret).digest('hex').slice(0, 3);
}

const MARKER = /\[redacted:[a-z-]{1,40}:[0-9a-f]{3}\]/g;

function findMarkers(text: string): Region[] {
  return [...text.matchAll(MARKER)].map(({ 0: mask, index }) => ({
    start: index,
    end: index + mask.length,
    name: 'mask',
  }));
}

/** The masks that a text holds, each once. */
export function findRedactionMarkers(text: string): string[] {
  return [...new Set(findMarkers(text).map(({ start, end }) => text.slice(start, end)))];
}
