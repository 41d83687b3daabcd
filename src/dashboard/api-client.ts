/** The client of the server's API. The token goes in a header, never into an address. */
import { hc } from 'hono/client';
import type { AnswerBody, ConcurrencyBody } from '../contract/api.js';
import { messageOf } from '../contract/errors.js';
import type { BlockerId, RunId, TaskId } from '../contract/ids.js';
// A type only: the paths, inputs and outputs of the routes, checked at build time. No server code gets into the page.
import type { Routes } from '../server/routes/index.js';
import { forgetToken, markAccepted, storedToken } from './session-token.svelte.js';

/** The server refused or failed; the message is for a person. */
export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(
    readonly status: number,
    detail: string,
  ) {
    super(detail);
  }
}

/** No response, or not all of it: the server is ending or away. */
export class Away extends Error {
  override readonly name = 'Away';
}

/** Why a request failed, in words that stay true when the server is back. */
export function failureOf(error: unknown): string {
  return error instanceof Away
    ? 'The server did not answer. Try again once it does; `leadwright doctor` says what is wrong.'
    : messageOf(error);
}

/** From a proxy that does not reach the server (502, 504), or from a server without its database (503). */
const AWAY_STATUSES = [502, 503, 504];

/** Whether the same request may succeed once the server is back. */
export function isAway(error: unknown): boolean {
  return error instanceof Away || (error instanceof Refused && AWAY_STATUSES.includes(error.status));
}

/**
 * A server that is stuck counts as away; the slowest response, for a thousand tasks, takes a second. One about a lead that
 * does not answer comes after 15 seconds, and says so.
 */
const TIMEOUT_MS = 20_000;
/** Browsers limit the requests that outlive a page to 64 KiB in all; a character takes up to three bytes. */
const MAX_KEPT_CHARS = 10_000;

/** Whose changes: those of an attempt, of an attempt since the task's start, of a turn, or of the task as a whole. */
export type DiffOf =
  | { readonly attempt: string; readonly from?: 'start' }
  | { readonly turn: string }
  | Readonly<Record<string, never>>;

export type RunAction = 'pause' | 'resume' | 'cancel' | 'retry-failed';

const {
  runs,
  blockers,
  workers,
  'temporal-ui': temporalUi,
} = hc<Routes>('/', {
  headers: () => ({ Authorization: `Bearer ${storedToken() ?? ''}` }),
  fetch: ask,
}).api;
const oneRun = runs[':run'];
const oneTask = oneRun.tasks[':task'];

// Responses are not validated: the page and the server that serves it are one build.
export const api = {
  runs: () => body(runs.$get()),
  graph: (run: RunId) => body(oneRun.graph.$get({ param: { run } })),
  timeline: (run: RunId) => body(oneRun.timeline['by-task'].$get({ param: { run } })),
  usage: (run: RunId) => body(oneRun.usage.$get({ param: { run } })),
  task: (run: RunId, task: TaskId) => body(oneTask.$get({ param: { run, task } })),
  diff: (run: RunId, task: TaskId, of: DiffOf) =>
    body(oneTask.diff.$get({ param: { run, task }, query: of })),
  output: (run: RunId, task: TaskId, output: string) =>
    body(oneTask.outputs[':output'].$get({ param: { run, task, output } })),
  blockers: (run: RunId | null) => body(blockers.$get({ query: run === null ? {} : { run } })),
  blocker: (blocker: BlockerId) =>
    body(blockers[':blocker'].$get({ param: { blocker: encodeURIComponent(blocker) } })),
  workers: () => body(workers.$get()),
  temporalUiCode: () => body(temporalUi.codes.$post({ json: {} })),
  answer: (blocker: BlockerId, json: AnswerBody) =>
    body(blockers[':blocker'].answer.$post({ param: { blocker: encodeURIComponent(blocker) }, json })),
  control: (run: RunId, action: RunAction) => body(oneRun[action].$post({ param: { run }, json: {} })),
  setConcurrency: (run: RunId, json: ConcurrencyBody) =>
    body(oneRun.concurrency.$post({ param: { run }, json })),
  retry: (run: RunId, task: TaskId) => body(oneTask.retry.$post({ param: { run, task }, json: {} })),
};

/** @throws Away when the response breaks off */
async function body<T>(response: Promise<{ json(): Promise<T> }>): Promise<T> {
  const begun = await response;
  return await begun.json().catch(asAway);
}

function asAway(cause: unknown): never {
  throw new Away(
    'The server does not answer. `leadwright up` (in a fleet, `leadwright notifier`) starts it, and `leadwright doctor` says what is wrong.',
    { cause },
  );
}

const waiting = new Set<() => void>();

/** Calls back once, when a request that begins from now on has succeeded: the server answers again. */
export function whenAnswered(call: () => void): void {
  waiting.add(call);
}

/** Like `fetch`, but throws unless the server did what was asked. @throws Away @throws Refused */
async function ask(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const token = storedToken();
  const waitingBefore = [...waiting];
  // What a person has asked for is sent even if the page is left.
  const keepalive = typeof init?.body === 'string' && init.body.length < MAX_KEPT_CHARS;
  const response = await fetch(input, { ...init, keepalive, signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(
    asAway,
  );
  if (response.ok) {
    markAccepted(token);
    for (const call of waitingBefore) if (waiting.delete(call)) call();
    return response;
  }
  if (response.status === 401) forgetToken(token);
  throw new Refused(response.status, await detailOf(response));
}

async function detailOf(response: Response): Promise<string> {
  const problem: unknown = await response.json().catch(() => null);
  return typeof problem === 'object' && problem !== null && 'detail' in problem
    ? String(problem.detail)
    : `The server answered with ${response.status}.`;
}
