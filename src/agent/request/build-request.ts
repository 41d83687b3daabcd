/** Step 1 of a turn: the request. It holds the conversation so far and what followed the last answer. */
import type Anthropic from '@anthropic-ai/sdk';
import { Context } from '@temporalio/activity';
import { messageOf } from '../../contract/errors.js';
import type { AgentContext, Turn } from '../agent-context.js';
import { nextTurn, roomForResults, type EndedConversation, type LaterTurn } from './conversation.js';
import { completeCalls, CUT_OFF } from '../answer/cut-off.js';
import { describeDraft } from './draft-diff.js';
import { firstMessage, type OpeningFile } from './first-message.js';
import { readOfferedTools } from './offered-tools.js';
import { readInstructions } from './instructions.js';
import { interpretAnswer, workOf, type ReadStep, type Step } from '../answer/interpret-answer.js';
import { readOutput } from '../outputs.js';
import { conversation, followUp, handover, type ToolAnswer } from './prompt.js';
import { withoutTitles } from '../changes/result-texts.js';
import { repetitionNote } from './repetition.js';
import { systemPrompt } from './roles.js';
import { runReads } from '../answer/run-reads.js';
import { turnLimitNote } from '../answer/turn-limits.js';
import { describeLink, ShownFiles, whyWithheld, type ShownFile } from '../shown-files.js';
import { SUMMARY_SYSTEM, summaryMessage } from './summary.js';
import { readTestAtStart } from './task-start.js';
import { API_TOOLS } from '../answer/tool-calls.js';
import { failure } from '../tools/read-result.js';
import { listAnswers } from '../../db/blockers.js';
import { readCallResults, readCallTotals, type CallResult } from '../../db/call-results.js';
import { tellBudget, type Opening, type TurnKind } from '../../db/turns.js';
import { cacheLifetimeAfter, type CacheLifetime } from '../../model/cache-breakpoints.js';
import { limitsOf } from '../../model/known-models.js';
import type { ModelRequest } from '../../model/request.js';
import { RESULT_MARKERS } from '../../model/result-markers.js';
import { MAP_TOKENS } from '../../codebase/repo-maps.js';
import { chooseModel } from '../../plan/choose-model.js';
import type { Redactor } from '../../redaction/redactor.js';
import { material } from '../../shared/words/material.js';

/** The next message, and the files that it shows. The model may change these files from now on. */
interface Message {
  readonly prompt: Anthropic.MessageParam['content'];
  readonly shown: readonly string[];
  /** Those that it shows whole, by git's names of their contents: the model may write over these. */
  readonly knownBlobs: readonly string[];
}

export interface TurnRequest extends Message {
  readonly kind: TurnKind;
  /** The number of the conversation that the turn belongs to. */
  readonly conversation: number;
  /** What the conversation begins with, when this is its first turn. */
  readonly opening: Opening | null;
  /** For a summary: the tokens of the conversation that it ends. */
  readonly compactedTokens: number | null;
  readonly request: ModelRequest;
  /** At least the number of tokens that the model will read. */
  readonly inputTokensUpperBound: number;
  /** The same, estimated: high, but not the highest that is possible. */
  readonly inputTokens: number;
  readonly cacheLifetime: CacheLifetime;
  /** Hides the run's secrets. */
  readonly redactor: Redactor;
}

/** What a provider adds to a request for its tools and its messages, in tokens: twice the providers' own figures. */
const OVERHEAD_TOKENS = 1_000;

/** The part of a request that depends on whether its conversation begins, continues or ends. */
type Built = Omit<TurnRequest, 'conversation' | 'redactor'>;

