/** The keys that payloads are encrypted with. They are read from the environment or from a private file. */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { nonEmpty, type Environment } from '../shared/config.js';
import { EnvironmentError, messageOf } from '../contract/errors.js';

/** A key, and the id that a payload encrypted with it carries. */
export interface EncryptionKey {
  readonly id: string;
  readonly secret: Buffer;
}

/** AES-256. */
const KEY_BYTES = 32;

const FIX =
  'Write id:key entries, the newest first, separated by commas or line breaks. `openssl rand -base64 32` prints a key; an id may be the month.';

const entry = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]{0,63}:[A-Za-z0-9+/]{43}=$/,
    `is not an id, a colon and ${KEY_BYTES} bytes in base64`,
  )
  .transform((text): EncryptionKey => {
    const colon = text.indexOf(':');
    return { id: text.slice(0, colon), secret: Buffer.from(text.slice(colon + 1), 'base64') };
  });

const list = z
  .array(entry)
  .min(1, 'it holds no key')
  .refine((keys) => new Set(keys.map(({ id }) => id)).size === keys.length, 'two keys have the same id');

/**
 * Reads the keys from LEADWRIGHT_ENCRYPTION_KEYS, or from the file that LEADWRIGHT_ENCRYPTION_KEYS_FILE names. The first
 * key encrypts, all of them decrypt. Empty when neither is set; then nothing is encrypted.
 * @throws EnvironmentError with every problem; its message contains no part of a key
 */
export function readEncryptionKeys(env: Environment): readonly EncryptionKey[] {
  const given = nonEmpty(env['LEADWRIGHT_ENCRYPTION_KEYS']);
  const file = nonEmpty(env['LEADWRIGHT_ENCRYPTION_KEYS_FILE']);
  if (given !== undefined && file !== undefined) {
    throw new EnvironmentError(
      'Both LEADWRIGHT_ENCRYPTION_KEYS and LEADWRIGHT_ENCRYPTION_KEYS_FILE are set',
      'Set one of them.',
    );
  }
  if (given !== undefined) return parseKeys(given, 'LEADWRIGHT_ENCRYPTION_KEYS');
  return file === undefined ? [] : parseKeys(readKeyFile(file), file);
}

function parseKeys(text: string, where: string): readonly EncryptionKey[] {
  const entries = text
    .split(/[,\n]/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const result = list.safeParse(entries);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path: [index], message }) =>
    typeof index === 'number' ? `key ${index + 1} ${message}` : message,
  );
  throw new EnvironmentError(`${where} cannot be used: ${problems.join('; ')}`, FIX);
}

function readKeyFile(path: string): string {
  const problem = `LEADWRIGHT_ENCRYPTION_KEYS_FILE: ${path}`;
  // The processes of a stack have other working folders than the command.
  if (!isAbsolute(path))
    throw new EnvironmentError(`${problem} is not an absolute path`, 'Write the absolute path.');
  try {
    const { uid, mode } = statSync(path);
    const others = (process.getuid !== undefined && uid !== process.getuid()) || (mode & 0o077) !== 0;
    if (!others) return readFileSync(path, 'utf8');
  } catch (error) {
    throw new EnvironmentError(`${problem} cannot be read: ${messageOf(error)}`, FIX, { cause: error });
  }
  throw new EnvironmentError(
    `${problem} can be read by others than you`,
    `Make it private: chmod 600 ${path}`,
  );
}

/** Hash of an environment's keys, to compare environments without revealing keys; null when it has none. */
export function keysFingerprint(env: Environment): string | null {
  const keys = readEncryptionKeys(env).map(({ id, secret }) => `${id}:${secret.toString('base64')}`);
  return keys.length === 0 ? null : createHash('sha256').update(keys.join(',')).digest('hex');
}
