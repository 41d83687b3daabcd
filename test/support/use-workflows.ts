import assert from 'node:assert/strict';
import { WorkflowBench } from './workflow-bench.js';

let shared: Promise<WorkflowBench> | undefined;

// A hook of the root suite: all files of this mocha run share one server, which is closed at the end.
after(async function () {
  this.timeout(60_000);
  await (await shared)?.close();
});

/** The shared bench, for the tests of one `describe`. */
export function useWorkflows(): () => WorkflowBench {
  let open: WorkflowBench | undefined;
  before(async function () {
    // A server starts in two seconds, or more on a busy machine.
    this.timeout(60_000);
    shared ??= WorkflowBench.open();
    open = await shared;
  });
  return () => {
    assert.ok(open, 'the bench exists in tests and hooks only');
    return open;
  };
}
