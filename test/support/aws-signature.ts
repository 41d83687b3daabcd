/** Checks a request's AWS Signature Version 4, written from its specification (docs.aws.amazon.com, "Create a signed request"). */
import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export interface AwsKeys {
  readonly id: string;
  readonly secret: string;
  readonly session?: string;
  readonly region: string;
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/;

/** What is wrong with a request's signature; null when it is that of these keys. */
export function signatureProblem(
  request: IncomingMessage,
  path: string,
  body: string,
  { id, secret, session, region }: AwsKeys,
): string | null {
  const [, credential, day, signedFor, service, names, signature] =
    AUTHORIZATION.exec(request.headers.authorization ?? '') ?? [];
  if (credential !== id) return 'The security token included in the request is invalid.';
  if (signedFor !== region || service !== 'bedrock')
    return `Credential should be scoped to ${region}, bedrock`;
  const time = String(request.headers['x-amz-date']);
  const signedNames = names?.split(';') ?? [];
  if (day !== time.slice(0, 8) || !signedNames.includes('host') || !signedNames.includes('x-amz-date')) {
    return 'The signature does not cover what it has to';
  }
  if (session !== undefined && request.headers['x-amz-security-token'] !== session) return 'No session token';
  const canonical = [
    request.method,
    // A path is encoded once more than it arrives, for every service but S3.
    path.split('/').map(encode).join('/'),
    '',
    ...signedNames.map((name) => `${name}:${String(request.headers[name]).trim().replaceAll(/ +/g, ' ')}`),
    '',
    names,
    sha256(body),
  ].join('\n');
  const scope = `${day}/${region}/bedrock/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n');
  const key = [day, region, 'bedrock', 'aws4_request'].reduce<Buffer>(
    (last, part) => hmac(last, part),
    Buffer.from(`AWS4${secret}`),
  );
  const expected = hmac(key, text).toString('hex');
  return expected === signature ? null : 'The request signature we calculated does not match';
}

function encode(segment: string): string {
  return encodeURIComponent(segment).replaceAll(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
