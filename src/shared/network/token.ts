import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { constants } from 'node:fs';
import { link, mkdir, open, rm, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { nonEmpty } from '../config.js';
import type { Environment } from '../config.js';
import { EnvironmentError, messageOf } from '../../contract/errors.js';
import { errorCode } from '../error-code.js';
import { withoutTemporalData } from '../words/without-temporal-data.js';

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
  const given = chosenToken(env);
  return given === undefined
    ? { value: await obtainStoredSecret(file, 'token'), setByHand: false }
    : { value: given, setByHand: true };
}

/** Returns LEADWRIGHT_TOKEN; undefined when it is not set. @throws EnvironmentError when no request can carry it */
export function chosenToken(env: Environment): string | undefined {
  const given = nonEmpty(env['LEADWRIGHT_TOKEN']);
  if (given === undefined || PRINTABLE.test(given)) return given;
  throw new EnvironmentError(
    'LEADWRIGHT_TOKEN holds a space or a character that an HTTP header cannot carry',
    'Use letters and digits, for example what `openssl rand -hex 32` prints.',
  );
}

/** Compares in a time that depends neither on where the texts differ nor on the length of the right one. */
export function tokensEqual(given: string, right: string): boolean {
  return timingSafeEqual(digest(given), digest(right));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** What a stored secret is for, as error messages name it. */
type StoredSecret = 'token' | 'payload key';

/**
 * Returns the secret stored in `file`, 32 random bytes in base64url. The first call creates the file.
 * @param what names the secret in error messages
 * @throws EnvironmentError when the file cannot be used
 */
export async function obtainStoredSecret(file: string, what: StoredSecret): Promise<string> {
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

/** Shorter, the secret was cut off or written by hand, and could be guessed: 32 characters hold at least 128 bits. */
const MIN_LENGTH = 32;
/** Far more than any secret has; more is not read. */
const MAX_LENGTH = 1_024;

/** Reads the secret; null when there is no file. @throws EnvironmentError when another user may have chosen it */
async function readSecret(file: string, what: StoredSecret): Promise<string | null> {
  let handle: FileHandle;
  try {
    // Not through a link, which could name any file, and without waiting for the writer of a pipe.
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    if (errorCode(error) === 'ELOOP') throw unusableSecret(file, what, 'is a symbolic link');
    throw error;
  }
  try {
    const { mode, uid, size } = await handle.stat();
    const own = process.getuid?.();
    if ((mode & constants.S_IFMT) !== constants.S_IFREG)
      throw unusableSecret(file, what, 'is not a regular file');
    if (own !== undefined && uid !== own)
      throw unusableSecret(file, what, `belongs to another account (uid ${uid})`);
    if (own !== undefined && (mode & 0o022) !== 0)
      throw unusableSecret(file, what, 'can be changed by other users');
    const text = size > MAX_LENGTH ? '' : (await handle.readFile('utf8')).trim();
    if (text.length < MIN_LENGTH || !PRINTABLE.test(text)) {
      throw unusableSecret(file, what, `does not hold a ${what} of ${MIN_LENGTH} characters or more`);
    }
    // A copied or restored home may have lost the mode.
    if ((mode & 0o077) !== 0) await handle.chmod(0o600);
    return text;
  } finally {
    await handle.close();
  }
}

function unusableSecret(file: string, what: StoredSecret, why: string): EnvironmentError {
  return new EnvironmentError(
    `The ${what} file ${file} ${why}`,
    what === 'token' ? 'Delete it: the next start creates a new one.' : howToReplaceKey(file),
  );
}

/** Unlike a token, a new key does not do: open runs were signed with the old one. */
function howToReplaceKey(file: string): string {
  const temporal = join(dirname(file), 'temporal');
  return `Put it back from a backup: open runs need it. Without one, delete it: ${withoutTemporalData(temporal)}`;
}

/** Creates the file by a link, so that there is never half a file, and the second of two processes uses the first's. */
async function createSecret(file: string, what: StoredSecret): Promise<string> {
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
