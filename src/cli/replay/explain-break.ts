/** Explains the SDK's error message of a failed replay. Pure. */
import type { History } from '@temporalio/common/lib/proto-utils.js';

export interface Break {
  /** What differs, for a person. */
  readonly words: string;
  /** The ids of the history event where it breaks: several when the SDK's message fits several, none when it names none. */
  readonly events: readonly number[];
}

/** Event types that a command of the workflow's code produces, in words. */
const DESCRIPTIONS: Readonly<Record<string, string>> = {
  ActivityTaskScheduled: 'an activity',
  ActivityTaskCancelRequested: 'the cancellation of an activity',
  TimerStarted: 'a timer',
  TimerCanceled: 'the cancellation of a timer',
  StartChildWorkflowExecutionInitiated: 'a child workflow',
  RequestCancelExternalWorkflowExecutionInitiated: 'the cancellation of a workflow',
  SignalExternalWorkflowExecutionInitiated: 'a signal to a workflow',
  UpsertWorkflowSearchAttributes: 'a change of its search attributes',
  MarkerRecorded: 'the mark of a patch',
  WorkflowExecutionCompleted: 'its end',
  WorkflowExecutionFailed: 'its end',
  WorkflowExecutionCanceled: 'its end',
  WorkflowExecutionContinuedAsNew: 'its continue-as-new',
};

export function explainBreak(message: string, history: History): Break {
  const inner = innerMessage(message);
  const [, activity, doing] =
    /Activity type of scheduled event '(.*)' does not match activity type of activity command '(.*)'/.exec(
      inner,
    ) ?? [];
  if (activity !== undefined && doing !== undefined) {
    const words = `its commands differ: the history has the activity ${activity}, this build does ${doing}`;
    return { words, events: eventsWith(history, activityTypeOf, activity) };
  }
  const [, child, other] =
    /Child workflow id of scheduled event '(.*)' does not match child workflow id of command '(.*)'/.exec(
      inner,
    ) ?? [];
  if (child !== undefined && other !== undefined) {
    const words = `its commands differ: the history starts ${child}, this build starts ${other}`;
    return { words, events: eventsWith(history, childOf, child) };
  }
  const [, id, kind] =
    /HistoryEvent\(id: (\d+), (\w+)\)/.exec(inner) ??
    /HistoryEvent \{ event_id: (\d+),.*? event_type: (\w+)/.exec(inner) ??
    [];
  if (id !== undefined && kind !== undefined) {
    const has = DESCRIPTIONS[kind] ?? `an event of the type ${kind}`;
    const words = `its commands differ: the history has ${has}, this build does something else`;
    return { words, events: [Number(id)] };
  }
  const [, type] = /workflow of type '(.*)': no such function/.exec(inner) ?? [];
  if (type !== undefined) return { words: `this build has no workflow ${type}`, events: [1] };
  const nondeterminism = /Nondeterminism error: (.*)/s.exec(inner)?.[1];
  if (nondeterminism !== undefined) return { words: `its commands differ: ${nondeterminism}`, events: [] };
  return { words: `this build's code fails on it: ${inner}`, events: [] };
}

/** Names the events of a break, for the end of a sentence. */
export function describeEvents(events: readonly number[]): string {
  if (events.length === 0) return '';
  if (events.length === 1) return ` (event ${events.join('')})`;
  return ` (one of the events ${events.join(', ')})`;
}

/** Extracts the message from the printed Rust structure that the SDK wraps it in. */
function innerMessage(message: string): string {
  const found = /message: ("(?:[^"\\]|\\.)*"), source: /s.exec(message)?.[1];
  if (found === undefined) return message;
  try {
    return String(JSON.parse(found));
  } catch {
    return found.slice(1, -1);
  }
}

type HistoryEvent = NonNullable<History['events']>[number];

function activityTypeOf(event: HistoryEvent): string | null | undefined {
  return event.activityTaskScheduledEventAttributes?.activityType?.name;
}

function childOf(event: HistoryEvent): string | null | undefined {
  return event.startChildWorkflowExecutionInitiatedEventAttributes?.workflowId;
}

function eventsWith(
  history: History,
  read: (event: HistoryEvent) => string | null | undefined,
  wanted: string,
): number[] {
  return (history.events ?? [])
    .filter((event) => read(event) === wanted)
    .map((event) => Number(event.eventId));
}
