/** The summary of a run and its blockers, as lines for a person. Pure. */
import { hasEnded, type RunStatus, type TaskStatus } from '../../contract/run-status.js';
import type { BlockerView, RunView, TaskView } from '../../contract/run-view.js';
import type { Budget } from '../../db/budget.js';
import { EXIT, type ExitCode } from '../../contract/errors.js';
import { commandsFor } from '../answer/answer-commands.js';
import { costWords } from '../../shared/words/cost-words.js';
import { count, formatUsd } from '../../shared/words/format.js';
import { PHASE_WORDS, runPhase } from '../../shared/words/run-phase.js';
import { acceptedWords } from '../../shared/words/judgement-words.js';
import { userMachineFiles } from '../../protection/user-machine-files.js';
import { STANDS_STILL, STILL_UNTIL } from '../../shared/words/pause-words.js';
import { waitingSentence } from '../../shared/words/waiting-sentence.js';
import { branchCommands, hasBranch } from '../../shared/words/branch-commands.js';
import { paint, styled, type Printable } from '../../shared/words/terminal-text.js';
import { plainLine, wrapWords } from '../follow/plain-text.js';
import { answeredWords, questionsOf } from './task-state.js';

const SIGNS: Record<TaskStatus, string> = {
  pending: '·',
  in_progress: '▸',
  completed: '✔',
  failed: '✘',
  blocked: '?',
  cancelled: '–',
  skipped: '–',
};

/**
 * Summarizes a run: tasks, cost, branch, and open blockers.
 * @param unpricedModels the models that it called and whose price is not known
 * @param columns the width of the terminal; null when there is none
 */
export function summaryOf(
  view: RunView,
  blockers: readonly OpenBlocker[],
  budget: Budget | null,
  unpricedModels: readonly string[] = [],
  columns: number | null = null,
  now = Date.now(),
): Printable[] {
  const done = view.tasks.filter((task) => task.status === 'completed').length;
  const asked = questionsOf(blockers);
  return [
    styled`${paint.bold(view.runId)}  ${view.status}${phaseLabel(view)}  ${done} of ${count(view.tasks.length, 'task')} done`,
    ...waitingLines(view, now),
    ...goOnLines(view),
    ...machineLines(view),
    '',
    ...view.tasks.map((task) => {
      // A task that asks is blocked by its question, which follows with the commands that answer it.
      const isAsked = task.error !== null && task.error === asked.get(task.id);
      const answered = answeredWords(view, task, asked);
      const error =
        task.error === null || isAsked || answered !== null
          ? ''
          : styled`  ${paint.dim(plainLine(task.error))}`;
      const retries = task.corrections > 0 ? paint.dim(` (${count(task.corrections, 'correction')})`) : '';
      const still = view.status === 'paused' && task.status === 'in_progress';
      const sign = SIGNS[still || answered !== null ? 'pending' : task.status];
      const pause = still ? `${STANDS_STILL.one} ${STILL_UNTIL}` : answered;
      const wait = pause === null ? '' : paint.dim(` (${pause})`);
      return styled`  ${sign} ${plainLine(task.title)}${completedLabel(view, task)}${retries}${wait}${error}`;
    }),
    '',
    `  ${count(view.usage.modelCalls, 'model call')}, ${view.usage.inputTokens + view.usage.outputTokens} tokens, ${costWords(view.usage.costUsd, unpricedModels)}`,
    ...possiblyBilledLines(view, budget),
    ...(budget === null ? [] : [`  ${budgetLine(budget)}`]),
    ...branchLines(view),
    ...retryLines(view),
    ...(blockers.length === 0 ? [] : ['', ...blockerLines(blockers, columns)]),
  ];
}

function branchLines(view: RunView): Printable[] {
  if (!hasBranch(view)) return [];
  const { status, tasks, branch, repo } = view;
  const { log, merge } = branchCommands(repo, branch);
  const hasWork = tasks.some((task) => task.commit !== null);
  return [
    styled`  branch ${paint.bold(branch)} in ${repo}${hasWork ? '' : ` (${nothingOnBranch(status)})`}`,
    ...(hasWork ? [`  log:   ${log}`] : []),
    ...(hasWork && status === 'completed' ? [`  merge: ${merge}`] : []),
  ];
}

