/** The secrets in a file that is not shown: what a program under test prints of them is masked by their value. Pure. */
import { createRedactor, type KnownSecret } from './redactor.js';
import { isDistinctive } from './own-secrets.js';
import { isRandom, SECRET_NAME } from './secret-shapes.js';

/** A file of secrets is a page or two; of a longer one (a state file, a key store) the beginning is looked at. */
const FILE_CHARS = 256 * 1024;
/** Each is looked for in all that is shown: more would slow every look. */
const SECRETS = 200;
/** Shorter ones are words where they are not assigned to anything that sounds secret. */
const SHORTEST_TOKEN = 16;

const ASSIGNED = new RegExp(
  String.raw`${SECRET_NAME}[\w.-]{0,40}["'\x60]?[ \t]{0,8}(?:[:=]|[ \t])[ \t]{0,8}["'\x60]?([^\s"'\x60,;]{1,1024})`,
  'gi',
);

/** What of its text is secret. */
export function findFileSecrets(text: string): KnownSecret[] {
  const beginning = text.slice(0, FILE_CHARS);
  const shaped = createRedactor()
    .find(beginning)
    .flatMap(({ start, end }) => beginning.slice(start, end).split(/[^\w+/=.~-]+|\\n/));
  const assigned = [...beginning.matchAll(ASSIGNED)].map((match) => match[1] ?? '');
  const tokens = beginning
    .split(/[\s"'`,;=<>(){}[\]|]+/)
    .filter((token) => token.length >= SHORTEST_TOKEN && isRandom(token));
  const values = new Set([...shaped, ...assigned, ...tokens].filter(isDistinctive));
  return [...values].slice(0, SECRETS).map((value) => ({ name: 'file-secret', value }));
}
