/**
 * Extracts the secret values from a file that is hidden from the model. A program under test may print them, so its
 * output is redacted by these values. Pure.
 */
import { createRedactor } from './redactor.js';
import type { KnownSecret } from './region.js';
import { isDistinctive } from './distinctive.js';
import { isRandom, SECRET_NAME } from './secret-shapes.js';

/** A file of secrets has a page or two. Of a longer one (a state file, a key store) only the beginning is read. */
const FILE_CHARS = 256 * 1024;
/** Every text that the model sees is searched for each of these values, so more would slow every read tool. */
const MAX_SECRETS = 200;
/** Shorter tokens are usually words, unless they are assigned to a name such as `password`. */
const MIN_TOKEN_LENGTH = 16;

const ASSIGNED = new RegExp(
  String.raw`${SECRET_NAME}[\w.-]{0,40}["'\x60]?[ \t]{0,8}(?:[:=]|[ \t])[ \t]{0,8}["'\x60]?([^\s"'\x60,;]{1,1024})`,
  'gi',
);

/** A line that gives a word to a name that ends in one for a password. In other text the value may be an expression. */
const WORD_PASSWORD =
  /^[ \t]{0,40}(?:export[ \t]{1,4})?["']?[\w.-]{0,60}(?:passw(?:or)?d|passphrase|pwd|(?<![a-z])(?:pass|pw))\d?["']?[ \t]{0,8}[:=][ \t]{0,8}(["']?)([a-z]{8,64})\1,?[ \t]{0,8}\r?$/gim;

/** Words that stand in place of a password or are one that everybody knows. Ordinary text is full of them. */
const PUBLIC_WORDS = new Set(
  [
    'password passphrase mypassword yourpassword secretpassword changeme changeit changethis placeholder redacted',
    'production development localhost postgres postgresql rabbitmq mongodb database superuser administrator',
    'username anonymous required optional disabled internal external undefined generated encrypted',
  ].flatMap((line) => line.split(' ')),
);

function isPasswordWord(value: string): boolean {
  return !PUBLIC_WORDS.has(value.toLowerCase()) && !/^(.)\1*$/i.test(value);
}

/** Finds the secret values in the text of a file: known shapes, values assigned to secret names, random tokens. */
export function findFileSecrets(text: string): KnownSecret[] {
  const beginning = text.slice(0, FILE_CHARS);
  const shaped = createRedactor()
    .find(beginning)
    .flatMap(({ start, end }) => beginning.slice(start, end).split(/[^\w+/=.~-]+|\\n/));
  const assigned = [...beginning.matchAll(ASSIGNED)].map((match) => match[1] ?? '');
  const tokens = beginning
    .split(/[\s"'`,;=<>(){}[\]|]+/)
    .filter((token) => token.length >= MIN_TOKEN_LENGTH && isRandom(token));
  const words = [...beginning.matchAll(WORD_PASSWORD)].map((match) => match[2] ?? '').filter(isPasswordWord);
  const values = new Set([...[...shaped, ...assigned, ...tokens].filter(isDistinctive), ...words]);
  return [...values].slice(0, MAX_SECRETS).map((value) => ({ name: 'file-secret', value }));
}
