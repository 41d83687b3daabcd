import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { nonEmpty } from './config.js';
import type { Environment } from './config.js';
import { EnvironmentError, messageOf } from '../contract/errors.js';

/** What opens the notifier's door. */
export interface Token {
  readonly value: string;
  /** Whether a person chose it (LEADWRIGHT_TOKEN): only such a token is let out beyond loopback. */
  readonly setByHand: boolean;
}

/** 256 bits: beyond guessing, whatever the rate. */
const TOKEN_BYTES = 32;

/** What an Authorization header can carry as one word. */
const PRINTABLE = /^[\x21-\x7e]+$/;

/**
 * LEADWRIGHT_TOKEN, or the token kept in `file`, made there at the first start and readable by its owner only.
 * Two processes that start at once get the same one. EnvironmentError when neither can be used.
 */
export async function obtainToken(file: string, env: Environment = process.env): Promise<Token> {
  const given = nonEmpty(env['LEADWRIGHT_TOKEN']);
  if (given === undefined) return { value: await obtainStoredToken(file), setByHand: false };
  if (!PRINTABLE.test(given)) {
    throw new EnvironmentError(
      'LEADWRIGHT_TOKEN holds a space or a character that an HTTP header cannot carry',
      'Use letters and digits, for example what `openssl rand -hex 32` prints.',
    );
  }
  return { value: given, setByHand: true };
}

/** Compares in a time that does not depend on where the texts differ, nor on how long the right one is. */
export function tokensEqual(given: string, right: string): boolean {
  return timingSafeEqual(digest(given), digest(right));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

async function obtainStoredToken(file: string): Promise<string> {
  try {
    return (await readToken(file)) ?? (await createToken(file));
  } catch (error) {
    if (error instanceof EnvironmentError) throw error;
    throw new EnvironmentError(
      `The token file ${file} cannot be read or made: ${messageOf(error)}`,
      'Give LEADWRIGHT_HOME a folder of your own, or set LEADWRIGHT_TOKEN.',
      { cause: error },
    );
  }
}

async function readToken(file: string): Promise<string | null> {
  let text: string;
  try {
    text = (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    throw error;
  }
  if (!PRINTABLE.test(text)) {
    throw new EnvironmentError(
      `The token file ${file} does not hold a token`,
      'Delete it: a new one is made at the next start.',
    );
  }
  // Copied or restored homes lose modes; others must not read it from now on.
  await chmod(file, 0o600);
  return text;
}

/** The file appears whole or not at all, and who comes second takes the first one's. */
async function createToken(file: string): Promise<string> {
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
      if (!isCode(error, 'EEXIST')) throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
  const kept = await readToken(file);
  if (kept === null) throw new Error('it was removed while it was being made');
  return kept;
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
