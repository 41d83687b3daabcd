import assert from 'node:assert/strict';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { describeEvents, explainBreak } from '../../src/cli/replay/explain-break.js';

/** A message in the SDK's own frame. */
const wrapped = (message: string) =>
  `Replay failed with a nondeterminism error. Details: Workflow activation completion failed: Failure { failure: Some(Failure { message: ${JSON.stringify(message)}, source: "", stack_trace: "", cause: None }), force_cause: NonDeterministicError }`;

const scheduled = (eventId: number, name: string) => ({
  eventId: String(eventId),
  activityTaskScheduledEventAttributes: { activityType: { name } },
});

describe('the explanation of a failed replay', () => {
  const cases: readonly (readonly [string, string, object[], string, number[]])[] = [
    [
      'a different activity',
      "[TMPRL1100] Nondeterminism error: Activity type of scheduled event 'test' does not match activity type of activity command 'format'",
      [scheduled(5, 'turn'), scheduled(11, 'test')],
      'its commands differ: the history has the activity test, this build does format',
      [11],
    ],
    [
      'a different child workflow',
      "[TMPRL1100] Nondeterminism error: Child workflow id of scheduled event 'leadwright/x/b' does not match child workflow id of command 'leadwright/x/a'",
      [
        {
          eventId: '7',
          startChildWorkflowExecutionInitiatedEventAttributes: { workflowId: 'leadwright/x/b' },
        },
      ],
      'its commands differ: the history starts leadwright/x/b, this build starts leadwright/x/a',
      [7],
    ],
    [
      'a different kind of command',
      '[TMPRL1100] Nondeterminism error: Activity machine does not handle this event: HistoryEvent(id: 11, TimerStarted)',
      [],
      'its commands differ: the history has a timer, this build does something else',
      [11],
    ],
    [
      'a missing command',
      '[TMPRL1100] Nondeterminism error: During event handling, this event had an initial command ID but we could not find a matching command for it: HistoryEvent { event_id: 12, event_time: Some(Timestamp { seconds: 1, nanos: 2 }), event_type: MarkerRecorded, version: 0 }',
      [],
      'its commands differ: the history has the mark of a patch, this build does something else',
      [12],
    ],
    [
      'a removed workflow',
      "Failed to initialize workflow of type 'gone': no such function is exported by the workflow bundle",
      [],
      'this build has no workflow gone',
      [1],
    ],
    [
      'code that fails',
      'Cannot read properties of undefined (reading "status")',
      [],
      'this build\'s code fails on it: Cannot read properties of undefined (reading "status")',
      [],
    ],
  ];
  for (const [name, message, events, words, at] of cases) {
    it(name, () =>
      assert.deepEqual(explainBreak(wrapped(message), historyFromJSON({ events })), { words, events: at }),
    );
  }

  it('names every possible event when the SDK does not name one', () => {
    const message =
      "[TMPRL1100] Nondeterminism error: Activity type of scheduled event 'turn' does not match activity type of activity command 'test'";
    const { events } = explainBreak(
      wrapped(message),
      historyFromJSON({ events: [scheduled(5, 'turn'), scheduled(11, 'turn')] }),
    );
    assert.equal(describeEvents(events), ' (one of the events 5, 11)');
    assert.equal(describeEvents([5]), ' (event 5)');
    assert.equal(describeEvents([]), '');
  });
});
