/**
 * Stand-ins for the clouds that offer the models. Each checks what its cloud checks (signature, token or key, path, body),
 * and lets the scripted model answer, which is as strict about conversations as the real API.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { z } from 'zod';
import { readBody } from '../../src/shared/network/read-body.js';
import { encodeChunk, encodeException } from './event-stream.js';
import { listenOnLoopback } from './loopback.js';
import { signatureProblem, type AwsKeys } from './aws-signature.js';

/** A refusal of a cloud. */
export interface Refusal {
  readonly status: number;
  readonly type: string;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface CloudStandIn {
  readonly url: string;
  /** Method and path of each request, in order. */
  readonly paths: readonly string[];
  /** What was wrong with requests that were refused. */
  readonly problems: readonly string[];
  /** The body of each request as it arrived. */
  readonly bodies: readonly Readonly<Record<string, unknown>>[];
  /** Refuses the next request. */
  refuse(refusal: Refusal): void;
  /** Ends the next answer in the middle with an exception; only for Bedrock. */
  interrupt(type: string, message: string): void;
  close(): Promise<void>;
}

const BODY = z.looseObject({
  anthropic_version: z.string().optional(),
  anthropic_beta: z.array(z.string()).optional(),
});
type Body = z.output<typeof BODY>;

const MAX_BYTES = 32 * 1024 * 1024;

interface Arrived {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly body: string;
}

/** What a cloud makes of a request: what is wrong with it, or the request for the Messages API. */
type Read = { readonly problem: Refusal } | { readonly request: object; readonly beta?: string | undefined };

interface Cloud {
  /** Anything else that the cloud serves, such as tokens; true when it answered. */
  readonly serve?: (arrived: Arrived) => boolean;
  readonly read: (arrived: Arrived, body: Body) => Read;
  readonly refuse: (response: ServerResponse, refusal: Refusal) => void;
  /** Sends a piece of the model's answer; without it, the answer is passed on as it is. */
  readonly frame?: { readonly contentType: string; readonly of: (event: object) => Uint8Array };
}

const CREDENTIALS: Refusal = { status: 403, type: 'AccessDeniedException', message: 'Not these credentials' };

/**
 * Amazon Bedrock's InvokeModelWithResponseStream.
 * @param keys of the account; a string is an API key
 */
export function startBedrock(modelUrl: string, keys: AwsKeys | string): Promise<CloudStandIn> {
  return startCloud(modelUrl, {
    read: ({ request, path, body }, { anthropic_version, anthropic_beta, ...rest }) => {
      const unauthorized =
        typeof keys === 'string'
          ? request.headers.authorization !== `Bearer ${keys}` && 'wrong API key'
          : signatureProblem(request, path, body, keys);
      if (typeof unauthorized === 'string') {
        return { problem: { ...CREDENTIALS, message: unauthorized } };
      }
      const model = /^\/model\/([^/]+)\/invoke-with-response-stream$/.exec(path)?.[1];
      if (model === undefined) return { problem: notFound(path) };
      const odd =
        anthropic_version === 'bedrock-2023-05-31'
          ? ['model', 'stream'].find((name) => name in rest)
          : 'anthropic_version';
      if (odd !== undefined || request.headers['anthropic-version'] !== undefined) {
        return {
          problem: { status: 400, type: 'ValidationException', message: `Malformed input request: ${odd}` },
        };
      }
      return {
        request: { ...rest, model: decodeURIComponent(model), stream: true },
        beta: anthropic_beta?.join(','),
      };
    },
    refuse: (response, { status, type, message, headers = {} }) => {
      response.writeHead(status, {
        'content-type': 'application/json',
        'x-amzn-errortype': type,
        ...headers,
      });
      response.end(JSON.stringify({ message }));
    },
    frame: { contentType: 'application/vnd.amazon.eventstream', of: encodeChunk },
  });
}

/** Google Vertex AI with a token service for workload identity federation. */
export function startVertex(
  modelUrl: string,
  account: { readonly subject: string; readonly project: string; readonly region: string },
): Promise<CloudStandIn> {
  const tokens: string[] = [];
  const base = `/v1/projects/${account.project}/locations/${account.region}/publishers/anthropic/models/`;
  return startCloud(modelUrl, {
    serve: ({ path, body, response }) => {
      if (path !== '/token') return false;
      const form = new URLSearchParams(body);
      const granted =
        form.get('grant_type') === 'urn:ietf:params:oauth:grant-type:token-exchange' &&
        form.get('subject_token') === account.subject;
      if (granted) tokens.push(`ya29.token-${tokens.length}`);
      response.writeHead(granted ? 200 : 400, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify(
          granted
            ? {
                access_token: tokens.at(-1),
                issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
                token_type: 'Bearer',
                expires_in: 3600,
              }
            : { error: 'invalid_grant', error_description: 'The subject token has expired' },
        ),
      );
      return true;
    },
    read: ({ request, path }, { anthropic_version, ...rest }) => {
      const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
      if (token === undefined || !tokens.includes(token)) {
        return {
          problem: { status: 401, type: 'UNAUTHENTICATED', message: 'Request had invalid credentials' },
        };
      }
      const model = path.startsWith(base) && /^([^/:]+):streamRawPredict$/.exec(path.slice(base.length))?.[1];
      if (typeof model !== 'string') return { problem: notFound(path) };
      if (anthropic_version === undefined || 'model' in rest) {
        return { problem: { status: 400, type: 'INVALID_ARGUMENT', message: 'Invalid body' } };
      }
      return {
        request: { ...rest, model: decodeURIComponent(model) },
        beta: request.headers['anthropic-beta']?.toString(),
      };
    },
    refuse: (response, { status, type, message, headers = {} }) => {
      response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8', ...headers });
      response.end(JSON.stringify([{ error: { code: status, message, status: type } }]));
    },
  });
}

/** The credential file of workload identity federation, for GOOGLE_APPLICATION_CREDENTIALS. */
export function federatedCredentials(tokenUrl: string, subjectFile: string): object {
  return {
    type: 'external_account',
    audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/ours',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `${tokenUrl}/token`,
    credential_source: { file: subjectFile },
  };
}

/** Microsoft Foundry. */
export function startFoundry(modelUrl: string, key: string): Promise<CloudStandIn> {
  return startCloud(modelUrl, {
    read: ({ request, path }, body) => {
      if (request.headers['x-api-key'] !== key || request.headers.authorization !== undefined) {
        return {
          problem: { status: 401, type: '401', message: 'Access denied due to invalid subscription key.' },
        };
      }
      if (path !== '/anthropic/v1/messages') return { problem: notFound(path) };
      return { request: body, beta: request.headers['anthropic-beta']?.toString() };
    },
    refuse: (response, { status, type, message, headers = {} }) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify({ error: { code: type, message } }));
    },
  });
}

