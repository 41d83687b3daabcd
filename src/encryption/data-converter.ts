import { hkdfSync } from 'node:crypto';
import { join } from 'node:path';
import type { DataConverter } from '@temporalio/common';
import { nonEmpty, type Environment } from '../shared/config.js';
import { packageRoot } from '../shared/files/package-root.js';
import { obtainStoredSecret } from '../shared/network/token.js';
import { readEncryptionKeys, type EncryptionKey } from './keys.js';
import { EncryptingCodec, keylessCodec } from './payload-codec.js';
import { SigningCodec } from './signing-codec.js';

const FAILURE_CONVERTER = join(packageRoot, 'dist', 'encryption', 'failure-converter.cjs');

/** Creates the codec for an environment's encryption keys; null when it has none. */
export function createCodec(env: Environment): EncryptingCodec | null {
  const [newest, ...older] = readEncryptionKeys(env);
  return newest === undefined ? null : new EncryptingCodec(newest, older);
}

/**
 * The data converter of clients and workers, and of replays of a server's histories. It signs payloads with the key
 * that LEADWRIGHT_PAYLOAD_KEY_FILE names (the embedded stack's, created when it is missing), or with keys derived from
 * the encryption keys. It encrypts payloads and failures when the environment has encryption keys. With neither key, it
 * leaves payloads as they are. Without encryption keys, it refuses encrypted payloads, once their signature is checked.
 */
export async function createDataConverter(env: Environment): Promise<DataConverter> {
  const encrypting = createCodec(env);
  const signing = await signingCodec(env, encrypting);
  return {
    payloadCodecs: [encrypting ?? keylessCodec, signing].filter((codec) => codec !== null),
    ...(encrypting === null ? {} : { failureConverterPath: FAILURE_CONVERTER }),
  };
}

/**
 * The data converter for history files: it decrypts, and verifies no signature. The person who replays a file vouches
 * for it, and a replay has no effects.
 */
export function createFileConverter(env: Environment): DataConverter {
  const codec = createCodec(env);
  return codec === null ? {} : { payloadCodecs: [codec], failureConverterPath: FAILURE_CONVERTER };
}

async function signingCodec(
  env: Environment,
  encrypting: EncryptingCodec | null,
): Promise<SigningCodec | null> {
  const file = nonEmpty(env['LEADWRIGHT_PAYLOAD_KEY_FILE']);
  if (file !== undefined)
    return new SigningCodec([Buffer.from(await obtainStoredSecret(file, 'payload key'))]);
  const [newest, ...older] = readEncryptionKeys(env).map(signingKeyOf);
  if (newest === undefined) return null;
  return new SigningCodec([newest, ...older], (payload) => encrypting?.requireKey(payload));
}

const KEY_BYTES = 32;

/** A key of its own for signatures: one key must not serve two algorithms. */
function signingKeyOf({ secret }: EncryptionKey): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', 'leadwright payload signature', KEY_BYTES));
}
