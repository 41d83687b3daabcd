import type { LeadwrightEvent } from '../../contract/events.js';
import type { Role, RunStatus, TaskStatus } from '../../contract/run-status.js';
import type { RunView, TaskView } from '../../contract/run-view.js';
import type { TaskId } from '../../contract/ids.js';
import type { Waiting } from '../../contract/waiting.js';
import { describeEvent } from './describe-event.js';
import { verdictAfterMerge } from '../../shared/words/judgement-words.js';
import { waitAfter } from '../../shared/wait-after.js';
import { plainLine } from './plain-text.js';

/** One row of the table: a task. Times are in milliseconds; points in time are since 1970. */
export interface TaskRow {
  readonly id: TaskId;
  readonly title: string;
  readonly role: Role;
  readonly status: TaskStatus;
  readonly attempts: number;
  readonly corrections: number;
  readonly costUsd: number;
  /** Time in progress before `since`. */
  readonly spentMs: number;
  /** The start of the current time in progress; null when the task is not in progress, or its run is paused. */
  readonly since: number | null;
  /** How its newest work was judged; null when it was not tested. */
  readonly verdict: TaskView['verdict'];
  /** Whether a person has answered since its newest work: work that then completes was accepted as it is. */
  readonly answered: boolean;
  /** The latest event, in a few words. */
  readonly last: string;
}

/** The data of the table: a run and its tasks. */
export interface TableState {
  readonly runId: string;
  readonly branch: string;
  readonly status: RunStatus;
  readonly startedAt: number | null;
  /** Whether a task was ever at work. */
  readonly hasBegun: boolean;
  /** When the run came to rest; null while it runs. */
  readonly endedAt: number | null;
  readonly costUsd: number;
  /** What all tasks wait for while the model is out of reach; null while it answers. */
  readonly waiting: Waiting | null;
  /** How the plan's `verify` ended; null until the run is completed. */
  readonly verify: RunView['verify'];
  /** In the plan's order. */
  readonly tasks: readonly TaskRow[];
}

/** The state before the first event; the events supply everything else. */
export function initialState(view: RunView): TableState {
  return {
    runId: view.runId,
    branch: view.branch,
    status: 'running',
    startedAt: null,
    hasBegun: false,
    endedAt: null,
    costUsd: 0,
    waiting: null,
    verify: null,
    tasks: view.tasks.map((task) => ({
      id: task.id,
      title: plainLine(task.title),
      role: task.assignedTo,
      status: 'pending',
      attempts: 0,
      corrections: 0,
      costUsd: 0,
      spentMs: 0,
      since: null,
      verdict: null,
      answered: false,
      last: '',
    })),
  };
}

/** Applies one event to the state. */
export function reduce(state: TableState, event: LeadwrightEvent): TableState {
  const at = Date.parse(event.at);
  const next: TableState = {
    ...state,
    startedAt: state.startedAt ?? at,
    hasBegun: state.hasBegun || (event.type === 'task.status' && event.data.status === 'in_progress'),
    tasks: state.tasks.map((task) =>
      task.id === event.taskId ? reduceTask(task, event, at, state.status) : task,
    ),
  };
  switch (event.type) {
    case 'run.status':
      return {
        ...next,
        tasks: next.tasks.map((task) => ({
          ...task,
          ...updateTime(task, task.status, at, event.data.status),
        })),
        status: event.data.status,
        endedAt: isAtRest(event.data.status) ? at : null,
        waiting: event.data.status === 'running' ? next.waiting : null,
      };
    case 'task.status':
      return next.tasks.some(({ status }) => status === 'in_progress') ? next : { ...next, waiting: null };
    case 'model.waiting':
    case 'model.answering':
      return event.taskId === null ? { ...next, waiting: waitAfter(state.waiting, event) } : next;
    case 'model.call':
      return { ...next, costUsd: next.costUsd + event.data.costUsd };
    default:
      return next;
  }
}

function reduceTask(task: TaskRow, event: LeadwrightEvent, at: number, run: RunStatus): TaskRow {
  const next: TaskRow = { ...task, last: describeEvent(event) };
  switch (event.type) {
    case 'task.status':
      return { ...next, status: event.data.status, ...updateTime(task, event.data.status, at, run) };
    case 'model.call':
      return { ...next, costUsd: task.costUsd + event.data.costUsd, answered: false };
    case 'tests.finished':
      return {
        ...next,
        attempts: Math.max(task.attempts, event.data.attempt),
        verdict: event.data.passed ? 'passed' : 'failed',
        answered: false,
      };
    case 'changes.applied':
      return { ...next, verdict: null, answered: false };
    case 'merge.finished':
      return { ...next, verdict: verdictAfterMerge(event.data.outcome, task.verdict) };
    case 'blocker.resolved':
      return { ...next, answered: true };
    case 'correction.started':
      return { ...next, corrections: Math.max(task.corrections, event.data.correction) };
    default:
      return next;
  }
}

/** Counts only time in progress; waiting for a person or a retry does not count, and neither does a pause. */
function updateTime(
  task: TaskRow,
  status: TaskStatus,
  at: number,
  run: RunStatus,
): Pick<TaskRow, 'since' | 'spentMs'> {
  const spentMs = timeSpent(task, at);
  return { spentMs, since: status === 'in_progress' && run !== 'paused' ? at : null };
}

/** Whether a task in progress stands still, because its run is paused. */
export function standsStill({ status, since }: TaskRow): boolean {
  return status === 'in_progress' && since === null;
}

/** The total time that a task has been in progress, in milliseconds. */
export function timeSpent(task: TaskRow, now: number): number {
  return task.spentMs + (task.since === null ? 0 : Math.max(0, now - task.since));
}

function isAtRest(status: RunStatus): boolean {
  return status !== 'running' && status !== 'paused';
}
