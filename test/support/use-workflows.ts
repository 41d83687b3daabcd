import assert from 'node:assert/strict';
import { WorkflowBench } from './workflow-bench.js';

let shared: Promise<WorkflowBench> | undefined;

// At the root of all suites: one server for every file of this run that needs one, gone when they are through.
after(async function () {
  this.timeout(60_000);
  await (await shared)?.close();
});

/** The bench, for the tests of one `describe`. */
export function useWorkflows(): () => WorkflowBench {
  let open: WorkflowBench | undefined;
  before(async function () {
    // A server's start takes two seconds, and more beside other work.
    this.timeout(60_000);
    shared ??= WorkflowBench.open();
    open = await shared;
  });
  return () => {
    assert.ok(open, 'the bench is there in tests and hooks only');
    return open;
  };
}
