import { userInfo } from 'node:os';
import type { Command } from 'commander';
import type { Environment } from '../../shared/config.js';
import { EXIT, UsageError, type ExitCode } from '../../contract/errors.js';
import type { RunId } from '../../contract/ids.js';
import type { RunView } from '../../contract/run-view.js';
import { findBlocker, listOpenBlockers, type Choice, type FoundBlocker } from '../../db/blockers.js';
import { readTask } from '../../db/task-record.js';
import { problemsOf, requireFit, type ParsedAnswer } from '../../runs/control/answer-choice.js';
import { makeWork } from '../../runs/control/hand-in.js';
import { findAnswerableBlocker } from '../../runs/control/find-run.js';
import * as runControl from '../../runs/control/run-control.js';
import { readAnswer, type TypedAnswer } from '../answer/answer-commands.js';
import { noBlockerError, readWords, readWordsWith } from '../answer/answer-words.js';
import { findHandedIn } from '../answer/handed-in.js';
import { addExamples, addJsonOption, type Act, type JsonOption } from '../command.js';
import { withWorkerFor } from '../control-run.js';
import { pausedSentence } from '../print/paused-sentence.js';
import { print, printJson, say } from '../print/output.js';
import { findRunId, requireRun } from '../requested-run.js';
import { count } from '../../shared/words/format.js';
import { withReader, withSession, type Reader, type Session } from '../session/session.js';
import { withStore } from '../session/with-store.js';

type AnswerOptions = TypedAnswer & JsonOption & { readonly all?: string };

export function declare(command: Command, act: Act): void {
  addJsonOption(command)
    .option('--retry <n>', 'allow n more corrections')
    .option('--accept', 'accept the newest work as it is, tested or not (`diff RUN TASK` shows it)')
    .option('--skip', 'skip the task, and every task that depends on it; the text is recorded as the reason')
    .option('--commit <rev>', "take a commit of your own as the task's work: it is tested and lands")
    .option('--add-usd <x>', "raise the run's budget by x USD; alone, it answers only a spent budget")
    .option('--all <run>', 'all open blockers of the run that this answer fits')
    .action((first: string | undefined, more: string[], options: AnswerOptions) =>
      act((env) => answer(env, first === undefined ? more : [first, ...more], options)),
    );
  addExamples(
    command,
    'leadwright answer shop-k3x9pq:cart:1 "Round half up, to the cent"',
    'leadwright answer shop-k3x9pq:cart:1 --retry 3',
    'leadwright answer shop-k3x9pq:cart:1 --commit my-fix',
    'leadwright answer shop-k3x9pq:cart:1 shop-k3x9pq:pay:1 --skip',
    'leadwright answer --all shop-k3x9pq --retry 3',
  );
}

async function answer(env: Environment, words: readonly string[], options: AnswerOptions): Promise<ExitCode> {
  // Wrong usage is refused here, before a stack is started.
  readAnswer({ ...options, text: readWords(words, options.all).text });
  const by = userInfo().username;
  return withReader(env, async (reading) => {
    const { ids, text } = await readWordsWith(reading.db, words, options.all);
    const read = readAnswer({ ...options, text });
    const found = await findBlockers(reading, ids, options.all, read);
    // An answer that does not fit is refused here, before a stack is started for it, and before any is recorded.
    for (const blocker of found) if (blocker.resolvedBy === null) requireFit(blocker, read);
    if (found.length > 1) requireForSeveral(read);
    const chosen = withoutAnswered(found);
    for (const blocker of chosen) await runControl.requireAnswerable(reading, blocker);
    const views: RunView[] = [];
    let recorded = 0;
    for (const [runId, blockers] of groupByRun(chosen)) {
      const send = async (session: Session) => {
        for (const blocker of blockers) {
          await answerOne(session, blocker, read, by);
          recorded += 1;
        }
        const view = await requireRun(session, runId);
        views.push(view);
        if (options.json !== true) print(afterAnswer(view, blockers.length, read));
      };
      const isAnswered = blockers.every(({ resolvedBy }) => resolvedBy !== null);
      try {
        await (isAnswered ? withSession(env, 'none', send) : withWorkerFor(env, runId, send));
      } catch (error) {
        if (chosen.length > 1)
          say(`${recorded} of ${count(chosen.length, 'blocker')} were answered before this failed:`);
        throw error;
      }
    }
    if (options.json === true) printJson(found.length > 1 && views.length > 1 ? views : views[0]);
    return EXIT.completed;
  });
}

