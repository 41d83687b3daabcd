import { createHash } from 'node:crypto';
import { ApplicationFailure, Context } from '@temporalio/activity';
import type Anthropic from '@anthropic-ai/sdk';
import { judge, callsOf, SMALLER, type Judged } from '../agents/answer.js';
import { READS, STRIKES } from '../agents/limits.js';
import { conversation, firstMessage, followUp, type ShownFile, type ToolAnswer } from '../agents/prompt.js';
import { look } from '../agents/read-tools.js';
import { REPLY } from '../agents/replies.js';
import { systemPrompt } from '../agents/roles.js';
import { isText } from '../agents/text-file.js';
import { checkCall, TOOLS } from '../agents/tools.js';
import { askPerson } from '../db/blockers.js';
import type { Step } from '../db/steps.js';
import { failTask } from '../db/task-status.js';
import { readTask, RecordMissing, type RunRecord, type TaskRecord } from '../db/task-record.js';
import { anyTurn, beginWork, readTurns, recordRefusal, storeTurn, type TurnRecord } from '../db/turns.js';
import { callModel, CallTimeout, type ModelAnswer, type ModelRequest } from '../model/call.js';
import { failureOf, type ModelFailure } from '../model/failures.js';
import { hasModel, type ModelEndpoint } from '../model/endpoint.js';
import { costUsd, priceOf, SCRIPTED_MODEL } from '../model/prices.js';
import type { CommitSha } from '../ids.js';
import type { TurnInput, TurnResult } from '../workflows/interface.js';
import { beating } from './beat.js';
import { patiently } from './patience.js';
import { begun } from './step.js';
import type { Workplace } from './workplace.js';

/**
 * One turn: answers the model's pending tool calls from the commit, calls the model, stores the answer before
 * anything can fail after it, and says what it came to. Done twice, it finds the stored answer.
 */
export async function turn(place: Workplace, input: TurnInput): Promise<TurnResult> {
  return beating(place, input.runId, async (signal) => {
    const step = await begun(place, input);
    const [task, turns] = await Promise.all([
      readTask(place.db, input.runId, input.taskId),
      readTurns(place.db, input.runId, input.taskId),
    ]);
    const stored = turns.find((known) => known.number === input.turn);
    if (stored !== undefined) return concluded(place, step, input, judge(stored.answer, stored.stopReason));
    await beginWork(place.db, step);
    const prepared = await prepare(place, input, task, turns, signal);
    const answered = await ask(place, step, input, task, prepared, signal);
    if ('next' in answered) return answered;
    const answer = await journal(place, input, task, prepared, answered, signal);
    return concluded(place, step, input, judge(answer.content, answer.stopReason));
  });
}

interface Prepared {
  readonly prompt: Anthropic.MessageParam['content'];
  readonly shown: readonly string[];
  readonly request: ModelRequest;
}

async function prepare(
  place: Workplace,
  input: TurnInput,
  task: TaskRecord,
  turns: readonly TurnRecord[],
  signal: AbortSignal,
): Promise<Prepared> {
  const last = turns.at(-1);
  const { prompt, shown } =
    last === undefined
      ? await opening(place, input.base, task)
      : await continuation(place, input.base, last, signal);
  return {
    prompt,
    shown,
    request: {
      model: task.run.model,
      system: systemPrompt(task.role),
      messages: conversation(turns, prompt.length === 0 ? null : prompt),
      tools: TOOLS,
    },
  };
}

type Message = Pick<Prepared, 'prompt' | 'shown'>;

async function opening(place: Workplace, base: CommitSha, task: TaskRecord): Promise<Message> {
  const files = await Promise.all(
    task.files.map(async (path): Promise<ShownFile> => {
      const bytes = await place.store.readFile(base, path);
      return {
        path,
        text: bytes === null ? '(no such file yet)' : isText(bytes) ? bytes.toString() : '(not text)',
      };
    }),
  );
  return { prompt: firstMessage(task, files), shown: task.files };
}

/** What came back of the last answer: its looks read from the commit, and what became of the rest. */
async function continuation(
  place: Workplace,
  base: CommitSha,
  last: TurnRecord,
  signal: AbortSignal,
): Promise<Message> {
  const judged = judge(last.answer, last.stopReason);
  // It goes on by itself, or with what a person said when it did so for too long.
  if (judged.kind === 'paused') return { prompt: last.reply ?? [], shown: [] };
  const reads = new Map<string, ToolAnswer>();
  const shown: string[] = [];
  for (const block of judged.kind === 'malformed' ? [] : callsOf(last.answer)) {
    const checked = checkCall(block);
    if (!checked.ok || checked.call.name === 'submit_changes' || checked.call.name === 'ask_human') continue;
    const seen = await look(place.store, base, checked.call, signal);
    reads.set(block.id, seen);
    shown.push(...seen.shown);
  }
  const reply = last.reply === null ? null : { text: last.reply, isError: judged.kind === 'malformed' };
  return { prompt: followUp(last.answer, reply, reads), shown };
}

/** The answer, or how the turn ends without one. */
async function ask(
  place: Workplace,
  step: Step,
  input: TurnInput,
  task: TaskRecord,
  { request }: Prepared,
  signal: AbortSignal,
): Promise<ModelAnswer | TurnResult> {
  const endpoint = await place.endpointFor(request.model);
  if (!isOwnEndpoint(endpoint, task.run)) {
    return failed(place, step, input, request.model, {
      kind: 'access',
      message: `This worker has no access to the run's model (${task.run.modelEndpoint || 'no key is set'})`,
      billed: 'no',
    });
  }
  try {
    return await callModel(endpoint, request, { timeoutMs: input.timeoutMs, signal });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof CallTimeout) return timedOut(place, step, input);
    const failure = failureOf(error);
    if (failure === null) throw error;
    return failed(place, step, input, request.model, failure);
  }
}

