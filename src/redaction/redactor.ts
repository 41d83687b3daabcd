/** Finds secrets in a text and replaces each with a marker, `[redacted:<kind>:<hash>]`. Pure. */
import { createHash } from 'node:crypto';
import { findInJoined } from './joined-text.js';
import { createValueFinder } from './known-values.js';
import { MARKER, type KnownSecret, type Region } from './region.js';
import { SHAPES, type SecretShape } from './secret-shapes.js';

export interface Redactor {
  /** Finds the secrets of a text, in order and without overlap. */
  readonly find: (text: string) => Region[];
  /** Replaces each secret with a marker. Keeps the number of lines; redacting the result again changes nothing. */
  readonly redact: (text: string) => string;
}

/** Creates a redactor that finds secrets by their shape and by known values. */
export function createRedactor(known: readonly KnownSecret[] = []): Redactor {
  const findValues = createValueFinder(known);
  return createFrom((text) => [...findValues(text), ...findShapes(text), ...findInJoined(text, findShapes)]);
}

/** Creates a redactor that finds known values only, for text that must not change otherwise. */
export function createValueRedactor(known: readonly KnownSecret[]): Redactor {
  return createFrom(createValueFinder(known));
}

function createFrom(candidates: (text: string) => Region[]): Redactor {
  const find = (text: string): Region[] => {
    let next = candidates(text);
    // Most texts have none.
    if (next.length === 0) return [];
    const markers = findMarkers(text);
    let all: Region[] = [];
    // Text next to a secret can match as a secret once a marker separates the two, so search until nothing is new.
    for (;;) {
      const taken = [...markers, ...all].sort(compareRegions);
      const found = mergeOverlapping(withoutOverlap(next.sort(compareRegions), taken));
      if (found.length === 0) return all;
      all = [...all, ...found].sort(compareRegions);
      next = candidates(blankOut(text, all));
    }
  };
  return { find, redact: (text) => replaceRegions(text, find(text)) };
}

/**
 * Replaces each region with a placeholder in brackets of the same length, so that positions stay valid. Its line breaks come
 * after it, as after a marker: what follows then begins a line.
 */
function blankOut(text: string, regions: readonly Region[]): string {
  let blank = '';
  for (const { start, end } of regions) {
    const lines = lineBreaksOf(text.slice(start, end));
    const brackets = `${'['.padEnd(end - start - lines.length - 1)}]`;
    const placeholder = `${brackets}${lines}`;
    blank += text.slice(blank.length, start) + placeholder.slice(placeholder.length - (end - start));
  }
  return blank + text.slice(blank.length);
}

function lineBreaksOf(text: string): string {
  return '\n'.repeat(text.split('\n').length - 1);
}

function findShapes(text: string): Region[] {
  return SHAPES.flatMap((shape) => findMatches(shape, text));
}

function findMatches({ name, pattern, group = 0, accepts }: SecretShape, text: string): Region[] {
  const regions: Region[] = [];
  // Not `matchAll`, which copies the pattern for each text: most texts are short and match nothing.
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const secret = match[group];
    if (secret === undefined || accepts?.(secret) === false) continue;
    // The last occurrence: the text before the group may contain the same characters.
    const start = match.index + (group === 0 ? 0 : match[0].lastIndexOf(secret));
    regions.push({ start, end: start + secret.length, name });
  }
  return regions;
}

/** Orders regions by start, the longest first. */
function compareRegions(a: Region, b: Region): number {
  return a.start - b.start || b.end - a.end;
}

/** The regions that overlap none of `taken` (markers, and secrets found earlier). Both lists are in order. */
function withoutOverlap(regions: readonly Region[], taken: readonly Region[]): Region[] {
  let next = 0;
  return regions.filter(({ start, end }) => {
    while ((taken[next]?.end ?? Infinity) <= start) next++;
    return (taken[next]?.start ?? Infinity) >= end;
  });
}

/** Merges overlapping regions into one, which has the name of the first. */
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
  let redacted = '';
  let at = 0;
  for (const { start, end, name } of regions) {
    const secret = text.slice(start, end);
    // Keep the line breaks of the secret, so that line numbers match the file.
    redacted += `${text.slice(at, start)}[redacted:${name}:${fingerprint(secret)}]${lineBreaksOf(secret)}`;
    at = end;
  }
  return redacted + text.slice(at);
}

/**
 * A short hash, so that equal secrets have equal markers. Twelve bits tell the few secrets of a repository apart, and
 * are too few to confirm a guess at the secret.
 */
function fingerprint(secret: string): string {
  return createHash('sha256').update(secret).digest('hex').slice(0, 3);
}

function findMarkers(text: string): Region[] {
  return [...text.matchAll(MARKER)].map(({ 0: marker, index }) => ({
    start: index,
    end: index + marker.length,
    name: 'marker',
  }));
}

/** Finds the redaction markers in a text, each listed once. */
export function findRedactionMarkers(text: string): string[] {
  return [...new Set(findMarkers(text).map(({ start, end }) => text.slice(start, end)))];
}