/** Builds the turn's request. Read tools that the last answer called are run here, on the draft. */
export async function buildRequest(
  context: AgentContext,
  turn: Turn,
  signal: AbortSignal,
): Promise<TurnRequest> {
  const { input, task, earlier } = turn;
  const redactor = await context.redactors.ofRun(task.run);
  const { model, plan } = task.run;
  const failures = earlier.filter(({ failed }) => failed).length;
  const wanted = chooseModel({ model, escalate: plan.escalate }, task.model, failures);
  const next = nextTurn(earlier, {
    ...{ model: wanted, limits: plan.limits, tooLong: input.tooLong > 0 },
    refused: turn.wasRefused,
  });
  const built = await build();
  return { ...built, conversation: next.conversation, redactor };

  function build(): Promise<Built> {
    switch (next.kind) {
      case 'begin':
        return beginConversation(context, turn, redactor, { model: wanted, after: next.after }, signal);
      case 'continue':
        return continueConversation(context, turn, redactor, next, signal);
      case 'summarize':
        return summarizeConversation(context, turn, next);
    }
  }
}

async function beginConversation(
  context: AgentContext,
  turn: Turn,
  redactor: Redactor,
  { model, after }: { readonly model: string; readonly after: EndedConversation | null },
  signal: AbortSignal,
): Promise<Built> {
  const { task, input } = turn;
  const tools = await readOfferedTools(context.db, task);
  const opening = {
    system: systemPrompt(task.role, tools.length > 0),
    tools: [...API_TOOLS, ...tools.map(({ api }) => api)],
  };
  const files = new ShownFiles(context.store, input.work.draft, redactor);
  const message = await buildFirstMessage(context, turn, { files, redactor }, after, signal);
  const request = { model, ...effortOf(task, model), ...opening, messages: conversation([], message.prompt) };
  return {
    ...message,
    kind: 'work',
    opening,
    request,
    ...promptSize(0, request),
    compactedTokens: null,
    cacheLifetime: cacheLifetimeAfter(0),
  };
}

async function continueConversation(
  context: AgentContext,
  turn: Turn,
  redactor: Redactor,
  later: LaterTurn,
  signal: AbortSignal,
): Promise<Built> {
  const { opening, turns, last } = later;
  const message = await buildFollowUp(context, turn, redactor, later, signal);
  const { prompt } = message;
  const messages = conversation(turns, prompt.length === 0 ? null : prompt);
  return {
    ...message,
    kind: 'work',
    opening: null,
    // A conversation is finished by the model that began it.
    request: { model: last.model, ...effortOf(turn.task, last.model), ...opening, messages },
    ...promptSize(last.tokens, prompt),
    compactedTokens: null,
    cacheLifetime: cacheLifetimeAfter(Date.now() - last.answeredAt.getTime()),
  };
}

async function summarizeConversation(
  context: AgentContext,
  { input, task }: Turn,
  { turns, last }: LaterTurn,
): Promise<Built> {
  const results = await readCallResults(context.db, { ...input, turn: last.number });
  const unsent = [...results.map(({ text }) => text), ...(last.reply === null ? [] : [last.reply])];
  const { contextTokens } = limitsOf(last.model, task.run.plan.limits);
  const prompt = summaryMessage(task.title, turns, unsent, { refusals: input.tooLong, contextTokens });
  const messages = conversation([], prompt);
  const request = { model: last.model, system: SUMMARY_SYSTEM, messages, tools: [] };
  return {
    kind: 'summary',
    opening: null,
    prompt,
    ...{ shown: [], knownBlobs: [] },
    request,
    ...promptSize(0, request),
    compactedTokens: last.tokens,
    cacheLifetime: cacheLifetimeAfter(0),
  };
}

/** Left out, the model's own default applies: also when the plan's effort is none of the model's levels. */
function effortOf({ effort, run }: Turn['task'], model: string): Pick<ModelRequest, 'effort'> {
  const wanted = effort ?? run.plan.effort;
  return wanted !== null && limitsOf(model).efforts.includes(wanted) ? { effort: wanted } : {};
}

/** Text and code have three bytes a token or more, in any script about two. */
const BYTES_PER_TOKEN = 2;

/**
 * The tokens of a prompt. No token is shorter than a byte.
 * @param known tokens of the conversation so far, as the provider counted them
 * @param added what it has not counted yet
 */
