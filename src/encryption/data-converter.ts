import { join } from 'node:path';
import type { DataConverter } from '@temporalio/common';
import type { Environment } from '../shared/config.js';
import { packageRoot } from '../shared/package-root.js';
import { readEncryptionKeys } from './keys.js';
import { EncryptingCodec } from './payload-codec.js';

const FAILURE_CONVERTER = join(packageRoot, 'dist', 'encryption', 'failure-converter.cjs');

/** Creates the codec for an environment's encryption keys; null when it has none. */
export function createCodec(env: Environment): EncryptingCodec | null {
  const [newest, ...older] = readEncryptionKeys(env);
  return newest === undefined ? null : new EncryptingCodec(newest, older);
}

/** The data converter of clients, workers and replays. It encrypts payloads and failures when the environment has keys. */
export function createDataConverter(env: Environment): DataConverter {
  const codec = createCodec(env);
  return codec === null ? {} : { payloadCodecs: [codec], failureConverterPath: FAILURE_CONVERTER };
}