function notFound(path: string): Refusal {
  return { status: 404, type: 'ResourceNotFoundException', message: `Nothing is at ${path}` };
}

async function startCloud(modelUrl: string, cloud: Cloud): Promise<CloudStandIn> {
  const paths: string[] = [];
  const problems: string[] = [];
  const bodies: Body[] = [];
  const refusals: Refusal[] = [];
  const interruptions: Uint8Array[] = [];
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const arrived = { request, response, path: request.url ?? '', body: await readBody(request, MAX_BYTES) };
    if (cloud.serve?.(arrived) === true) return;
    paths.push(`${request.method ?? ''} ${arrived.path}`);
    const body = BODY.parse(JSON.parse(arrived.body));
    bodies.push(body);
    const read = cloud.read(arrived, body);
    if ('problem' in read) problems.push(read.problem.message);
    const refusal = 'problem' in read ? read.problem : refusals.shift();
    if (refusal !== undefined || 'problem' in read) {
      if (refusal !== undefined) cloud.refuse(response, refusal);
      return;
    }
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const answered = await fetch(`${modelUrl}/v1/messages`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'anthropic-version': '2023-06-01',
        ...(read.beta === undefined ? {} : { 'anthropic-beta': read.beta }),
      },
      body: JSON.stringify(read.request),
      signal: gone.signal,
    });
    if (!answered.ok) {
      const { error } = z
        .object({ error: z.object({ type: z.string(), message: z.string() }) })
        .parse(await answered.json());
      const retryAfter = answered.headers.get('retry-after');
      const headers: Record<string, string> = retryAfter === null ? {} : { 'retry-after': retryAfter };
      cloud.refuse(response, { status: answered.status, ...error, headers });
      return;
    }
    await passOn(answered, response, cloud, interruptions.shift());
  }

  const url = await listenOnLoopback(server);
  return {
    ...{ url, paths, problems, bodies },
    refuse: (refusal) => void refusals.push(refusal),
    interrupt: (type, message) => void interruptions.push(encodeException(type, message)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function passOn(
  answered: Response,
  response: ServerResponse,
  { frame }: Cloud,
  interruption: Uint8Array | undefined,
): Promise<void> {
  response.writeHead(200, {
    'content-type': frame?.contentType ?? answered.headers.get('content-type') ?? '',
  });
  if (answered.body === null) throw new TypeError('The scripted model answers with a body.');
  const pieces: ReadableStream<Uint8Array> = answered.body;
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of pieces) {
    if (frame === undefined) {
      response.write(piece);
      continue;
    }
    const blocks = (rest + decoder.decode(piece, { stream: true })).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (data !== undefined) response.write(frame.of(z.looseObject({}).parse(JSON.parse(data))));
      if (interruption === undefined) continue;
      response.end(interruption);
      return;
    }
  }
  response.end();
}
