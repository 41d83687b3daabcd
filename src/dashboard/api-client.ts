/** The notifier's API, as the page asks it. The token goes in a header, never into an address. */
import type {
  AnswerBody,
  ConcurrencyBody,
  OpenBlockers,
  RunGraph,
  RunTimeline,
  RunUsage,
  TaskDiff,
  TaskPage,
} from '../contract/api.js';
import type { RunListEntry } from '../contract/contract.js';
import type { BlockerId, RunId, TaskId } from '../contract/ids.js';
import { forgetToken, storedToken } from './session-token.svelte.js';

/** The notifier answered, and not with what was asked for; the message is for a person. */
export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(
    readonly status: number,
    detail: string,
  ) {
    super(detail);
  }
}

/** Nobody answered: the notifier is ending or away. */
export class Away extends Error {
  override readonly name = 'Away';
}

/** A server that is stuck is as good as one that is away; the slowest answer, a thousand tasks', takes a second. */
const TIMEOUT_MS = 15_000;

export type Steering = 'pause' | 'resume' | 'cancel';

// What comes back is not checked again: the page and the notifier that serves it are one build.
export const api = {
  runs: async () => (await ask('/api/runs')) as RunListEntry[],
  graph: async (run: RunId) => (await ask(`/api/runs/${run}/graph`)) as RunGraph,
  timeline: async (run: RunId) => (await ask(`/api/runs/${run}/timeline`)) as RunTimeline,
  usage: async (run: RunId) => (await ask(`/api/runs/${run}/usage`)) as RunUsage,
  task: async (run: RunId, task: TaskId) => (await ask(`/api/runs/${run}/tasks/${task}`)) as TaskPage,
  diff: async (run: RunId, task: TaskId, attempt: number) =>
    (await ask(`/api/runs/${run}/tasks/${task}/diff?attempt=${attempt}`)) as TaskDiff,
  blockers: async (run: RunId | null) =>
    (await ask(run === null ? '/api/blockers' : `/api/blockers?run=${run}`)) as OpenBlockers,
  answer: (blocker: BlockerId, answer: AnswerBody) =>
    ask(`/api/blockers/${encodeURIComponent(blocker)}/answer`, answer),
  steer: (run: RunId, steering: Steering) => ask(`/api/runs/${run}/${steering}`, {}),
  limit: (run: RunId, body: ConcurrencyBody) => ask(`/api/runs/${run}/concurrency`, body),
  retry: (run: RunId, task: TaskId) => ask(`/api/runs/${run}/tasks/${task}/retry`, {}),
};

async function ask(path: string, body?: AnswerBody | ConcurrencyBody): Promise<unknown> {
  const response = await fetch(path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      Authorization: `Bearer ${storedToken() ?? ''}`,
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((error: unknown) => {
    throw new Away('The notifier does not answer.', { cause: error });
  });
  if (response.ok) return await response.json();
  if (response.status === 401) forgetToken('That token is not the right one.');
  throw new Refused(response.status, await detailOf(response));
}

async function detailOf(response: Response): Promise<string> {
  const problem: unknown = await response.json().catch(() => null);
  return typeof problem === 'object' && problem !== null && 'detail' in problem
    ? String(problem.detail)
    : `The notifier answered with ${response.status}.`;
}
