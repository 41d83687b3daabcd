import { join } from 'node:path';
import type { DataConverter } from '@temporalio/common';
import type { Environment } from '../shared/config.js';
import { packageRoot } from '../shared/package-root.js';
import { readEncryptionKeys } from './keys.js';
import { EncryptingCodec } from './payload-codec.js';

const FAILURE_CONVERTER = join(packageRoot, 'dist', 'encryption', 'failure-converter.cjs');

/** The codec of the keys that an environment has; null where it has none. */
export function createCodec(env: Environment): EncryptingCodec | null {
  const [newest, ...older] = readEncryptionKeys(env);
  return newest === undefined ? null : new EncryptingCodec(newest, older);
}

/** For clients, workers and replays: payloads and failures are encrypted where the environment has keys. */
export function createDataConverter(env: Environment): DataConverter {
  const codec = createCodec(env);
  return codec === null ? {} : { payloadCodecs: [codec], failureConverterPath: FAILURE_CONVERTER };
}
