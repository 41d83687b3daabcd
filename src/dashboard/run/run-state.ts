/** What the page knows of a run, and how an event changes it. Pure. */
import type { GraphTask, RunGraph } from '../../contract/api.js';
import { sentence } from '../../cli/follow/event-sentence.js';
import type { BlockerView, LeadwrightEvent, RunStatus } from '../../contract/contract.js';
import type { TaskId } from '../../contract/ids.js';
import { hasEnded } from '../../contract/run-status.js';

export interface RunState {
  /** As of its `lastSeq`. */
  readonly graph: RunGraph;
  /** Open questions, the oldest first. */
  readonly blockers: readonly BlockerView[];
  /** What happened last to a task, in a few words, as far as it happened while the page looked. */
  readonly last: ReadonlyMap<TaskId, string>;
}

/** The state that a fresh answer of the API makes; what was seen to happen is kept. */
export function takeSnapshot(
  known: RunState | null,
  graph: RunGraph,
  blockers: readonly BlockerView[],
): RunState {
  // Answers may overtake each other; events that came meanwhile are newer than this one.
  if (known !== null && known.graph.lastSeq > graph.lastSeq) return known;
  return { graph, blockers, last: known?.last ?? new Map() };
}

/** The state after these events, of which those that it knows already change nothing. */
export function applyAll(state: RunState, events: readonly LeadwrightEvent[]): RunState {
  return events.reduce(apply, state);
}

/** The state after one more event. */
export function apply(state: RunState, event: LeadwrightEvent): RunState {
  if (event.seq <= state.graph.lastSeq) return state;
  const { taskId } = event;
  const known: RunState = {
    ...state,
    graph: { ...state.graph, lastSeq: event.seq },
    last: taskId === null ? state.last : new Map(state.last).set(taskId, whatHappened(event)),
  };
  const next = taskId === null ? known : { ...known, graph: withTask(known.graph, taskId, event) };
  switch (event.type) {
    case 'run.status':
      return { ...next, graph: withStatus(next.graph, event.data.status, event.at) };
    case 'model.call':
      return { ...next, graph: { ...next.graph, spentUsd: next.graph.spentUsd + event.data.costUsd } };
    case 'blocker.raised':
      return { ...next, blockers: withBlocker(next.blockers, event) };
    case 'blocker.resolved':
      return { ...next, blockers: next.blockers.filter(({ id }) => id !== event.data.blockerId) };
    default:
      return next;
  }
}

/** In words; how to answer on the command line is of no use on a page that has buttons. */
function whatHappened(event: LeadwrightEvent): string {
  return event.type === 'blocker.raised' ? `waits for you: ${event.data.question}` : sentence(event);
}

function withStatus(graph: RunGraph, status: RunStatus, at: string): RunGraph {
  return { ...graph, status, finishedAt: hasEnded(status) ? (graph.finishedAt ?? at) : null };
}

function withTask(graph: RunGraph, taskId: TaskId, event: LeadwrightEvent): RunGraph {
  const index = graph.tasks.findIndex(({ id }) => id === taskId);
  const task = graph.tasks[index];
  if (task === undefined) return graph;
  return { ...graph, tasks: graph.tasks.with(index, applyToTask(task, event)) };
}

/** What its agent is at follows from what happened last; the words are the database's. */
function applyToTask(task: GraphTask, event: LeadwrightEvent): GraphTask {
  switch (event.type) {
    case 'task.status': {
      const { status, error } = event.data;
      return { ...task, status, error: error ?? null, ...momentsOf(task, status, event.at) };
    }
    case 'model.call':
      return { ...task, costUsd: task.costUsd + event.data.costUsd, step: 'generate' };
    case 'changes.applied':
      return { ...task, step: 'test' };
    case 'changes.refused':
      return { ...task, step: 'generate' };
    case 'tests.finished':
      return {
        ...task,
        attempts: Math.max(task.attempts, event.data.attempt),
        step: event.data.passed ? 'land' : 'generate',
      };
    case 'correction.started':
      return { ...task, corrections: Math.max(task.corrections, event.data.correction) };
    case 'merge.finished':
      return { ...task, step: event.data.outcome === 'landed' ? 'done' : 'generate' };
    case 'run.status':
    case 'blocker.raised':
    case 'blocker.resolved':
      return task;
  }
}

function momentsOf(
  task: GraphTask,
  status: GraphTask['status'],
  at: string,
): Pick<GraphTask, 'startedAt' | 'completedAt' | 'step'> {
  switch (status) {
    case 'pending':
      return { startedAt: task.startedAt, completedAt: null, step: 'ready' };
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
