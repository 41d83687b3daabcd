import { createHmac, timingSafeEqual } from 'node:crypto';
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
  /**
   * @param keys the first signs, all verify
   * @param requireKey throws for a payload that is encrypted with a key that this process lacks: such a payload is
   *   more likely the result of a wrong configuration than a forgery
   */
  constructor(
    private readonly keys: readonly [Buffer, ...Buffer[]],
    private readonly requireKey: (payload: Payload) => void = () => undefined,
  ) {}

  encode(payloads: readonly Payload[], context?: SerializationContext): Promise<Payload[]> {
    const [key] = this.keys;
    return Promise.resolve(
      payloads.map((payload) => ({
        ...payload,
        metadata: { ...payload.metadata, [SIGNATURE]: signatureOf(key, payload, context) },
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
      signature != null &&
      this.keys.some((key) => {
        const right = signatureOf(key, signed, context);
        return signature.length === right.length && timingSafeEqual(signature, right);
      });
    if (isValid) return signed;
    this.requireKey(payload);
    return defaultPayloadConverter.toPayload(REJECTED);
  }
}

/** Every part is preceded by its length, so that two different payloads never give the same bytes. */
function signatureOf(
  key: Buffer,
  { metadata, data }: Payload,
  context: SerializationContext | undefined,
): Buffer {
  const hmac = createHmac('sha256', key);
  const add = (part: Uint8Array | string) => {
    // protobufjs has an array in place of empty bytes.
    const bytes = ArrayBuffer.isView(part) ? part : Buffer.from(part);
    hmac.update(lengthOf(bytes)).update(bytes);
  };
  const entries = Object.entries(metadata ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const part of [PURPOSE, ...ownerOf(context), String(entries.length)]) add(part);
  for (const [name, value] of entries) {
    add(name);
    add(value);
  }
  add(data ?? '');
  return hmac.digest();
}

const LENGTH_BYTES = 8;

function lengthOf({ byteLength }: Uint8Array): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeBigUInt64BE(BigInt(byteLength));
  return length;
}

/** The workflow or activity that a payload belongs to: always as many texts, so that none can stand for another. */
function ownerOf(context: SerializationContext | undefined): readonly string[] {
  switch (context?.type) {
    case undefined:
      return ['', '', '', ''];
    case 'workflow':
      return ['workflow', context.namespace, context.workflowId, ''];
    case 'activity':
      return ['activity', context.namespace, context.workflowId ?? '', context.activityId ?? ''];
  }
}
