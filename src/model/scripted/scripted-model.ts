import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { EnvironmentError, messageOf } from '../../contract/errors.js';
import { chooseAnswer } from './choose-answer.js';
import { eventsOf, messageFor } from './scripted-message.js';
import { findBreakpointProblem, PromptCache } from './prompt-cache.js';
import { segmentsOf, type Segment } from './request-segments.js';
import { readRequest } from './read-request.js';
import { RefusedConversations, STILL_REFUSED } from './refused-conversations.js';
import type { MessagesRequest, RecordedRequest } from './scripted-request.js';
import type { Answer, Script } from './script.js';
import { breakOff, pause, streamMessage } from './scripted-stream.js';
import { findThinkingProblem } from './thinking-signature.js';

/** A running scripted model. */
export interface ScriptedModel {
  /** The value for ANTHROPIC_BASE_URL. */
  readonly url: string;
  /** The valid requests so far, oldest first; empty with `record: false`. */
  readonly requests: readonly RecordedRequest[];
  /** Stops the server at once and closes all connections. */
  close(): Promise<void>;
}

export interface ScriptedModelOptions {
  /** Default: any free port. */
  readonly port?: number;
  /** Keep the requests (default). A long-running server must not keep them: each holds a whole conversation. */
  readonly record?: boolean;
  /** The context window, in tokens; default CONTEXT_TOKENS. */
  readonly contextTokens?: number;
  /** The time in milliseconds since the epoch, by which cached prompts expire. */
  readonly now?: () => number;
}

/** The context window of current models. */
const CONTEXT_TOKENS = 1_000_000;

/** The API's limit on a request, so that this server refuses the same bodies. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

interface Context {
  readonly script: Script;
  readonly cache: PromptCache;
  readonly refused: RefusedConversations;
  readonly contextTokens: number;
  readonly requests: Recorded[] | null;
}

type Recorded = { -readonly [Key in keyof RecordedRequest]: RecordedRequest[Key] };

/**
 * Starts a server on the loopback interface that implements the Messages API from a script. Between requests it keeps
 * nothing but the prompt cache, which changes token counts only, and which conversations it refused. It does not keep the process alive.
 * @throws EnvironmentError when it cannot listen
 */
export async function startScriptedModel(
  script: Script,
  { port = 0, record = true, contextTokens = CONTEXT_TOKENS, now = Date.now }: ScriptedModelOptions = {},
): Promise<ScriptedModel> {
  const requests: Recorded[] = [];
  const cache = new PromptCache(now);
  const refused = new RefusedConversations();
  const context = { script, requests: record ? requests : null, cache, refused, contextTokens };
  const server = createServer((request, response) => void handle(context, request, response));
  server.on('connection', (socket) => socket.unref());
  const url = await listen(server, port);
  server.unref();
  return {
    url,
    requests,
    close: () =>
      new Promise((resolve) => {
        // The only possible error is that the server is closed already.
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const fix = 'Leave the port out, so that a free one is taken';
      reject(
        new EnvironmentError(`The scripted model cannot listen: ${error.message}`, fix, { cause: error }),
      );
    });
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') throw new TypeError('A TCP server has a port');
      resolve(`http://127.0.0.1:${address.port}`);
    });
  });
}

/** Answers one request. An error is sent as the response and never ends the process. */
async function handle(context: Context, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  if (pathname !== '/v1/messages' || request.method !== 'POST') {
    sendError(response, { code: 404, type: 'not_found_error', message: 'Not found' });
    return;
  }
  try {
    const body = await readBody(request);
    if (body === null) {
      sendError(response, { code: 413, type: 'request_too_large', message: 'The request is over 32 MB' });
      return;
    }
    if (request.headers['anthropic-version'] === undefined) {
      sendInvalid(response, 'anthropic-version: header is required');
      return;
    }
    const read = readRequest(body);
    const problem = read.ok ? findBetaProblem(read.request, request.headers) : null;
    if (!read.ok) sendInvalid(response, read.message);
    else if (problem !== null) sendInvalid(response, problem);
    else await answerRequest(context, read.request, request, response);
  } catch (error) {
    // The client has closed the connection.
    if (response.destroyed) return;
    if (response.headersSent) response.destroy();
    else sendError(response, { code: 500, type: 'api_error', message: messageOf(error) });
  }
}

/** A field of a beta is refused without the beta's header. */
function findBetaProblem({ thinking }: MessagesRequest, headers: IncomingHttpHeaders): string | null {
  const betas = String(headers['anthropic-beta'] ?? '').split(',');
  if (thinking?.block_binding === undefined || betas.includes('thinking-binding-controls-2026-08-01'))
    return null;
  return 'thinking.block_binding: Extra inputs are not permitted';
}

/** Reads the body as text; null when it is too large. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // The rest of a large body is read but not kept: otherwise the client would not read the response.
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return bytes > MAX_BODY_BYTES ? null : Buffer.concat(chunks).toString('utf8');
}

async function answerRequest(
  { script, requests, cache, refused, contextTokens }: Context,
  body: MessagesRequest,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const segments = segmentsOf(body);
  const problem = findPromptProblem(body, segments, contextTokens);
  if (problem !== null) {
    sendInvalid(response, problem);
    return;
  }
  const recorded: Recorded = { body, headers: request.headers, outcome: 'open' };
  requests?.push(recorded);
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const { signal } = gone;
  try {
    const answer = refused.includes(segments) ? STILL_REFUSED : await answerOf(script, recorded);
    if (answer.status !== undefined) {
      await pause(answer.delay ?? 0, signal);
      sendError(response, answer.status);
      recorded.outcome = 'failed';
      return;
    }
    const { model, max_tokens: maxTokens } = body;
    const usage = cache.use(body, segments);
    const cut = messageFor(answer, { model, maxTokens, contextTokens, segments, usage });
    refused.note(cut.message, segments);
    if (answer.break !== undefined) {
      await pause(answer.delay ?? 0, signal);
      await breakOff(response, body.stream === true ? eventsOf(cut) : [], answer.break, signal);
      recorded.outcome = 'failed';
      return;
    }
    if (body.stream === true) await streamMessage(response, cut, answer.delay ?? 0, signal);
    else {
      await pause(answer.delay ?? 0, signal);
      sendJson(response, 200, cut.message);
    }
    recorded.outcome = 'answered';
  } catch (error) {
    recorded.outcome = signal.aborted ? 'abandoned' : 'failed';
    if (!signal.aborted) throw error;
  }
}

function answerOf(script: Script, request: RecordedRequest): Answer | Promise<Answer> {
  return 'answer' in script ? script.answer(request) : chooseAnswer(script, request.body.messages);
}

/** What the API refuses in the prompt as a whole; null when it accepts it. */
function findPromptProblem(
  body: MessagesRequest,
  segments: readonly Segment[],
  contextTokens: number,
): string | null {
  const tokens = segments.reduce((sum, segment) => sum + segment.tokens, 0);
  if (tokens > contextTokens) return `prompt is too long: ${tokens} tokens > ${contextTokens} maximum`;
  return findBreakpointProblem(body, segments) ?? findThinkingProblem(body, segments);
}

function sendInvalid(response: ServerResponse, message: string): void {
  sendError(response, { code: 400, type: 'invalid_request_error', message });
}

function sendError(response: ServerResponse, { code, type, message, retryAfter }: Fault): void {
  if (retryAfter !== undefined) response.setHeader('retry-after', String(retryAfter));
  sendJson(response, code, { type: 'error', error: { type, message }, request_id: null });
}
type Fault = NonNullable<Answer['status']>;

function sendJson(response: ServerResponse, code: number, body: object): void {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
