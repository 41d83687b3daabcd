import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import { EnvironmentError } from '../contract/errors.js';
import type { EncryptionKey } from './keys.js';

const { Payload: PayloadMessage } = proto.temporal.api.common.v1;

/** The encoding name of Temporal's own samples, so that their decoders work with the same key. */
const ENCODING = 'binary/encrypted';
const CIPHER = 'aes-256-gcm';
/** The standard nonce size of AES-GCM. Each payload has a random nonce, which is safe for up to 2^32 payloads of a key. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** How errors about a missing or wrong key begin; the key's id follows. Leads fail with them: see `stuck-lead.ts`. */
export const KEY_PROBLEM = 'A payload is encrypted with the key';

/** Encrypts payloads with the newest key. Decrypts each with the key that it names. */
export class EncryptingCodec implements PayloadCodec {
  readonly #keys: ReadonlyMap<string, EncryptionKey>;

  /** @param newest the key that encrypts */
  constructor(
    private readonly newest: EncryptionKey,
    older: readonly EncryptionKey[],
  ) {
    this.#keys = new Map([newest, ...older].map((key) => [key.id, key]));
  }

  encode(payloads: readonly Payload[]): Promise<Payload[]> {
    return Promise.resolve(payloads.map((payload) => this.#encrypt(payload)));
  }

  /**
   * Leaves payloads that are not encrypted as they are: SigningCodec, which decodes before it, accepts only
   * payloads that Leadwright signed, including those written before the first encryption key was set.
   */
  async decode(payloads: readonly Payload[]): Promise<Payload[]> {
    return Promise.resolve().then(() => payloads.map((payload) => this.#decrypt(payload)));
  }

  /** @throws EnvironmentError when the payload is encrypted with a key that this process does not have */
  requireKey(payload: Payload): void {
    const id = textOf(payload, 'encryption-key-id');
    if (isEncrypted(payload) && !this.#keys.has(id)) throw unknownKey(id);
  }

  #encrypt(payload: Payload): Payload {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.newest.secret, nonce);
    const sealed = [
      cipher.update(PayloadMessage.encode(payload).finish()),
      cipher.final(),
      cipher.getAuthTag(),
    ];
    return {
      metadata: { encoding: Buffer.from(ENCODING), 'encryption-key-id': Buffer.from(this.newest.id) },
      data: Buffer.concat([nonce, ...sealed]),
    };
  }

  #decrypt(payload: Payload): Payload {
    if (!isEncrypted(payload)) return payload;
    const id = textOf(payload, 'encryption-key-id');
    const key = this.#keys.get(id);
    if (key === undefined) throw unknownKey(id);
    return PayloadMessage.decode(openSealed(key, Buffer.from(payload.data ?? [])));
  }
}

/** @throws EnvironmentError when another key encrypted the data, or the data was changed: AES-GCM cannot tell which */
function openSealed({ id, secret }: EncryptionKey, data: Buffer): Buffer {
  try {
    const decipher = createDecipheriv(CIPHER, secret, data.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAuthTag(data.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(data.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch {
    throw new EnvironmentError(
      `${KEY_PROBLEM} ${JSON.stringify(id)}, and the key that this process has under that id is not the one that encrypted it`,
      'Set the key as it was when the payload was encrypted. A new key needs an id of its own.',
    );
  }
}

function isEncrypted(payload: Payload): boolean {
  return textOf(payload, 'encoding') === ENCODING;
}

/** The codec of a process without keys. It leaves payloads as they are, and names the key of one that is encrypted. */
export const keylessCodec: PayloadCodec = {
  encode: (payloads) => Promise.resolve(payloads),
  decode: (payloads) =>
    Promise.resolve(payloads).then((received) => {
      refuseEncrypted(received);
      return received;
    }),
};

/** Checks payloads for a process without keys. @throws EnvironmentError when one of them is encrypted */
export function refuseEncrypted(payloads: readonly Payload[]): void {
  const encrypted = payloads.find(isEncrypted);
  if (encrypted === undefined) return;
  throw unknownKey(
    textOf(encrypted, 'encryption-key-id'),
    'Set LEADWRIGHT_ENCRYPTION_KEYS, or LEADWRIGHT_ENCRYPTION_KEYS_FILE, as it was when the run was started, and try again.',
  );
}

function textOf({ metadata }: Payload, name: string): string {
  return Buffer.from(metadata?.[name] ?? []).toString();
}

function unknownKey(
  id: string,
  fix = 'Add the key after the newest one in LEADWRIGHT_ENCRYPTION_KEYS.',
): EnvironmentError {
  return new EnvironmentError(`${KEY_PROBLEM} ${JSON.stringify(id)}, which this process does not have`, fix);
}
