import assert from 'node:assert/strict';
import { startPostgres, type TestPostgres } from './postgres.js';
import { TestBench } from './test-bench.js';

export {
  activityEnvironment,
  inActivity,
  TestBench,
  TestRun,
  type Answering,
  type TestPlan,
} from './test-bench.js';

let shared: Promise<TestPostgres> | undefined;

// At the root of all suites: one server for every file of this run that needs one, gone when they are through.
after(async () => {
  await (await shared)?.stop();
});

/** Opens a bench for the tests of one `describe`, and closes it after them. */
export function useBench(): () => TestBench {
  let open: TestBench | undefined;
  before(async () => {
    shared ??= startPostgres();
    open = await TestBench.open(await shared);
  });
  after(async () => {
    await open?.close();
  });
  return () => {
    assert.ok(open, 'the bench is there in tests and hooks only');
    return open;
  };
}