function nothingOnBranch(status: RunStatus): string {
  return hasEnded(status) ? 'nothing new on it' : 'nothing new on it yet';
}

/** Why a run ended failed, when that is in its tasks, and what to do about it. */
function retryLines({ runId, status, tasks, verify }: RunView): Printable[] {
  if (status !== 'failed') return [];
  const of = (wanted: TaskStatus) => tasks.filter((task) => task.status === wanted).length;
  const parts = [
    ...(of('failed') > 0 ? [`${of('failed')} failed`] : []),
    ...(of('skipped') > 0 ? [`${of('skipped')} skipped`] : []),
  ];
  if (parts.length === 0) return [];
  return [
    '',
    `  The run failed: of its tasks, ${parts.join(' and ')}. Try them again with:  leadwright retry ${runId} --failed`,
    ...(verify === null
      ? ['  The branch as a whole was not verified: `verify` runs once all tasks are completed.']
      : []),
  ];
}

/** Calls that were sent and got no complete answer: only the provider knows whether it bills them. */
function possiblyBilledLines({ usage: { possiblyBilled } }: RunView, budget: Budget | null): Printable[] {
  const { calls } = possiblyBilled;
  // The budget is read after the usage: a call may be lost between the two.
  const usd = Math.max(possiblyBilled.costUsd, budget?.possiblyBilledUsd ?? 0);
  if (calls === 0 && usd === 0) return [];
  const sent = Math.max(calls, 1);
  const unanswered = count(sent, 'call was sent and never', 'calls were sent and never');
  // Without a known price, no amount says how much it can be.
  const most = usd === 0 ? '' : `up to ${formatUsd(usd)} more. `;
  return [
    `  possibly billed: ${most}${unanswered} fully answered; the provider's bill says whether ${sent === 1 ? 'it' : 'they'} cost anything`,
  ];
}

/**
 * Says what a run does before its first task and after its last one, which can take minutes, or else that the branch does not
 * pass the plan's `verify`. While `verify` runs again, its earlier outcome says nothing.
 */
function phaseLabel({ status, tasks, verify, usage }: RunView): Printable {
  const hasBegun = usage.modelCalls > 0 || tasks.some((task) => task.attempts > 0);
  const phase = runPhase(status, tasks, hasBegun);
  if (phase !== null) return `: ${PHASE_WORDS[phase]}`;
  return verify === 'failed' ? paint.red(', verify failed') : '';
}

/** Says that a person accepted work that no test has passed, and that a completed task put nothing new on the branch. */
export function completedLabel(
  { accepted }: Pick<RunView, 'accepted'>,
  { id, status, commit, verdict }: TaskView,
): Printable {
  const words = [
    accepted.includes(id) ? acceptedWords('completed', verdict) : null,
    status === 'completed' && commit === null ? 'nothing new on the branch' : null,
  ].filter((each) => each !== null);
  if (words.length === 0) return '';
  const label = ` (${words.join(', ')})`;
  return verdict === 'failed' ? paint.red(label) : paint.yellow(label);
}

/** How a person makes a paused or cancelled run go on. */
function goOnLines({ runId, status }: RunView): Printable[] {
  const isStopped = status === 'paused' || status === 'cancelled';
  return isStopped ? [`  Continue it with:  leadwright resume ${runId}`] : [];
}

/** What the run waits for, or one of its tasks, while the model gives no answer. */
function waitingLines({ waiting }: RunView, now: number): Printable[] {
  if (waiting === null) return [];
  const whose = waiting.taskId === null ? '' : `${waiting.taskId}: `;
  return [styled`  ${paint.yellow(`${whose}${waitingSentence(waiting, now)}`)}`];
}

/** Landed files that run on the user's machine: the first thing to look at. */
function machineLines({ tasks }: RunView): Printable[] {
  const files = userMachineFiles(tasks);
  return files.length === 0
    ? []
    : ['', styled`  ${paint.red('!')} runs on your machine: ${files.map(plainLine).join(', ')}`];
}

