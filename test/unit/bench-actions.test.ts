import assert from 'node:assert/strict';
import { actionsOf } from '../../bench/actions.js';

describe('the billed actions of a history', () => {
  it('are starts, signals, updates, timers, upserts, children, and each attempt of an activity', () => {
    const events = [
      { workflowExecutionStartedEventAttributes: {} },
      { workflowTaskScheduledEventAttributes: {} },
      { startChildWorkflowExecutionInitiatedEventAttributes: {} },
      { childWorkflowExecutionStartedEventAttributes: {} },
      { activityTaskScheduledEventAttributes: {} },
      { activityTaskStartedEventAttributes: { attempt: 3 } },
      { workflowExecutionSignaledEventAttributes: {} },
      { workflowExecutionUpdateAcceptedEventAttributes: {} },
      { upsertWorkflowSearchAttributesEventAttributes: {} },
      { timerStartedEventAttributes: {} },
      { workflowExecutionCompletedEventAttributes: {} },
    ];
    assert.equal(actionsOf({ events }), 9);
  });

  it('are none without events', () => {
    assert.equal(actionsOf({}), 0);
  });
});
