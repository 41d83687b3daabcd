import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { activitiesOf } from '../../src/activities/index.js';
import type { ActivityContext } from '../../src/activities/activity-context.js';
import { taskId } from '../../src/contract/ids.js';
import { AgentSteps } from '../support/agent-steps.js';
import { writes } from '../support/answers.js';
import { inActivity, useBench, type TestRun } from '../support/workplace.js';

/** Before a statement or a use of the git store, or after it: done, but its answer was lost. */
const WHEN = ['before', 'after'] as const;

/** A worker that is killed at the n-th thing it does outside itself, and does nothing any more. */
class Killed {
  done = 0;
  dead = false;

  constructor(
    private readonly at: number,
    private readonly when: (typeof WHEN)[number],
  ) {}

  in(place: ActivityContext): ActivityContext {
    const pool = this.watched(place.db.pool, (name) => name === 'query');
    // An archive is a stream, given at once: what is done with it is the sandbox's.
    const store = this.watched(place.store, (name) => name !== 'gitDir' && name !== 'archive');
    return { ...place, store, db: { ...place.db, pool } };
  }

  /** One that lives, and counts what it does. */
  static never(): Killed {
    return new Killed(Number.POSITIVE_INFINITY, 'before');
  }

  private watched<T extends object>(target: T, counts: (name: string) => boolean): T {
    return new Proxy(target, {
      get: (of, name) => {
        const value: unknown = Reflect.get(of, name, of);
        if (typeof value !== 'function' || typeof name !== 'string' || !counts(name)) return value;
        return (...values: unknown[]) => this.step(() => Promise.resolve(Reflect.apply(value, of, values)));
      },
    });
  }

  private async step(act: () => Promise<unknown>): Promise<unknown> {
    this.done += 1;
    const mine = this.done === this.at;
    if (this.dead || (mine && this.when === 'before')) return this.die();
    const result = await act();
    return mine ? this.die() : result;
  }

  private die(): never {
    this.dead = true;
    throw new Error('killed by the test');
  }
}

/** What makes commits and moves the branch is killed everywhere, the others where they begin, go on and end. */
function pointsOf(step: string, count: number): number[] {
  const all = Array.from({ length: count }, (_, index) => index + 1);
  if (step === 'apply' || step === 'land') return all;
  return [...new Set([1, Math.ceil(count / 2), count])];
}

/** Each step, killed at every point inside it and done again, leaves what it leaves undisturbed. */
describe('a step that is killed anywhere and done again', function () {
  // A run for each point, up to a dozen points a step; a busy machine takes its time.
  this.timeout(240_000);
  const bench = useBench();
  let runs = 0;
  const at = (place: ActivityContext) => ({
    ...inActivity(activitiesOf('workflow', place)),
    ...inActivity(activitiesOf('sandbox', place)),
  });
  type Worker = ReturnType<typeof at>;

  /** A task at its first submission, its test green; each test that runs leaves a line. */
  const begin = async () => {
    const log = join(bench().folder, `tests-${++runs}`);
    const run = await bench().start(
      { test: `echo >> ${log}`, verify: 'true', tasks: [{ id: 'a', title: 'Do it' }] },
      { 'a.txt': 'a\n' },
    );
    const agent = new AgentSteps(run, 'a');
    bench().answer = () => writes({ 'n.txt': 'n\n' });
    await agent.turn();
    return { run, agent, tests: () => (existsSync(log) ? readFileSync(log, 'utf8').length : 0) };
  };
  type Begun = Awaited<ReturnType<typeof begin>>;

  const applying =
    ({ run, agent: { start, base, kind, counts } }: Begun) =>
    (worker: Worker) =>
      worker.apply({ runId: run.id, taskId: taskId('a'), turn: 1, attempt: 1, start, base, kind, counts });
  const testing = async ({ agent }: Begun) => {
    const applied = await agent.apply();
    assert.ok(applied.next === 'test');
    const input = agent.testInput(applied.commit);
    return (worker: Worker) => worker.test(input);
  };
  const landing = async ({ run, agent }: Begun) => {
    const applied = await agent.apply();
    assert.ok(applied.next === 'test');
    await agent.test(applied.commit);
    return (worker: Worker) => worker.land({ runId: run.id, candidates: [agent.candidate()] });
  };
  const verifying = async (begun: Begun) => {
    await (
      await landing(begun)
    )(at(bench().place));
    const { run } = begun;
    run.repository.git('update-ref', `refs/heads/leadwright/${run.id}`, run.base);
    return (worker: Worker) => worker.verify({ runId: run.id });
  };
  const reporting =
    ({ run }: Begun) =>
    (worker: Worker) =>
      worker.reportRun({ runId: run.id, status: 'blocked' });
  const failing =
    ({ run }: Begun) =>
    (worker: Worker) =>
      worker.failTask({ runId: run.id, taskId: taskId('a'), reason: 'x' });
  const cancelling =
    ({ run }: Begun) =>
    (worker: Worker) =>
      worker.cancelRun({ runId: run.id });

  /** What it came to, without what differs from run to run. */
  const outcome = async ({ run, tests }: Begun) => {
    const files = (commit: string) => run.repository.git('ls-tree', commit).split('\n');
    const { rows } = await bench().db.pool.query<{ commit: TestRun['base']; passed: boolean }>(
      'SELECT commit, passed FROM attempts WHERE run_id = $1',
      [run.id],
    );
    const trees = await Promise.all(
      rows.map(async (row) => [await bench().place.store.treeOf(row.commit), row.passed]),
    );
    const { status, attempts, error } = await run.task('a');
    return {
      events: (await run.log()).map(({ type, data }) => ('status' in data ? `${type} ${data.status}` : type)),
      task: { status, attempts, error },
      run: (await run.view()).status,
      attempts: trees,
      branch: files(run.branch()),
      commits: run.repository.git('rev-list', '--count', run.branch()),
      tests: tests() > 0,
    };
  };

  const steps: Record<
    string,
    (begun: Begun) => ((worker: Worker) => Promise<unknown>) | Promise<(worker: Worker) => Promise<unknown>>
  > = {
    apply: applying,
    test: testing,
    land: landing,
    verify: verifying,
    report: reporting,
    failure: failing,
    cancellation: cancelling,
  };
  for (const [name, prepare] of Object.entries(steps)) {
    it(name, async () => {
      const undisturbed = await begin();
      const counted = Killed.never();
      const result = await (await prepare(undisturbed))(at(counted.in(bench().place)));
      const wanted = await outcome(undisturbed);
      for (const when of WHEN) {
        for (const point of pointsOf(name, counted.done)) {
          const begun = await begin();
          const act = await prepare(begun);
          const killed = new Killed(point, when);
          const first = await act(at(killed.in(bench().place))).then(
            () => null,
            (error: unknown) => error,
          );
          assert.ok(killed.dead, `${name} does as much each time`);
          assert.ok(first instanceof Error && /killed by the test/.test(first.message), String(first));
          const again = await act(at(bench().place));
          const what = `${name}, killed ${when} its act ${point}`;
          assert.deepEqual(await outcome(begun), wanted, what);
          assert.equal(typeof again, typeof result, what);
          assert.deepEqual(await act(at(bench().place)), again, `${what}, and once more`);
          assert.deepEqual(await outcome(begun), wanted, what);
        }
      }
    });
  }
});
