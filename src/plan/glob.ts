/**
 * Globs for paths in a git tree. Matching backtracks only to the last star, so its time is bounded by the length of the
 * glob times the length of the path. Paths come from a model and are hostile: a library that makes a regular expression
 * of a glob can take minutes for a path of a few hundred characters.
 */

/** Longer than any glob that a person writes; it bounds the work of a match. */
const MAX_GLOB_LENGTH = 1000;
/** `{a,b}{c,d}` multiply; this many alternatives are more than a readable glob has. */
const MAX_ALTERNATIVES = 256;

/** One character of a segment's pattern; `star` stands for any number of characters. */
type Token =
  | { readonly kind: 'literal'; readonly char: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'star' }
  | { readonly kind: 'class'; readonly negated: boolean; readonly ranges: readonly Range[] };
interface Range {
  readonly from: string;
  readonly to: string;
}

/** One part of a path between slashes; `globstar` (`**`) stands for any number of them. */
type Segment =
  | { readonly kind: 'globstar' }
  | { readonly kind: 'name'; readonly text: string }
  | { readonly kind: 'wildcards'; readonly tokens: readonly Token[] };

/** A name of a path, as text and by characters. */
interface Name {
  readonly text: string;
  readonly chars: readonly string[];
}

/** A compiled glob: whether it matches a path that is relative to the root, with slashes. */
export type Glob = (path: string) => boolean;

/** An invalid glob. The message says what is wrong and what to write instead. */
export class GlobError extends Error {
  override readonly name = 'GlobError';
}

/**
 * Compiles a glob: `*` and `?` within a name (also for a leading dot), `**` for any number of folders, `{a,b}`,
 * `[a-z]`, `[!a-z]`, and a backslash before a literal character. It is anchored at the root and case-sensitive. A glob
 * whose last name has no wildcard, or which ends with a slash, also matches everything below that folder.
 *
 * @throws GlobError when the glob is invalid
 */
export function compileGlob(glob: string): Glob {
  const patterns = alternatives(glob).map((text) => pattern(text, glob));
  return (path) => {
    const names = namesOf(path);
    return patterns.some((segments) => matches(segments, names, isGlobstar, matchesName));
  };
}

/** The path that was split last: dozens of globs look at each path in turn. */
let lastSplit: { readonly path: string; readonly names: readonly Name[] } | undefined;

function namesOf(path: string): readonly Name[] {
  if (lastSplit?.path !== path) {
    const names = path.split('/').map((text) => ({ text, chars: Array.from(text) }));
    lastSplit = { path, names };
  }
  return lastSplit.names;
}

/** The problem of an invalid glob; null for a valid one. */
export function globProblem(glob: string): string | null {
  try {
    compileGlob(glob);
    return null;
  } catch (error) {
    if (error instanceof GlobError) return error.message;
    throw error;
  }
}

/** Wildcard matching: after a mismatch, the last star takes one more element. */
function matches<Pattern, Item>(
  patterns: readonly Pattern[],
  items: readonly Item[],
  isStar: (pattern: Pattern) => boolean,
  matchesOne: (pattern: Pattern, item: Item) => boolean,
): boolean {
  let at = 0;
  let star = -1;
  let starTook = 0;
  let index = 0;
  while (index < items.length) {
    const current = patterns[at];
    const item = items[index];
    if (current !== undefined && isStar(current)) {
      star = at;
      starTook = index;
      at += 1;
    } else if (current !== undefined && item !== undefined && matchesOne(current, item)) {
      at += 1;
      index += 1;
    } else if (star >= 0) {
      at = star + 1;
      starTook += 1;
      index = starTook;
    } else {
      return false;
    }
  }
  return patterns.slice(at).every(isStar);
}

function isGlobstar(segment: Segment): boolean {
  return segment.kind === 'globstar';
}

function matchesName(segment: Segment, { text, chars }: Name): boolean {
  switch (segment.kind) {
    case 'globstar':
      return true;
    case 'name':
      return segment.text === text;
    case 'wildcards':
      return matches(segment.tokens, chars, isStar, matchesCharacter);
  }
}

function isStar({ kind }: Token): boolean {
  return kind === 'star';
}

function matchesCharacter(token: Token, char: string): boolean {
  switch (token.kind) {
    case 'literal':
      return token.char === char;
    case 'class':
      return token.ranges.some(({ from, to }) => from <= char && char <= to) !== token.negated;
    case 'any':
    case 'star':
      return true;
  }
}

/** The index behind the character at `index`, together with the one that a backslash makes literal. */
function behind(text: string, index: number, glob: string): number {
  const start = text[index] === '\\' ? index + 1 : index;
  const char = text.codePointAt(start);
  if (char === undefined) throw new GlobError(`${glob} ends in a backslash`);
  return start + String.fromCodePoint(char).length;
}

/** The index behind a `[…]` that opens at `index`. A `]` at its beginning is a literal character. */
function behindClass(text: string, index: number, glob: string): number {
  let at = index + 1;
  if (text[at] === '!' || text[at] === '^') at += 1;
  if (text[at] === ']') at += 1;
  while (at < text.length) {
    if (text[at] === ']') return at + 1;
    at = behind(text, at, glob);
  }
  throw new GlobError(`${glob} opens a [ that it never closes`);
}

