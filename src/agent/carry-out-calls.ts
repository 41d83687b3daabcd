/** Carries out the calls of an answer that change the draft or run commands, in their order, each once. */
import type { CommitSha } from '../contract/ids.js';
import { readAttempts } from '../db/attempts.js';
import { readCallResults, readCallTotals, storeCallResult, type CommandValues } from '../db/call-results.js';
import { RecordMissing } from '../db/task-record.js';
import { readTurns } from '../db/turns.js';
import type { AgentContext, AnsweredTurn } from './agent-context.js';
import { changeDraft, type DraftChange } from './change-draft.js';
import { knownFiles, type ChangeContext } from './check-changes.js';
import type { WorkStep } from './interpret-answer.js';
import { commandOutputId } from './outputs.js';
import type { CommandCall } from './tools/tool.js';

/** What a command did, and what it made of the draft. */
export interface CommandChange extends DraftChange {
  readonly command: CommandValues;
}

/** A command on a draft. */
export interface CommandRequest extends CommandCall {
  /** The id of its output. */
  readonly outputId: string;
  /** Commands that the task has run before it. */
  readonly before: number;
  /** The date of the draft that it makes. */
  readonly at: Date;
}

/** Runs a command in the sandbox. */
export type RunCommand = (
  context: ChangeContext,
  request: CommandRequest,
) => Promise<CommandChange | DraftChange>;

/**
 * Carries out the steps. A step with a recorded result is not carried out again.
 * @param runCommand null where no commands run; then the steps have none
 * @returns the draft after the last one
 */
export async function carryOutCalls(
  { db, store, redactors }: AgentContext,
  { fence, input, task }: AnsweredTurn,
  steps: readonly WorkStep[],
  runCommand: RunCommand | null,
): Promise<CommitSha> {
  let { draft } = input.work;
  if (steps.length === 0) return draft;
  const [recorded, totals, turns, attempts, redactor] = await Promise.all([
    readCallResults(db, input),
    readCallTotals(db, input),
    // Again: the record now has the answer itself, with the files that its prompt showed.
    readTurns(db, input.runId, input.taskId),
    readAttempts(db, input.runId, input.taskId),
    redactors.ofRun(task.run),
  ]);
  const at = turns.find(({ number }) => number === input.turn)?.answeredAt;
  if (at === undefined) throw new RecordMissing(`Turn ${input.turn} of ${input.taskId} was removed.`);
  const known = knownFiles(turns, attempts, totals);
  let commands = totals.commands;
  for (const step of steps) {
    const { position } = step;
    const earlier = recorded.find((result) => result.position === position);
    if (earlier !== undefined) {
      ({ draft } = earlier);
      continue;
    }
    const context = { store, task, start: input.work.start, draft, known, redactor };
    const change = await carryOut(step, context, at);
    const command = 'command' in change ? change.command : null;
    if (command !== null) commands += 1;
    const { text, isError } = change;
    draft = await storeCallResult(db, fence, {
      ...{ turn: input.turn, attempt: input.attempt, work: input.work, position, before: draft },
      tree: await store.treeOf(change.draft),
      ...{ draft: change.draft, known: change.known, text, isError, command },
    });
    for (const path of change.known) known.add(path);
  }
  return draft;

  function carryOut(step: WorkStep, context: ChangeContext, at: Date): Promise<CommandChange | DraftChange> {
    if (step.kind === 'change') return changeDraft(context, step.call.run(), at);
    if (runCommand === null) throw new Error('This activity runs no commands.');
    const outputId = commandOutputId(input.turn, step.position);
    return runCommand(context, { ...step.call.run(), outputId, before: commands, at });
  }
}
