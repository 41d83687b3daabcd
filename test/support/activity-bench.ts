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

// A hook of the root suite: all files of this mocha run share one server, which is stopped at the end.
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
    assert.ok(open, 'the bench exists in tests and hooks only');
    return open;
  };
}
