/** The page's state of a run and how each event changes it. Pure. */
import type { GraphTask, RunGraph } from '../../contract/api.js';
import { eventSentence } from '../../shared/words/event-sentence.js';
import { verdictAfterMerge } from '../../shared/words/judgement-words.js';
import { waitAfter } from '../../shared/wait-after.js';
import type { LeadwrightEvent } from '../../contract/events.js';
import { type RunStatus, hasEnded } from '../../contract/run-status.js';
import type { BlockerView } from '../../contract/run-view.js';
import type { TaskId } from '../../contract/ids.js';

export interface RunState {
  /** The graph after the event with its `lastSeq`. */
  readonly graph: RunGraph;
  /** Open questions, the oldest first. */
  readonly blockers: readonly BlockerView[];
  /** The newest event of each task as a sentence, for events since the page was opened. */
  readonly lastActivity: ReadonlyMap<TaskId, string>;
  /** The age of the newest snapshot, from which the state has what no event carries. */
  readonly snapshot: SnapshotAge;
}

/** A new answer of the API. */
export interface Snapshot {
  readonly graph: RunGraph;
  readonly blockers: readonly BlockerView[];
  /** The number of its request, counted by the page. */
  readonly request: number;
}

interface SnapshotAge {
  readonly lastSeq: number;
  readonly request: number;
}

/**
 * Brings a new answer of the API into the state; the last activities are kept. Answers may arrive out of order, and
 * events received meanwhile are newer than the answer.
 */
export function takeSnapshot(known: RunState | null, { graph, blockers, request }: Snapshot): RunState {
  const snapshot: SnapshotAge = { lastSeq: graph.lastSeq, request };
  if (known === null) return { graph, blockers, lastActivity: new Map(), snapshot };
  if (isOlder(snapshot, known.snapshot)) return known;
  return known.graph.lastSeq > graph.lastSeq
    ? { ...known, graph: withEventFields(graph, known.graph), snapshot }
    : { ...known, graph, blockers, snapshot };
}

/** The `lastSeq` does not tell apart snapshots between the same two events; the order of their requests does. */
function isOlder(one: SnapshotAge, other: SnapshotAge): boolean {
  return one.lastSeq < other.lastSeq || (one.lastSeq === other.lastSeq && one.request < other.request);
}

/** An older graph with all that events have changed since. What no event carries, such as the budget, stays. */
function withEventFields(older: RunGraph, newer: RunGraph): RunGraph {
  const { lastSeq, status, finishedAt, spentUsd, waiting, tasks } = newer;
  return { ...older, lastSeq, status, finishedAt, spentUsd, waiting, tasks };
}

/** Applies events in order; those that the state already includes change nothing. */
export function applyAll(state: RunState, events: readonly LeadwrightEvent[]): RunState {
  return events.reduce(apply, state);
}

/** Applies one event. */
export function apply(state: RunState, event: LeadwrightEvent): RunState {
  if (event.seq <= state.graph.lastSeq) return state;
  const { taskId } = event;
  const known: RunState = {
    ...state,
    graph: { ...state.graph, lastSeq: event.seq },
    lastActivity:
      taskId === null ? state.lastActivity : new Map(state.lastActivity).set(taskId, describeEvent(event)),
  };
  const next = taskId === null ? known : { ...known, graph: withTask(known.graph, taskId, event) };
  switch (event.type) {
    case 'run.status':
      return { ...next, graph: withStatus(next.graph, event.data.status, event.at) };
    case 'model.call':
      return { ...next, graph: { ...next.graph, spentUsd: next.graph.spentUsd + event.data.costUsd } };
    case 'task.status':
      return next.graph.tasks.some(({ status }) => status === 'in_progress') ? next : withoutWait(next);
    case 'model.waiting':
    case 'model.answering':
      if (taskId !== null) return next;
      return { ...next, graph: { ...next.graph, waiting: waitAfter(next.graph.waiting, event) } };
    case 'blocker.raised':
      return { ...next, blockers: withBlocker(next.blockers, event) };
    case 'blocker.resolved':
      return { ...next, blockers: next.blockers.filter(({ id }) => id !== event.data.blockerId) };
    default:
      return next;
  }
}

