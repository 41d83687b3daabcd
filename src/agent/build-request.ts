/** Step 1 of a turn: the request. It holds the conversation so far and what followed the last answer. */
import type Anthropic from '@anthropic-ai/sdk';
import type { AgentContext, Turn } from './agent-context.js';
import { completeCalls, CUT_OFF } from './cut-off.js';
import { interpretAnswer } from './interpret-answer.js';
import { conversation, firstMessage, followUp, type OpeningFile } from './prompt.js';
import { systemPrompt } from './roles.js';
import { runReads } from './run-reads.js';
import { ShownFiles, whyWithheld, type ShownFile } from './shown-files.js';
import { API_TOOLS } from './tool-calls.js';
import { failure } from './tools/read-result.js';
import { listEarlyAnswers } from '../db/blockers.js';
import type { TurnRecord } from '../db/turns.js';
import { cacheLifetimeAfter, type CacheLifetime } from '../model/cache-breakpoints.js';
import type { ModelRequest } from '../model/request.js';
import type { Redactor } from '../redaction/redactor.js';

/** The next message, and the files that it shows. The model may change these files from now on. */
interface Message {
  readonly prompt: Anthropic.MessageParam['content'];
  readonly shown: readonly string[];
}

export interface TurnRequest extends Message {
  readonly request: ModelRequest;
  /** At least the number of tokens that the model will read. */
  readonly inputTokensUpperBound: number;
  readonly cacheLifetime: CacheLifetime;
  /** Hides the run's secrets. */
  readonly redactor: Redactor;
}

/** What a provider adds to a request for its tools and its messages, in tokens: twice the providers' own figures. */
const OVERHEAD_TOKENS = 1_000;

/** Builds the turn's request. Read tools that the last answer called are run here, on the turn's commit. */
export async function buildRequest(
  context: AgentContext,
  turn: Turn,
  signal: AbortSignal,
): Promise<TurnRequest> {
  const { input, task, earlier } = turn;
  const redactor = await context.redactors.ofRun(task.run);
  const files = new ShownFiles(context.store, input.base, redactor);
  const last = earlier.at(-1);
  const { prompt, shown } =
    last === undefined
      ? await buildFirstMessage(context, turn, files)
      : await buildFollowUp(files, last, signal);
  const request = {
    model: task.run.model,
    system: systemPrompt(task.role),
    messages: conversation(earlier, prompt.length === 0 ? null : prompt),
    tools: API_TOOLS,
    ...(task.effort === null ? {} : { effort: task.effort }),
  };
  const inputTokensUpperBound =
    OVERHEAD_TOKENS + (last === undefined ? bytesOf(request) : last.tokens + bytesOf(prompt));
  const waitedMs = last === undefined ? 0 : Date.now() - last.answeredAt.getTime();
  const cacheLifetime = cacheLifetimeAfter(waitedMs);
  return { prompt, shown, request, inputTokensUpperBound, cacheLifetime, redactor };
}

/** An upper bound of the tokens: no token is shorter than a byte. */
function bytesOf(sent: unknown): number {
  return Buffer.byteLength(JSON.stringify(sent));
}

async function buildFirstMessage(
  { db }: AgentContext,
  { input, task }: Turn,
  shownFiles: ShownFiles,
): Promise<Message> {
  const files = await Promise.all(
    task.files.map(async (path) => openingFile(path, await shownFiles.read(path))),
  );
  // A person may have answered a blocker before the task's first turn.
  const earlyAnswers = await listEarlyAnswers(db, input);
  const shown = files.filter((file) => file.shown).map(({ path }) => path);
  return { prompt: [firstMessage(task, files), ...earlyAnswers].join('\n\n'), shown };
}

/** `shown`: the model knows enough of the file to write over it. */
function openingFile(path: string, file: ShownFile): OpeningFile & { readonly shown: boolean } {
  switch (file.kind) {
    case 'text':
      return { path, text: file.text, shown: true };
    case 'binary':
      return { path, text: '(not text)', shown: true };
    case 'missing':
      return { path, text: '(no such file yet)', shown: true };
    case 'withheld':
      return { path, text: `(not shown: ${whyWithheld(path, file.why)})`, shown: false };
    case 'too-large':
      return { path, text: `(not shown: ${file.why})`, shown: false };
  }
}

/** The results of the last answer's read tools, and the outcome of the rest. */
async function buildFollowUp(files: ShownFiles, last: TurnRecord, signal: AbortSignal): Promise<Message> {
  const interpreted = interpretAnswer(last.answer, last.stopReason);
  // After `pause_turn` nothing is sent, unless a person was asked because of too many of these turns: then `reply` is
  // the person's answer.
  if (interpreted.kind === 'paused') return { prompt: last.reply ?? [], shown: [] };
  const reads = await runReads(files, 'reads' in interpreted ? interpreted.reads : [], signal);
  const isError = interpreted.kind === 'malformed';
  const reply = last.reply === null ? null : { text: last.reply, isError };
  const { cutOff } = completeCalls(last.answer, last.stopReason);
  // When no call was complete, the reply says so.
  const results = cutOff === null || isError ? reads : new Map([...reads, [cutOff.id, failure(CUT_OFF)]]);
  const shown = [...reads.values()].flatMap((result) => result.shown);
  return { prompt: followUp(last.answer, reply, results), shown };
}