/** A run's code goes to the endpoint it was started with and to no other, whoever's worker takes its turns. */
function isOwnEndpoint(endpoint: ModelEndpoint, run: RunRecord): boolean {
  if (run.model === SCRIPTED_MODEL) return true;
  return hasModel(endpoint) && (endpoint.baseUrl ?? '') === run.modelEndpoint;
}

/** The call is made once more; then the task has failed (contract, section 2). */
async function timedOut(place: Workplace, step: Step, input: TurnInput): Promise<TurnResult> {
  if (!input.timedOut) return { next: 'again' };
  const limit = `${Math.round(input.timeoutMs / 1000)} s`;
  await failTask(place.db, step, `Timeout: the model gave no whole answer within ${limit}, twice.`);
  return { next: 'failed' };
}

/**
 * A server that never answered and cannot be reached is a wrong address rather than a bad day: after so many
 * tries, some fifteen seconds, a person is told.
 */
const UNREACHABLE = 5;

async function failed(
  place: Workplace,
  step: Step,
  input: TurnInput,
  model: string,
  failure: ModelFailure,
): Promise<TurnResult> {
  switch (failure.kind) {
    case 'connection':
      if (Context.current().info.attempt < UNREACHABLE || (await anyTurn(place.db, input.runId))) {
        throw tryLater(failure);
      }
      return failed(place, step, input, model, { ...failure, kind: 'access' });
    case 'busy':
      throw tryLater(failure);
    case 'access':
      await askPerson(place.db, step, {
        reason: 'model_access',
        question: `${failure.message}. Model: ${model}. Start Leadwright with a key and a model that work, then answer this.`,
        wholeRun: true,
      });
      return { next: 'held' };
    case 'context':
      await askPerson(place.db, step, { reason: 'context', question: `${failure.message}. ${SMALLER}` });
      return { next: 'blocked' };
    case 'request':
      await askPerson(place.db, step, { reason: 'model_request', question: failure.message });
      return { next: 'blocked' };
  }
}

/** Temporal tries again: when the provider says, or after its own pause. */
function tryLater({ message, retryAfterMs }: Extract<ModelFailure, { kind: 'busy' | 'connection' }>) {
  return ApplicationFailure.create({
    message,
    type: 'ModelBusy',
    ...(retryAfterMs === null ? {} : { nextRetryDelay: retryAfterMs }),
  });
}

/**
 * Stores the answer, however long the database is away: it was paid for. When another attempt of this activity
 * stored one first, that one counts.
 */
async function journal(
  place: Workplace,
  input: TurnInput,
  task: TaskRecord,
  { prompt, shown, request }: Prepared,
  answer: ModelAnswer,
  signal: AbortSignal,
): Promise<Pick<ModelAnswer, 'content' | 'stopReason'>> {
  const price = priceOf(request.model, task.run.plan.prices);
  const record = {
    runId: input.runId,
    taskId: input.taskId,
    number: input.turn,
    attempt: input.attempt,
    model: request.model,
    requestHash: createHash('sha256').update(JSON.stringify(request)).digest('hex'),
    prompt,
    answer: answer.content,
    stopReason: answer.stopReason,
    usage: answer.usage,
    costUsd: price === null ? 0 : costUsd(answer.usage, price),
    ms: answer.ms,
    shown,
  };
  if (await patiently(() => storeTurn(place.db, record), signal)) return answer;
  const turns = await patiently(() => readTurns(place.db, input.runId, input.taskId), signal);
  const stored = turns.find((known) => known.number === input.turn);
  if (stored === undefined) throw new RecordMissing(`Turn ${input.turn} of ${input.taskId} was removed.`);
  return { content: stored.answer, stopReason: stored.stopReason };
}

async function tellMistake(place: Workplace, step: Step, input: TurnInput, reply: string): Promise<void> {
  const reason = reply.slice(REPLY.malformed.length).trim();
  await recordRefusal(place.db, step, { ...input, path: null, reason, reply });
}

/** What follows. Said again when the turn is done twice: each record is written once. */
async function concluded(
  place: Workplace,
  step: Step,
  input: TurnInput,
  judged: Judged,
): Promise<TurnResult> {
  switch (judged.kind) {
    case 'submission':
      return { next: 'apply' };
    case 'paused':
    case 'reads':
      if (input.reads + 1 < READS) return { next: 'read' };
      await askPerson(place.db, step, {
        turn: input.turn,
        reason: 'too_many_turns',
        question: `The agent has looked around for ${READS} turns without submitting anything. What should it do?`,
      });
      return { next: 'blocked' };
    case 'question':
      await askPerson(place.db, step, {
        turn: input.turn,
        reason: 'question',
        question: judged.question,
      });
      return { next: 'blocked' };
    case 'stuck':
      await askPerson(place.db, step, {
        turn: input.turn,
        reason: judged.reason,
        question: judged.message,
      });
      return { next: 'blocked' };
    case 'malformed':
      await tellMistake(place, step, input, judged.reply);
      if (input.strikes + 1 < STRIKES) return { next: 'strike' };
      await askPerson(place.db, step, {
        turn: input.turn,
        reason: 'malformed',
        question: `${STRIKES} submissions in a row could not be used. The last one: ${judged.reply}`,
      });
      return { next: 'blocked' };
  }
}
