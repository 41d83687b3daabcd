import { randomInt } from 'node:crypto';
import { ID_PATTERN, runId, type RunId } from '../../contract/ids.js';

/** Letters and digits without those that look alike. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';

/** Creates an id for a new run: the project's name and six random characters (31^6, about 900 million combinations). */
export function newRunId(name: string): RunId {
  const slug = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 40);
  const random = Array.from({ length: 6 }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');
  const id = slug === '' ? random : `${slug}-${random}`;
  return runId(ID_PATTERN.test(id) ? id : random);
}
