import { c, cpp } from './c.js';
import { cSharp } from './c-sharp.js';
import { javascript, tsx, typescript } from './ecmascript.js';
import { go } from './go.js';
import { java } from './java.js';
import { kotlin } from './kotlin.js';
import type { Language } from './language.js';
import { php } from './php.js';
import { python } from './python.js';
import { ruby } from './ruby.js';
import { rust } from './rust.js';
import { swift } from './swift.js';

/**
 * The languages that the index parses. A new one is a file beside this one, an entry here, its grammar in
 * scripts/bundle-commands.mjs and a sample in test/unit/codebase-languages.test.ts.
 */
export const LANGUAGES: readonly Language[] = [
  ...[typescript, tsx, javascript, python, go, rust, java],
  ...[c, cpp, cSharp, ruby, php, kotlin, swift],
];

const BY_ENDING: ReadonlyMap<string, Language> = new Map(
  LANGUAGES.flatMap((language) => language.endings.map((ending) => [ending, language] as const)),
);

/** The language of a file, by the ending of its name; null for any other file. */
export function languageOf(path: string): Language | null {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  const dot = name.lastIndexOf('.');
  if (dot >= 0) return BY_ENDING.get(name.slice(dot + 1)) ?? null;
  return name === 'rakefile' || name === 'gemfile' ? ruby : null;
}