function promptSize(
  known: number,
  added: unknown,
): Pick<TurnRequest, 'inputTokensUpperBound' | 'inputTokens'> {
  const bytes = Buffer.byteLength(JSON.stringify(added));
  const counted = OVERHEAD_TOKENS + known;
  return {
    inputTokensUpperBound: counted + bytes,
    inputTokens: counted + Math.ceil(bytes / BYTES_PER_TOKEN),
  };
}

/** The first message of a conversation: the task word for word and, after a summary, what was done so far. */
async function buildFirstMessage(
  context: AgentContext,
  turn: Turn,
  { files: shownFiles, redactor }: { readonly files: ShownFiles; readonly redactor: Redactor },
  after: EndedConversation | null,
  signal: AbortSignal,
): Promise<Message> {
  const { db, store, codeIndex, repoMaps } = context;
  const { input, task } = turn;
  const { run } = task;
  const [files, instructions, map, tried, answers, totals, budgetLeftUsd] = await Promise.all([
    Promise.all(task.files.map(async (path) => openingFile(path, await shownFiles.read(path)))),
    readInstructions(new ShownFiles(store, run.base, redactor), run.plan.instructions, task.files),
    // What it lists is not `shown`: a key line is too little to write over a file, and a map lists so many files that
    // every landing would overlap with every task.
    makeMap(
      repoMaps,
      {
        code: codeIndex.at(store, input.work.draft),
        past: { gitDir: run.gitFolder, commit: run.base },
        text: `${task.title}\n\n${task.description}`,
        files: task.files,
        test: task.testCommand,
        tokens: MAP_TOKENS,
        show: (line) => redactLine(redactor, line),
      },
      signal,
    ),
    readTestAtStart(db, turn),
    listAnswers(db, input),
    readCallTotals(db, input),
    input.attempt === 1 ? tellBudget(db, turn.fence, input.turn) : null,
  ]);
  const first = firstMessage({
    ...{ ...task, files, instructions, map, tried },
    corrections: Math.max(0, input.maxCorrections - input.corrections),
    commands: {
      left: Math.max(0, run.plan.commands.max - totals.commands),
      timeoutSeconds: Math.round(run.plan.commands.timeoutMs / 1_000),
    },
    budgetLeftUsd,
  });
  const shown = files.filter((file) => file.shown).map(({ path }) => path);
  const message = [first, ...answers];
  if (after !== null) {
    const diff = await describeDraft(store, redactor, input.work.start, input.work.draft);
    message.push(
      handover({
        conversations: after.number,
        summary: after.summary,
        diff,
        lastOutcome: after.reply === null ? null : withoutTitles(after.reply),
      }),
    );
  }
  const knownBlobs = files.flatMap(({ blob }) => blob ?? []);
  return { prompt: message.join('\n\n'), shown, knownBlobs };
}

/** Lines of maps that are kept redacted, by redactor: the maps of a run's tasks have most of them in common. */
const redactedLines = new WeakMap<Redactor, Map<string, string>>();
/** At most 10,000 lines of 200 characters, about 4 MB. Few are longer. */
const MAX_LINES = 10_000;
const MAX_LINE_LENGTH = 200;

function redactLine(redactor: Redactor, line: string): string {
  if (line.length > MAX_LINE_LENGTH) return redactor.redact(line);
  const known = redactedLines.get(redactor) ?? new Map<string, string>();
  redactedLines.set(redactor, known);
  const found = known.get(line);
  if (found !== undefined) return found;
  if (known.size >= MAX_LINES) known.clear();
  const redacted = redactor.redact(line);
  known.set(line, redacted);
  return redacted;
}

/** Milliseconds for a map. The first one of 20,000 files takes a minute on a machine with nothing else to do. */
const MAP_MS = 120_000;

