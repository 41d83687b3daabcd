/**
 * Build files that ordinary work changes because they list the sources: those of Bazel, Cabal and Dune. Sources and
 * dependencies may change and targets may be added; all other statements stay. Pure.
 */
import { MAX_CHARS, plainLines } from './plain-lines.js';
import { startsProgram } from './test-command.js';

interface BuildLanguage {
  readonly file: RegExp;
  /** The tools that read the file. */
  readonly program: RegExp;
  /** The statements that stay. @throws Error when the text cannot be read with certainty */
  readonly statements: (text: string) => readonly string[];
  /** A statement that may be added. */
  readonly addition: RegExp;
}

const BAZEL = startsProgram('bazel|bazelisk');
const DUNE = startsProgram('dune');
const NONE = /(?!)/;

const BUILD_LANGUAGES: readonly BuildLanguage[] = [
  {
    file: /(?:^|\/)BUILD(?:\.bazel)?$/,
    program: BAZEL,
    statements: bazelStatements,
    // A name from another repository may be loaded, unless it could stand for a rule of tests.
    addition: new RegExp(
      `${bazelCall('test')}|^load\\("@[\\w.-]+//[^"]*"(?:, "\\w+_(?:library|binary)")+,?\\)$`,
    ),
  },
  {
    file: /(?:^|\/)MODULE\.bazel$/,
    program: BAZEL,
    statements: bazelStatements,
    addition: /^bazel_dep\((?:(?:name|version) ?= ?"[\w.+-]+",? ?)+\)$/,
  },
  // A new one has no effect until another file loads it.
  { file: /\.bzl$/, program: BAZEL, statements: (text) => (text === '' ? [] : [text]), addition: /^/ },
  { file: /\.cabal$/, program: startsProgram('cabal|stack'), statements: cabalLines, addition: NONE },
  {
    file: /(?:^|\/)dune$/,
    program: DUNE,
    statements: duneStanzas,
    addition: /^\((?:library|executables?|tests?)\b/,
  },
  {
    file: /(?:^|\/)dune-project$/,
    program: DUNE,
    statements: (text) => duneStanzas(text).filter((stanza) => !DUNE_DESCRIPTION.test(stanza)),
    addition: NONE,
  },
];

function languageOf(path: string): BuildLanguage | undefined {
  return BUILD_LANGUAGES.find(({ file }) => file.test(path));
}

/** Whether a file at this path lists sources for a build that the commands run. */
export function listsSources(path: string, commands: readonly string[]): boolean {
  const language = languageOf(path);
  return language !== undefined && commands.some((command) => language.program.test(command));
}

/** Whether a change does more to a build file than to change its sources and dependencies, and to add targets. */
export function changesMoreThanSources(path: string, before: string, after: string): boolean {
  const language = languageOf(path);
  if (language === undefined) return false;
  try {
    if (Math.max(before.length, after.length) > MAX_CHARS) return true;
    const now = language.statements(after);
    const old = new Set(language.statements(before));
    const kept = new Set(now.filter((statement) => old.has(statement)));
    return kept.size < old.size || now.some((each) => !old.has(each) && !language.addition.test(each));
  } catch {
    return true;
  }
}

/** Strings and comments of Starlark. A text without an end is one of them too. */
const STARLARK_TOKEN =
  /"""[^]*?(?:"""|$)|'''[^]*?(?:'''|$)|"(?:[^"\\\n]|\\[^])*"?|'(?:[^'\\\n]|\\[^])*'?|#[^\n]*|[([{]|[)\]}]|\n|[^"'#()[\]{}\n]+/g;

/** The statements of a BUILD file but libraries and programs, with one space between their words. */
function bazelStatements(text: string): string[] {
  const found: string[] = [];
  let statement = '';
  let depth = 0;
  for (const [token] of text.matchAll(STARLARK_TOKEN)) {
    if (/^[([{]/.test(token)) depth += 1;
    if (/^[)\]}]/.test(token)) depth -= 1;
    if (!token.startsWith('#')) statement += token;
    if (token !== '\n' || depth > 0) continue;
    found.push(statement);
    statement = '';
  }
  return [...found, statement]
    .map((each) =>
      each
        .replaceAll(/\s+/g, ' ')
        .replaceAll(/ ?([()[\]{}]) ?/g, '$1')
        .trim(),
    )
    .filter((each) => each !== '' && !BAZEL_SOURCES.test(each));
}

/** A call that makes a target of a kind, in which nothing but lists of files is called. */
function bazelCall(kinds: string): string {
  const text = `"[^"\\\\]*"|'[^'\\\\]*'`;
  const files = `(?<!\\w)(?:glob|select)\\((?:[^()"';]|${text})*\\)`;
  return `^\\w+_(?:${kinds})\\((?:[^()"';]|${text}|${files})*\\)$`;
}

const BAZEL_SOURCES = new RegExp(bazelCall('library|binary'));

/** The lines of a package but its modules, dependencies and texts. */
function cabalLines(text: string): string[] {
  let free: number | null = null;
  return plainLines(text).filter((line) => {
    const start = line.search(/\S/);
    if (start < 0 || /^\s*--/.test(line)) return false;
    // Sections may have braces instead of indentation, and tabs have no certain width.
    if (/[{}]|^ *\t/.test(line)) throw new Error('the text has braces or tabs');
    if (free !== null && start > free) return false;
    free = CABAL_FIELD.test(line) ? start : null;
    return free === null;
  });
}

const CABAL_FIELD =
  /^ *(?:exposed-modules|other-modules|build-depends|version|synopsis|description|category|author|maintainer|copyright|homepage|bug-reports|stability|license|license-files?|tested-with|extra-(?:source|doc)-files) *:/i;

/** Strings and comments of Dune. A string without an end is one too. */
const DUNE_TOKEN = /"(?:[^"\\]|\\[^])*"?|;[^\n]*|[()]|[^"();]+/g;

/** The stanzas of a file of Dune without their libraries and modules, with one space between their words. */
function duneStanzas(text: string): string[] {
  if (/"\\[|>]|#\|/.test(text)) throw new Error('the text has strings or comments that end in another way');
  const found: string[] = [];
  let stanza = '';
  let depth = 0;
  for (const [token] of text.matchAll(DUNE_TOKEN)) {
    if (token === '(') depth += 1;
    if (token === ')') depth -= 1;
    if (!token.startsWith(';')) stanza += token;
    if (token !== ')' || depth > 0) continue;
    found.push(stanza);
    stanza = '';
  }
  return [...found, stanza]
    .map((each) => each.replaceAll(/\s+/g, ' ').trim())
    .filter((each) => each !== '')
    .map((each) => each.replaceAll(/ ?\((?:libraries|modules) [^()"]*\)/g, ''));
}

const DUNE_DESCRIPTION =
  /^\((?:package|version|authors|maintainers|license|source|homepage|bug_reports|documentation|synopsis|description|tags)\b/;
