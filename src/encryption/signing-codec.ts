import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import { defaultPayloadConverter, type Payload, type PayloadCodec } from '@temporalio/common';
import type { SerializationContext } from '@temporalio/common';
import { REJECTED } from '../contract/authenticity.js';

/** The metadata entry that holds a payload's signature. Everything else of the payload stays as it was. */
const SIGNATURE = 'leadwright-hmac';

/** Separates these signatures from whatever else may be computed with the same key. */
const PURPOSE = 'leadwright payload';

/**
 * Signs payloads with HMAC-SHA-256, so that nobody without the key can make one up. A signature covers the workflow, or
 * the activity of a workflow, that the payload belongs to: a copy is worth nothing elsewhere. A payload without a valid
 * signature is replaced by REJECTED.
 */
export class SigningCodec implements PayloadCodec {
  readonly #newest: KeyObject;
  readonly #keys: readonly KeyObject[];

  /**
   * @param keys the first signs, all verify
   * @param requireKey throws for a payload that is encrypted with a key that this process lacks: such a payload is
   *   more likely the result of a wrong configuration than a forgery
   */
  constructor(
    [newest, ...older]: readonly [Buffer, ...Buffer[]],
    private readonly requireKey: (payload: Payload) => void = () => undefined,
  ) {
    this.#newest = createSecretKey(newest);
    this.#keys = [this.#newest, ...older.map((key) => createSecretKey(key))];
  }

  encode(payloads: readonly Payload[], context?: SerializationContext): Promise<Payload[]> {
    return Promise.resolve(
      payloads.map((payload) => ({
        ...payload,
        metadata: { ...payload.metadata, [SIGNATURE]: signatureOf(this.#newest, payload, context) },
      })),
    );
  }

  async decode(payloads: readonly Payload[], context?: SerializationContext): Promise<Payload[]> {
    return Promise.resolve().then(() => payloads.map((payload) => this.#verify(payload, context)));
  }

  #verify(payload: Payload, context: SerializationContext | undefined): Payload {
    const { [SIGNATURE]: signature, ...metadata } = payload.metadata ?? {};
    const signed = { ...payload, metadata };
    const isValid =
      signature !== undefined &&
      this.#keys.some((key) => {
        const right = signatureOf(key, signed, context);
        return signature.length === right.length && timingSafeEqual(signature, right);
      });
    if (isValid) return signed;
    this.requireKey(payload);
    return defaultPayloadConverter.toPayload(REJECTED);
  }
}

/**
 * Signs the owner and the metadata in JSON, in front of it its length, and then the data: no two payloads give the same
 * bytes. Few calls of `update`, because each costs more than the hash of a payload.
 */
function signatureOf(
  key: KeyObject,
  { metadata, data }: Payload,
  context: SerializationContext | undefined,
): Buffer {
  const entries = Object.entries(metadata ?? {})
    .map(([name, value]) => [name, bytesOf(value).toString('base64')] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const head = JSON.stringify([PURPOSE, ownerOf(context), entries]);
  return createHmac('sha256', key)
    .update(`${Buffer.byteLength(head)}:${head}`)
    .update(bytesOf(data ?? EMPTY))
    .digest();
}

const EMPTY = Buffer.alloc(0);

/** protobufjs has an array in place of empty bytes. */
function bytesOf(bytes: Uint8Array): Buffer {
  return ArrayBuffer.isView(bytes)
    ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : Buffer.from(bytes);
}

/** The workflow or activity that a payload belongs to. */
function ownerOf(context: SerializationContext | undefined): readonly string[] {
  switch (context?.type) {
    case undefined:
      return [];
    case 'workflow':
      return ['workflow', context.namespace, context.workflowId];
    case 'activity':
      return ['activity', context.namespace, context.workflowId ?? '', context.activityId ?? ''];
  }
}
