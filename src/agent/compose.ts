/** What a turn sends: what came back of the last answer, after all that was said before. */
import type Anthropic from '@anthropic-ai/sdk';
import { callsOf, judge } from './interpret-answer.js';
import { conversation, firstMessage, followUp, type OpeningFile, type ToolAnswer } from './prompt.js';
import { look, withheld } from './read-tools.js';
import { systemPrompt } from './roles.js';
import { ShownFiles, type ShownFile } from './shown-files.js';
import { checkCall, TOOLS } from './tools.js';
import { listEarlyAnswers } from '../db/blockers.js';
import type { TaskRecord } from '../db/task-record.js';
import type { TurnRecord } from '../db/turns.js';
import type { ModelRequest } from '../model/call.js';
import type { Masker } from '../redaction/redactor.js';
import type { TurnInput } from '../contract/payloads.js';
import type { Workplace } from '../activities/activity-context.js';

export interface Prepared {
  readonly prompt: Anthropic.MessageParam['content'];
  readonly shown: readonly string[];
  readonly request: ModelRequest;
  /** No less than the tokens that the model will read. */
  readonly inputTokensUpperBound: number;
  /** What hides the run's secrets. */
  readonly masker: Masker;
}

/** The turn's request. */
export async function prepare(
  place: Workplace,
  input: TurnInput,
  task: TaskRecord,
  turns: readonly TurnRecord[],
  signal: AbortSignal,
): Promise<Prepared> {
  const masker = await place.maskers.ofRun(task.run);
  const files = new ShownFiles(place.store, input.base, masker);
  const last = turns.at(-1);
  const { prompt, shown } =
    last === undefined ? await opening(place, files, input, task) : await continuation(files, last, signal);
  const request = {
    model: task.run.model,
    system: systemPrompt(task.role),
    messages: conversation(turns, prompt.length === 0 ? null : prompt),
    tools: TOOLS,
  };
  const inputTokensUpperBound =
    UNSEEN + (last === undefined ? bytesOf(request) : last.tokens + bytesOf(prompt));
  return { prompt, shown, request, inputTokensUpperBound, masker };
}

/** What a provider adds to a request for its tools and its messages: half of this, by its own figures. */
const UNSEEN = 1_000;

/** No token is shorter than a byte. */
function bytesOf(sent: unknown): number {
  return Buffer.byteLength(JSON.stringify(sent));
}

type Message = Pick<Prepared, 'prompt' | 'shown'>;

async function opening(
  place: Workplace,
  shownFiles: ShownFiles,
  key: TurnInput,
  task: TaskRecord,
): Promise<Message> {
  const files = await Promise.all(
    task.files.map(async (path) => openingFile(path, await shownFiles.read(path))),
  );
  // What a person said before there was any answer to say it after.
  const told = await listEarlyAnswers(place.db, key);
  const shown = files.filter((file) => file.shown).map(({ path }) => path);
  return { prompt: [firstMessage(task, files), ...told].join('\n\n'), shown };
}

/** `shown`: the model may write over what it knows in this way. */
function openingFile(path: string, file: ShownFile): OpeningFile & { readonly shown: boolean } {
  switch (file.kind) {
    case 'text':
      return { path, text: file.text, shown: true };
    case 'binary':
      return { path, text: '(not text)', shown: true };
    case 'missing':
      return { path, text: '(no such file yet)', shown: true };
    case 'withheld':
      return { path, text: `(not shown: ${withheld(path, file.why)})`, shown: false };
    case 'too-large':
      return { path, text: `(not shown: ${file.why})`, shown: false };
  }
}

/** What came back of the last answer: its looks read from the commit, and what became of the rest. */
async function continuation(files: ShownFiles, last: TurnRecord, signal: AbortSignal): Promise<Message> {
  const judged = judge(last.answer, last.stopReason);
  // It goes on by itself, or with what a person said when it did so for too long.
  if (judged.kind === 'paused') return { prompt: last.reply ?? [], shown: [] };
  const reads = new Map<string, ToolAnswer>();
  const shown: string[] = [];
  for (const block of judged.kind === 'malformed' ? [] : callsOf(last.answer)) {
    const checked = checkCall(block);
    if (!checked.ok || checked.call.name === 'submit_changes' || checked.call.name === 'ask_human') continue;
    const seen = await look(files, checked.call, signal);
    reads.set(block.id, seen);
    shown.push(...seen.shown);
  }
  const reply = last.reply === null ? null : { text: last.reply, isError: judged.kind === 'malformed' };
  return { prompt: followUp(last.answer, reply, reads), shown };
}