/** The open ones of several, and a line about each other. When all were answered, the first is refused as a single one is. */
function withoutAnswered(found: readonly FoundBlocker[]): readonly FoundBlocker[] {
  const open = found.filter(({ resolvedBy }) => resolvedBy === null);
  if (open.length === 0) return found;
  for (const { id, resolvedBy } of found)
    if (resolvedBy !== null) say(`Skipped ${id}: it was answered before, by ${resolvedBy}`);
  return open;
}

async function answerOne(
  session: Session,
  found: FoundBlocker,
  read: ParsedAnswer,
  by: string,
): Promise<void> {
  const given = await withWork(session, found, read, by);
  await runControl.answer(session, found.id, given, by);
}

/** The blockers that an answer names: each of them, or all of a run that it fits. */
async function findBlockers(
  reader: Reader,
  ids: readonly string[],
  all: string | undefined,
  read: ParsedAnswer,
): Promise<FoundBlocker[]> {
  const context = { db: await reader.database() };
  if (all === undefined) {
    const found: FoundBlocker[] = [];
    for (const id of ids) {
      const blocker = await findBlocker(context.db, id);
      if (blocker === null) throw await noBlockerError(reader.db, id);
      found.push(blocker);
    }
    return found;
  }
  const run = await findRunId(reader, all);
  const found: FoundBlocker[] = [];
  for (const { id } of await listOpenBlockers(reader.db, run)) {
    const blocker = await findAnswerableBlocker(context, id);
    const problems = problemsOf(blocker, read);
    if (problems.length === 0) found.push(blocker);
    else say(`Left ${id} open: ${problems.map(({ path, message }) => `${path}: ${message}`).join('; ')}`);
  }
  if (found.length > 0) return found;
  throw new UsageError(
    `The run ${run} has no open blocker that this answer fits. List them with:  leadwright blockers ${run}`,
  );
}

/** @throws UsageError for an answer that is about one blocker */
function requireForSeveral({ choice, addUsd }: ParsedAnswer): void {
  if (choice.kind === 'commit')
    throw new UsageError('--commit answers one blocker: a commit is the work of one task');
  if (addUsd > 0) throw new UsageError('--add-usd answers one blocker: it would be added several times');
}

function groupByRun(found: readonly FoundBlocker[]): Map<RunId, FoundBlocker[]> {
  const groups = new Map<RunId, FoundBlocker[]>();
  for (const blocker of found) groups.set(blocker.runId, [...(groups.get(blocker.runId) ?? []), blocker]);
  return groups;
}

/** Finds the commit that an answer names, and makes the task's work of it. @throws UsageError when there is none */
async function withWork(
  reader: Reader,
  { runId, taskId, resolvedBy }: FoundBlocker,
  { choice, ...rest }: ParsedAnswer,
  by: string,
): Promise<ParsedAnswer<Choice>> {
  if (choice.kind !== 'commit') return { ...rest, choice };
  if (resolvedBy !== null) return { ...rest, choice: { kind: 'hint' } };
  if (taskId === null) throw new TypeError('Only a task has work.');
  const task = await readTask(reader.db, runId, taskId);
  const found = await findHandedIn(reader.paths, task.run, choice.name);
  const work = await withStore(reader.paths, async (store) => {
    const made = await makeWork(store, task.run, found, by);
    say(`Took ${found.commit} ${JSON.stringify(await store.subjectOf(found.commit))} of ${found.folder}`);
    return made;
  });
  return { ...rest, choice: { ...choice, work } };
}

function afterAnswer({ runId, status }: RunView, answers: number, { choice, text }: ParsedAnswer): string {
  const what = answers === 1 ? 'Answered' : `Answered ${count(answers, 'blocker')}`;
  const reason =
    choice.kind === 'skip' && text !== ''
      ? ' Your text is recorded as the reason; an agent reads it only if the task is retried.'
      : '';
  return status === 'paused'
    ? `${what}.${reason} ${pausedSentence(runId)}`
    : `${what}: the run ${runId} continues in the background.${reason}`;
}