/** No task waits for the model any more, so neither does the run. */
function withoutWait(state: RunState): RunState {
  return { ...state, graph: { ...state.graph, waiting: null } };
}

/** A sentence; unlike `sentence` without the command that answers a question, since the page has buttons for it. */
function describeEvent(event: LeadwrightEvent): string {
  return event.type === 'blocker.raised' ? `waiting for you: ${event.data.question}` : eventSentence(event);
}

function withStatus(graph: RunGraph, status: RunStatus, at: string): RunGraph {
  // A run that does not go on waits for no model, and neither do its tasks.
  const waits =
    status === 'running'
      ? {}
      : { waiting: null, tasks: graph.tasks.map((task) => ({ ...task, waiting: null })) };
  return { ...graph, ...waits, status, finishedAt: hasEnded(status) ? (graph.finishedAt ?? at) : null };
}

function withTask(graph: RunGraph, taskId: TaskId, event: LeadwrightEvent): RunGraph {
  const index = graph.tasks.findIndex(({ id }) => id === taskId);
  const task = graph.tasks[index];
  if (task === undefined) return graph;
  return { ...graph, tasks: graph.tasks.with(index, applyToTask(task, event)) };
}

/** The step follows from the event; the steps are those of the database. */
function applyToTask(task: GraphTask, event: LeadwrightEvent): GraphTask {
  switch (event.type) {
    case 'task.status': {
      const { status, error } = event.data;
      const waiting = status === 'in_progress' ? task.waiting : null;
      return { ...task, status, error: error ?? null, waiting, ...timestampsAfter(task, status, event.at) };
    }
    case 'model.call':
      return { ...task, costUsd: task.costUsd + event.data.costUsd, step: 'generate', waiting: null };
    case 'model.waiting':
    case 'model.answering':
      return { ...task, waiting: waitAfter(task.waiting, event) };
    case 'changes.applied':
      return { ...task, step: 'test' };
    case 'changes.refused':
    case 'command.finished':
    case 'mcp.call':
    case 'conversation.compacted':
      return { ...task, step: 'generate' };
    case 'tests.finished':
      return {
        ...task,
        attempts: Math.max(task.attempts, event.data.attempt),
        verdict: event.data.passed ? 'passed' : 'failed',
        step: event.data.passed ? 'land' : 'generate',
      };
    case 'correction.started':
      return { ...task, corrections: Math.max(task.corrections, event.data.correction) };
    case 'merge.finished':
      return {
        ...task,
        verdict: verdictAfterMerge(event.data.outcome, task.verdict),
        step: event.data.outcome === 'landed' ? 'done' : 'generate',
      };
    case 'run.status':
    case 'blocker.raised':
    case 'blocker.resolved':
      return task;
  }
}

function timestampsAfter(
  task: GraphTask,
  status: GraphTask['status'],
  at: string,
): Pick<GraphTask, 'startedAt' | 'completedAt' | 'step'> {
  switch (status) {
    case 'pending':
      // It was retried: its time begins again.
      return { startedAt: null, completedAt: null, step: 'ready' };
    case 'in_progress':
      return { startedAt: task.startedAt ?? at, completedAt: null, step: 'generate' };
    case 'blocked':
      return { startedAt: task.startedAt, completedAt: null, step: task.step };
    case 'completed':
    case 'failed':
    case 'cancelled':
    case 'skipped':
      return { startedAt: task.startedAt, completedAt: at, step: 'done' };
  }
}

function withBlocker(
  blockers: readonly BlockerView[],
  event: Extract<LeadwrightEvent, { type: 'blocker.raised' }>,
): readonly BlockerView[] {
  const { blockerId: id, reason, question } = event.data;
  if (blockers.some((blocker) => blocker.id === id)) return blockers;
  return [...blockers, { id, runId: event.runId, taskId: event.taskId, reason, question, at: event.at }];
}
