/** Step 1 of a turn: the request. It holds the conversation so far and what followed the last answer. */
import type Anthropic from '@anthropic-ai/sdk';
import type { AgentContext, Turn } from './agent-context.js';
import { interpretAnswer, workOf, type ReadStep, type Step } from './interpret-answer.js';
import { conversation, firstMessage, followUp, type OpeningFile, type ToolAnswer } from './prompt.js';
import { readOutput } from './outputs.js';
import { systemPrompt } from './roles.js';
import { runReads } from './run-reads.js';
import { ShownFiles, whyWithheld, type ShownFile } from './shown-files.js';
import { API_TOOLS } from './tool-calls.js';
import { listEarlyAnswers } from '../db/blockers.js';
import { readCallResults, type CallResult } from '../db/call-results.js';
import type { TurnRecord } from '../db/turns.js';
import { cacheLifetimeAfter, type CacheLifetime } from '../model/cache-breakpoints.js';
import type { ModelRequest } from '../model/request.js';
import type { Redactor } from '../redaction/redactor.js';
import { material } from '../shared/material.js';

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

/** Builds the turn's request. Read tools that the last answer called are run here, on the draft. */
export async function buildRequest(
  context: AgentContext,
  turn: Turn,
  signal: AbortSignal,
): Promise<TurnRequest> {
  const { input, task, earlier } = turn;
  const redactor = await context.redactors.ofRun(task.run);
  const last = earlier.at(-1);
  const { prompt, shown } =
    last === undefined
      ? await buildFirstMessage(context, turn, new ShownFiles(context.store, input.work.draft, redactor))
      : await buildFollowUp(context, turn, redactor, last, signal);
  const request = {
    model: task.run.model,
    system: systemPrompt(task.role),
    messages: conversation(earlier, prompt.length === 0 ? null : prompt),
    tools: API_TOOLS,
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

/** The results of the last answer's calls, and the outcome of its submission or question. */
async function buildFollowUp(
  context: AgentContext,
  { input }: Turn,
  redactor: Redactor,
  last: TurnRecord,
  signal: AbortSignal,
): Promise<Message> {
  const { steps, ending } = interpretAnswer(last.answer, last.stopReason);
  // After `pause_turn` nothing is sent, unless a person was asked because of too many of these turns: then `reply` is
  // the person's answer.
  if (ending.kind === 'paused') return { prompt: last.reply ?? [], shown: [] };
  const recorded =
    workOf(steps).length === 0 ? [] : await readCallResults(context.db, { ...input, turn: last.number });
  const contextOf = ({ position }: ReadStep) => ({
    files: new ShownFiles(context.store, draftAt(position, recorded) ?? input.work.draft, redactor),
    outputOf: (id: string) => readOutput(context.db, input, id),
  });
  const reads = await runReads(steps.filter(isRead), contextOf, signal);
  const results = new Map(steps.flatMap((step) => resultOf(step, reads, recorded)));
  const id = 'id' in ending ? ending.id : null;
  const reply = last.reply === null ? null : { id, text: last.reply, isError: ending.kind === 'malformed' };
  const shown = [...reads.values()].flatMap((result) => result.shown);
  return { prompt: followUp(last.answer, reply, results), shown };
}

function isRead(step: Step): step is ReadStep {
  return step.kind === 'read';
}

/** The draft that a call saw, when a later call of its answer has a result; null when it is still the newest one. */
function draftAt(position: number, recorded: readonly CallResult[]): CallResult['draft'] | null {
  return recorded.find((result) => result.position > position)?.before ?? null;
}

function resultOf(
  step: Step,
  reads: ReadonlyMap<string, ToolAnswer>,
  recorded: readonly CallResult[],
): (readonly [string, ToolAnswer])[] {
  switch (step.kind) {
    case 'read': {
      const read = reads.get(step.id);
      if (read === undefined) return [];
      // The text of a read is the repository's.
      return [[step.id, read.isError ? read : { ...read, text: material(read.text) }]];
    }
    case 'change':
    case 'run': {
      const result = recorded.find(({ position }) => position === step.position);
      return result === undefined ? [] : [[step.id, result]];
    }
    case 'refused':
      return [[step.id, { text: step.reply, isError: true }]];
  }
}