/** Expands braces: `{a,b}c` becomes `ac` and `bc`. @throws GlobError when the braces are invalid */
export function alternatives(glob: string): string[] {
  if (glob === '') throw new GlobError('a glob cannot be empty');
  if (glob.length > MAX_GLOB_LENGTH) throw new GlobError(`a glob has at most ${MAX_GLOB_LENGTH} characters`);
  const done: string[] = [];
  const waiting = [glob];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const brace = firstBrace(next, glob);
    if (brace === null) done.push(next);
    else waiting.push(...brace);
    if (done.length + waiting.length > MAX_ALTERNATIVES) {
      throw new GlobError(`the braces of ${glob} make more than ${MAX_ALTERNATIVES} globs: write several`);
    }
  }
  return done;
}

/** The text once for each choice of its first brace, or null when it has none. */
function firstBrace(text: string, glob: string): string[] | null {
  let open = -1;
  let depth = 0;
  let partStart = 0;
  const parts: string[] = [];
  for (let at = 0; at < text.length;) {
    const char = text[at];
    if (char === '{') {
      depth += 1;
      if (depth === 1) [open, partStart] = [at, at + 1];
    } else if ((char === ',' && depth === 1) || (char === '}' && depth > 0)) {
      if (depth === 1) {
        parts.push(text.slice(partStart, at));
        partStart = at + 1;
      }
      if (char === '}') depth -= 1;
      if (depth === 0) return choices(text, { open, close: at, parts }, glob);
    } else if (char === '}') {
      throw new GlobError(`${glob} closes a } that it never opened`);
    }
    at = char === '[' ? behindClass(text, at, glob) : behind(text, at, glob);
  }
  if (depth > 0) throw new GlobError(`${glob} opens a { that it never closes`);
  return null;
}

function choices(
  text: string,
  brace: { readonly open: number; readonly close: number; readonly parts: readonly string[] },
  glob: string,
): string[] {
  if (brace.parts.length < 2) {
    throw new GlobError(`${glob} has braces without a choice: write {a,b}, or \\{ for the character`);
  }
  const [before, after] = [text.slice(0, brace.open), text.slice(brace.close + 1)];
  return brace.parts.map((part) => before + part + after);
}

/** Everything below a folder, at any depth. */
const BELOW: readonly Segment[] = [{ kind: 'globstar' }];

function pattern(text: string, glob: string): readonly Segment[] {
  if (text.startsWith('!')) throw new GlobError(`${glob} begins with !, which has no meaning here`);
  if (text.startsWith('/'))
    throw new GlobError(`${glob} begins with a slash: globs start at the root anyway`);
  const isFolder = text.endsWith('/');
  const names = splitNames(isFolder ? text.slice(0, -1) : text, glob);
  const segments = names.map((name) => segment(name, glob));
  const last = segments.at(-1);
  if (isFolder)
    return [...segments, { kind: 'wildcards', tokens: [{ kind: 'any' }, { kind: 'star' }] }, ...BELOW];
  return last?.kind === 'name' ? [...segments, ...BELOW] : segments;
}

/** Splits at slashes. A slash in a class or behind a backslash could never match, so it is refused. */
function splitNames(text: string, glob: string): string[] {
  const names: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length;) {
    const next = text[at] === '[' ? behindClass(text, at, glob) : behind(text, at, glob);
    if (text[at] === '/') {
      names.push(text.slice(start, at));
      start = at + 1;
    } else if (text.slice(at, next).includes('/')) {
      throw new GlobError(`${glob} has a slash inside [ ] or behind a backslash, where it matches nothing`);
    }
    at = next;
  }
  return [...names, text.slice(start)];
}

function segment(name: string, glob: string): Segment {
  if (name === '') throw new GlobError(`${glob} has an empty name between slashes`);
  if (name === '.' || name === '..') throw new GlobError(`${glob} has the name ${name}: no path contains it`);
  if (name === '**') return { kind: 'globstar' };
  if (name.includes('**')) throw new GlobError(`${glob} has ** next to other characters: it stands alone`);
  const tokens: Token[] = [];
  for (let at = 0; at < name.length;) {
    const next = name[at] === '[' ? behindClass(name, at, glob) : behind(name, at, glob);
    tokens.push(...tokensOf(name.slice(at, next), glob));
    at = next;
  }
  const chars = tokens.flatMap((token) => (token.kind === 'literal' ? [token.char] : []));
  return chars.length === tokens.length
    ? { kind: 'name', text: chars.join('') }
    : { kind: 'wildcards', tokens };
}

function tokensOf(text: string, glob: string): readonly Token[] {
  if (text === '*') return [{ kind: 'star' }];
  if (text === '?') return [{ kind: 'any' }];
  if (text.startsWith('[')) return [characterClass(text.slice(1, -1), glob)];
  return [{ kind: 'literal', char: text.startsWith('\\') ? text.slice(1) : text }];
}

function characterClass(inside: string, glob: string): Token {
  const negated = inside.startsWith('!') || inside.startsWith('^');
  const chars = [...(negated ? inside.slice(1) : inside).matchAll(/\\?([^])/gu)].map(
    (match) => match[1] ?? '',
  );
  const ranges: Range[] = [];
  for (let at = 0; at < chars.length; at += 1) {
    const from = chars[at] ?? '';
    const to = chars[at + 1] === '-' ? chars[at + 2] : undefined;
    if (to !== undefined && to < from) throw new GlobError(`${glob} has the range ${from}-${to} backwards`);
    ranges.push({ from, to: to ?? from });
    if (to !== undefined) at += 2;
  }
  return { kind: 'class', negated, ranges };
}
