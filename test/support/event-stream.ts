/** AWS's event stream encoding, written from its specification (docs.aws.amazon.com, "Event stream encoding"). */
import { crc32 } from 'node:zlib';

const STRING = 7;

function encodeHeaders(headers: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(
    Object.entries(headers).map(([name, value]) => {
      const key = Buffer.from(name);
      const text = Buffer.from(value);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(text.length);
      return Buffer.concat([Buffer.from([key.length]), key, Buffer.from([STRING]), length, text]);
    }),
  );
}

/** One message: prelude with its checksum, headers, payload, checksum of it all. */
function encodeMessage(headers: Readonly<Record<string, string>>, payload: object): Buffer {
  const head = encodeHeaders({ ...headers, ':content-type': 'application/json' });
  const body = Buffer.from(JSON.stringify(payload));
  const prelude = Buffer.alloc(8);
  prelude.writeUInt32BE(head.length + body.length + 16, 0);
  prelude.writeUInt32BE(head.length, 4);
  const counted = Buffer.concat([prelude, checksumOf(prelude), head, body]);
  return Buffer.concat([counted, checksumOf(counted)]);
}

function checksumOf(bytes: Buffer): Buffer {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(bytes));
  return checksum;
}

/** An event of the Messages API, as Bedrock sends it. */
export function encodeChunk(event: object): Buffer {
  const bytes = Buffer.from(JSON.stringify(event)).toString('base64');
  return encodeMessage({ ':message-type': 'event', ':event-type': 'chunk' }, { bytes, p: 'abcdef' });
}

/** An exception within a stream, such as `throttlingException`. */
export function encodeException(type: string, message: string): Buffer {
  return encodeMessage({ ':message-type': 'exception', ':exception-type': type }, { message });
}