/** Without a map the agent searches, so none ever fails a turn: what is missing is empty. */
async function makeMap(
  maps: AgentContext['repoMaps'],
  wanted: Parameters<AgentContext['repoMaps']['make']>[0],
  signal: AbortSignal,
): Promise<string> {
  const limit = AbortSignal.timeout(MAP_MS);
  try {
    return (await maps.make(wanted, AbortSignal.any([signal, limit]))).text;
  } catch (error) {
    signal.throwIfAborted();
    Context.current().log.warn(`The task begins without a repo map: ${messageOf(error)}`);
    return '';
  }
}

/** A file in a first message. */
interface ShownOpening extends OpeningFile {
  /** Whether the model may change it from now on. */
  readonly shown: boolean;
  /** Git's name of its content, when that is shown. */
  readonly blob?: string;
}

function openingFile(path: string, file: ShownFile): ShownOpening {
  switch (file.kind) {
    case 'text':
      return { path, text: file.text, shown: true, blob: file.blob };
    case 'binary':
      return { path, text: '(not text)', shown: true };
    case 'missing':
      return { path, text: '(no such file yet)', shown: true };
    case 'link':
      return { path, text: `(${describeLink(path, file)})`, shown: false };
    case 'withheld':
      return { path, text: `(not shown: ${whyWithheld(path, file.why)})`, shown: false };
    case 'too-large':
      return { path, text: `(not shown: ${file.why})`, shown: false };
  }
}

/** The results of the last answer's calls, and the outcome of its submission or question. */
async function buildFollowUp(
  context: AgentContext,
  { input, task }: Turn,
  redactor: Redactor,
  { turns, last }: LaterTurn,
  signal: AbortSignal,
): Promise<Message> {
  const { steps, ending } = interpretAnswer(last.answer, last.stopReason);
  // After `pause_turn` nothing is sent, unless a person was asked because of too many of these turns: then `reply` is
  // the person's answer.
  if (ending.kind === 'paused') return { prompt: last.reply ?? [], shown: [], knownBlobs: [] };
  const recorded =
    workOf(steps).length === 0 ? [] : await readCallResults(context.db, { ...input, turn: last.number });
  const contextOf = ({ position }: ReadStep) => {
    const draft = draftAt(position, recorded) ?? input.work.draft;
    return {
      files: new ShownFiles(context.store, draft, redactor),
      code: context.codeIndex.at(context.store, draft),
      outputOf: (id: string) => readOutput(context.db, input, id),
    };
  };
  const taken = recorded.reduce((sum, { text }) => sum + text.length, last.reply?.length ?? 0);
  const room = roomForResults(limitsOf(last.model, task.run.plan.limits), last.tokens) - taken;
  const reads = await runReads(steps.filter(isRead), contextOf, { signal, room });
  const results = new Map(steps.flatMap((step) => resultOf(step, reads, recorded)));
  const { complete, cutOff } = completeCalls(last.answer, last.stopReason);
  // When no call was complete, the reply says so.
  if (cutOff !== null && complete.length > 0) results.set(cutOff.id, failure(CUT_OFF));
  const id = 'id' in ending ? ending.id : null;
  const isRefused = ending.kind === 'malformed' || last.reply?.startsWith(RESULT_MARKERS.refused) === true;
  const reply = last.reply === null ? null : { id, text: last.reply, isError: isRefused };
  const shown = [...reads.values()].flatMap((result) => result.shown);
  const knownBlobs = [...reads.values()].flatMap((result) => result.knownBlobs);
  const notes = [
    reply === null ? repetitionNote(turns.map(({ answer }) => answer)) : null,
    turnLimitNote(input.counts),
  ].filter((note) => note !== null);
  return { prompt: followUp(last.answer, reply, results, notes), shown, knownBlobs };
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
    case 'run':
    case 'mcp': {
      const result = recorded.find(({ position }) => position === step.position);
      return result === undefined ? [] : [[step.id, result]];
    }
    case 'refused':
      return [[step.id, { text: step.reply, isError: true }]];
  }
}
