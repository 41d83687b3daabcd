import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { nonEmpty } from './config.js';
import type { Environment } from './config.js';
import { EnvironmentError, messageOf } from '../contract/errors.js';
import { errorCode } from './error-code.js';

/** The token that clients of the notifier authenticate with. */
export interface Token {
  readonly value: string;
  /** Whether a person chose it (LEADWRIGHT_TOKEN). A server beyond loopback needs such a token. */
  readonly setByHand: boolean;
}

/** 256 bits, which cannot be guessed at any rate. */
const TOKEN_BYTES = 32;

/** The characters that one word of an Authorization header may have. */
const PRINTABLE = /^[\x21-\x7e]+$/;

/**
 * Returns LEADWRIGHT_TOKEN, or the token stored in `file`. The first start creates that file, readable by its owner only;
 * two processes that start at once get the same token.
 * @throws EnvironmentError when the variable, or the file, cannot be used
 */
export async function obtainToken(file: string, env: Environment = process.env): Promise<Token> {
  const given = nonEmpty(env['LEADWRIGHT_TOKEN']);
  if (given === undefined) return { value: await obtainStoredSecret(file, 'token'), setByHand: false };
  if (!PRINTABLE.test(given)) {
    throw new EnvironmentError(
      'LEADWRIGHT_TOKEN holds a space or a character that an HTTP header cannot carry',
      'Use letters and digits, for example what `openssl rand -hex 32` prints.',
    );
  }
  return { value: given, setByHand: true };
}

/** Compares in a time that depends neither on where the texts differ nor on the length of the right one. */
export function tokensEqual(given: string, right: string): boolean {
  return timingSafeEqual(digest(given), digest(right));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/**
 * Returns the secret stored in `file`, 32 random bytes in base64url. The first call creates the file.
 * @param what names the secret in error messages
 * @throws EnvironmentError when the file cannot be used
 */
export async function obtainStoredSecret(file: string, what: 'token' | 'payload key'): Promise<string> {
  try {
    return (await readSecret(file, what)) ?? (await createSecret(file, what));
  } catch (error) {
    if (error instanceof EnvironmentError) throw error;
    throw new EnvironmentError(
      `The ${what} file ${file} cannot be read or created: ${messageOf(error)}`,
      `Set LEADWRIGHT_HOME to a folder that you can write${what === 'token' ? ', or set LEADWRIGHT_TOKEN' : ''}.`,
      { cause: error },
    );
  }
}

async function readSecret(file: string, what: string): Promise<string | null> {
  let text: string;
  try {
    text = (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
  if (!PRINTABLE.test(text)) {
    throw new EnvironmentError(
      `The ${what} file ${file} does not hold a ${what}`,
      'Delete it: the next start creates a new one.',
    );
  }
  // A copied or restored home may have lost the mode.
  await chmod(file, 0o600);
  return text;
}

/** Creates the file by a link, so that there is never half a file, and the second of two processes uses the first's. */
async function createSecret(file: string, what: string): Promise<string> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomBytes(8).toString('hex')}`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(`${randomBytes(TOKEN_BYTES).toString('base64url')}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await link(draft, file).catch((error: unknown) => {
      if (errorCode(error) !== 'EEXIST') throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
  const kept = await readSecret(file, what);
  if (kept === null) throw new Error('it was removed while it was being created');
  return kept;
}