function budgetLine({ budgetUsd, spentUsd, reservedUsd, possiblyBilledUsd }: Budget): string {
  const underWay = reservedUsd - possiblyBilledUsd;
  const parts = [
    `${formatUsd(spentUsd)} of its budget of ${formatUsd(budgetUsd)} spent`,
    ...(underWay >= LEAST_SHOWN_USD ? [`${formatUsd(underWay)} reserved for calls under way`] : []),
    ...(possiblyBilledUsd > 0 ? [`${formatUsd(possiblyBilledUsd)} possibly billed`] : []),
  ];
  return parts.join(', ');
}

/** Less is the rounding of a difference: the record has nine decimals. */
const LEAST_SHOWN_USD = 1e-9;

/** An open blocker, and how its notification by `on_blocker` went. */
export interface OpenBlocker extends BlockerView {
  /** Failed delivery attempts; 0 when it was delivered, was not attempted yet, or the plan has no `on_blocker`. */
  readonly failedNotifications: number;
}

/**
 * Lists each blocker with the commands that answer it.
 * @param columns the width of the terminal, for which questions are broken between words; null when there is none
 */
export function blockerLines(blockers: readonly OpenBlocker[], columns: number | null = null): Printable[] {
  return blockers.flatMap((blocker) => [
    ...questionLines(blocker, columns),
    ...commandLines(commandsFor(blocker), columns),
    ...(blocker.failedNotifications === 0
      ? []
      : [styled`    ${paint.red(undelivered(blocker.failedNotifications))}`]),
  ]);
}

const QUESTION_INDENT = '  ';

/** The question, with the lines and indents of its text: an agent may ask in several paragraphs, list choices, or show code. */
function questionLines({ taskId, reason, question }: BlockerView, columns: number | null): Printable[] {
  const [first, ...rest] = question.split(/\r?\n/).filter((line) => plainLine(line) !== '');
  const width = columns === null ? Number.POSITIVE_INFINITY : columns - QUESTION_INDENT.length;
  const text = `${taskId ?? 'the run'} (${reason}): ${plainLine(first ?? '')}`;
  return [...wrapWords(text, width), ...rest.flatMap((line) => wrapIndented(line, width))].map((line, at) =>
    at === 0 ? styled`${paint.yellow('?')} ${line}` : styled`${QUESTION_INDENT}${line}`,
  );
}

/** A text that is indented further than this has its lines shortened too much on a narrow terminal. */
const MOST_INDENT = 12;

/** Breaks a line between words; each part has the indent of the line. */
function wrapIndented(line: string, width: number): string[] {
  const [spaces = ''] = /^[ \t]*/.exec(line) ?? [];
  const indent = spaces.replaceAll('\t', '  ').slice(0, MOST_INDENT);
  return wrapWords(plainLine(line), width - indent.length).map((part) => `${indent}${part}`);
}

/** Commands, each with what it does beside it or, where that is too wide for the terminal, below it. */
function commandLines(commands: ReturnType<typeof commandsFor>, columns: number | null): Printable[] {
  const width = Math.max(...commands.map(([command]) => command.length));
  const beside = commands.map(([command, does]) => [`    ${command.padEnd(width)}  `, does] as const);
  if (columns === null || beside.every(([command, does]) => command.length + does.length <= columns))
    return beside.map(([command, does]) => styled`${command}${paint.dim(does)}`);
  return commands.flatMap(([command, does]) => [
    `    ${command}`,
    ...wrapWords(does, columns - DOES_INDENT.length).map((line) => styled`${DOES_INDENT}${paint.dim(line)}`),
  ]);
}

const DOES_INDENT = '        ';

function undelivered(tries: number): string {
  return `Could not deliver the blocker notification with on_blocker yet (${count(tries, 'try', 'tries')}): the worker's log has the reason`;
}

/** The exit code for a run's status. */
export function exitCodeOf({ status, stop }: Pick<RunView, 'status' | 'stop'>): ExitCode {
  switch (status) {
    case 'completed':
      return EXIT.completed;
    case 'cancelled':
      return EXIT.cancelled;
    case 'running':
    case 'paused':
    case 'failed':
    case 'blocked':
      return stop === undefined ? EXIT.unfinished : EXIT.environment;
  }
}
