import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { activitiesOf } from '../../src/activities/index.js';
import type { ActivityContext } from '../../src/activities/support/activity-context.js';
import { taskId } from '../../src/contract/ids.js';
import { AgentSteps } from '../support/agent-steps.js';
import { calls, writes } from '../support/answers.js';
import { textOf } from '../support/faults.js';
import { server, SERVER, SERVER_PATH } from '../support/mcp-servers.js';
import { inActivity, useBench, type TestRun } from '../support/activity-bench.js';

/** Killed before a call of the database or the git store, or after it: done, but the reply was lost. */
const WHEN = ['before', 'after'] as const;

/** A worker that is killed at its n-th outside call and makes none after it. */
class Killed {
  done = 0;
  dead = false;

  constructor(
    private readonly at: number,
    private readonly when: (typeof WHEN)[number],
  ) {}

  in(context: ActivityContext): ActivityContext {
    const pool = this.watched(context.db.pool, (name) => name === 'query');
    // `archive` returns a stream at once; its use belongs to the sandbox.
    const store = this.watched(context.store, (name) => name !== 'gitDir' && name !== 'archive');
    return { ...context, store, db: { ...context.db, pool } };
  }

  /** A worker that is never killed; it counts its outside calls. */
  static never(): Killed {
    return new Killed(Number.POSITIVE_INFINITY, 'before');
  }

  private watched<T extends object>(target: T, counts: (name: string) => boolean): T {
    return new Proxy(target, {
      get: (of, name) => {
        const value: unknown = Reflect.get(of, name, of);
        if (typeof value !== 'function' || typeof name !== 'string') return value;
        if (!counts(name)) return (...values: unknown[]): unknown => Reflect.apply(value, of, values);
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

/** `apply` and `land` are killed at every call, `commands` at every third; the others at the first, a middle and the last. */
function pointsOf(step: string, count: number): number[] {
  const all = Array.from({ length: count }, (_, index) => index + 1);
  if (step === 'apply' || step === 'land') return all;
  if (step === 'commands') return all.filter((point) => point % 3 === 1);
  return [...new Set([1, Math.ceil(count / 2), count])];
}

describe('an activity that is killed at any point and repeated', function () {
  // One run for each point, and up to a dozen points an activity; a busy machine is slow.
  this.timeout(240_000);
  const bench = useBench();
  let runs = 0;
  const at = (context: ActivityContext) => ({
    ...inActivity(activitiesOf('workflow', context)),
    ...inActivity(activitiesOf('model', context)),
    ...inActivity(activitiesOf('sandbox', context)),
  });
  type Worker = ReturnType<typeof at>;

  /** A task with its first submission and a test that passes; each test run appends a line to a log. */
  const begin = async () => {
    const log = join(bench().folder, `tests-${++runs}`);
    const run = await bench().start(
      { test: `echo >> ${log}`, verify: 'true', tasks: [{ id: 'a', title: 'Do it' }] },
      { 'a.txt': 'a\n' },
    );
    const agent = new AgentSteps(run, 'a');
    bench().answer = () => writes({ 'n.txt': 'n\n' });
    return { run, agent, tests: () => (existsSync(log) ? readFileSync(log, 'utf8').length : 0) };
  };
  type Scene = Awaited<ReturnType<typeof begin>>;

  /** The retry of a turn whose answer is stored, and not applied. */
  const applying = async ({ agent }: Scene) => {
    const input = agent.turnInput();
    const { pool } = bench().context.db;
    const failing = new Proxy(pool, {
      get: (of, name) => {
        const value: unknown = Reflect.get(of, name, of);
        if (name !== 'query' || typeof value !== 'function') return value;
        return (...given: unknown[]): unknown =>
          /INSERT INTO attempts/.test(textOf(given))
            ? Promise.reject(new Error('killed by the test'))
            : Reflect.apply(value, of, given);
      },
    });
    const context = { ...bench().context, db: { ...bench().context.db, pool: failing } };
    await assert.rejects(at(context).turn(input), /killed by the test/);
    return (worker: Worker) => worker.turn(input);
  };
  const testing = async ({ agent }: Scene) => {
    await agent.turn();
    const input = agent.testInput(await agent.submitted());
    return (worker: Worker) => worker.test(input);
  };
  /** An answer that edits, runs a command whose file is kept, and edits that. */
  const running = async ({ run, agent }: Scene) => {
    await agent.turn();
    const edit = (content: string) => ({
      name: 'edit_files',
      input: { files: [{ path: 'e.txt', action: 'create', content }] },
    });
    const command = { command: 'cp e.txt kept.txt; cat e.txt', keep: ['kept.txt'] };
    bench().answer = () => ({ tools: [edit('1'), { name: 'run_command', input: command }, edit('2')] });
    const input = agent.turnInput();
    assert.equal((await run.model.turn(input)).next, 'run');
    return (worker: Worker) => worker.runCalls(input);
  };
  const landing = async ({ run, agent }: Scene) => {
    await agent.untilReady();
    return (worker: Worker) => worker.land({ runId: run.id, candidates: [agent.candidate()] });
  };
  const verifying = async (scene: Scene) => {
    await (
      await landing(scene)
    )(at(bench().context));
    const { run } = scene;
    run.repository.git('update-ref', `refs/heads/leadwright/${run.id}`, run.base);
    return (worker: Worker) => worker.verify({ runId: run.id });
  };
  const reporting = async ({ run, agent }: Scene) => {
    await agent.turn();
    return (worker: Worker) => worker.reportRun({ runId: run.id, status: 'blocked' });
  };
  const failing = async ({ run, agent }: Scene) => {
    await agent.turn();
    return (worker: Worker) => worker.failTask({ runId: run.id, taskId: taskId('a'), reason: 'x' });
  };
  const cancelling = async ({ run, agent }: Scene) => {
    await agent.turn();
    return (worker: Worker) => worker.cancelRun({ runId: run.id });
  };

  /** The state of a run, without what differs from run to run. */
  const outcome = async ({ run, tests }: Scene) => {
    const files = (commit: string) => run.repository.git('ls-tree', commit).split('\n');
    const { rows } = await bench().db.pool.query<{ commit: TestRun['base']; passed: boolean }>(
      'SELECT commit, passed FROM attempts WHERE run_id = $1',
      [run.id],
    );
    const results = await bench().db.pool.query<{ draft: TestRun['base']; text: string }>(
      'SELECT draft, text FROM call_results WHERE run_id = $1 ORDER BY turn, position',
      [run.id],
    );
    const drafts = await Promise.all(
      results.rows.map(async ({ draft, text }) => [await bench().context.store.treeOf(draft), text]),
    );
    const trees = await Promise.all(
      rows.map(async (row) => [await bench().context.store.treeOf(row.commit), row.passed]),
    );
    const { status, attempts, error } = await run.task('a');
    return {
      events: (await run.log()).map(({ type, data }) => ('status' in data ? `${type} ${data.status}` : type)),
      task: { status, attempts, error },
      run: (await run.view()).status,
      attempts: trees,
      drafts,
      branch: files(run.branch()),
      commits: run.repository.git('rev-list', '--count', run.branch()),
      tests: tests() > 0,
    };
  };

  const activities: Record<
    string,
    (scene: Scene) => ((worker: Worker) => Promise<unknown>) | Promise<(worker: Worker) => Promise<unknown>>
  > = {
    commands: running,
    apply: applying,
    test: testing,
    land: landing,
    verify: verifying,
    report: reporting,
    failure: failing,
    cancellation: cancelling,
  };
  for (const [name, prepare] of Object.entries(activities)) {
    it(`${name} has the same outcome as an undisturbed one`, async () => {
      const undisturbed = await begin();
      const counted = Killed.never();
      const result = await (await prepare(undisturbed))(at(counted.in(bench().context)));
      const wanted = await outcome(undisturbed);
      for (const when of WHEN) {
        for (const point of pointsOf(name, counted.done)) {
          const scene = await begin();
          const act = await prepare(scene);
          const killed = new Killed(point, when);
          const first = await act(at(killed.in(bench().context))).then(
            () => null,
            (error: unknown) => error,
          );
          assert.ok(killed.dead, `${name} makes the same calls each time`);
          assert.ok(first instanceof Error && /killed by the test/.test(first.message), String(first));
          const again = await act(at(bench().context));
          const what = `${name}, killed ${when} its call ${point}`;
          assert.deepEqual(await outcome(scene), wanted, what);
          assert.equal(typeof again, typeof result, what);
          assert.deepEqual(await act(at(bench().context)), again, `${what}, repeated once more`);
          assert.deepEqual(await outcome(scene), wanted, what);
        }
      }
    });
  }

  it('sends a call of an MCP server at most once, and records one result of it', async () => {
    const calling = async () => {
      const log = join(bench().folder, `calls-${++runs}`);
      const run = await bench().start(
        {
          test: 'true',
          mcp: { docs: server('plain', log) },
          tasks: [{ id: 'a', title: 'Do it', mcp: ['docs'] }],
        },
        { [SERVER_PATH]: SERVER },
      );
      await run.sandbox.checkBase({ runId: run.id });
      const agent = new AgentSteps(run, 'a');
      bench().answer = () => calls('docs__echo', { say: 'x' });
      const input = agent.turnInput();
      assert.equal((await run.model.turn(input)).next, 'run');
      const sent = () => (existsSync(log) ? readFileSync(log, 'utf8') : '');
      const results = async () => {
        const { rows } = await bench().db.pool.query<{ text: string }>(
          'SELECT text FROM call_results WHERE run_id = $1',
          [run.id],
        );
        return rows.map(({ text }) => text.split(/[.:]/)[0]);
      };
      const outcomes = async () => (await run.events('mcp.call')).map(({ data }) => data.outcome);
      return { act: (worker: Worker) => worker.runCalls(input), sent, results, outcomes };
    };
    const undisturbed = await calling();
    const counted = Killed.never();
    const wanted = await undisturbed.act(at(counted.in(bench().context)));
    assert.deepEqual([undisturbed.sent(), await undisturbed.results()], ['echo\n', ['Answered']]);
    assert.deepEqual(await undisturbed.outcomes(), ['ok']);
    const ends = new Set<string>();
    for (const when of WHEN) {
      for (let point = 1; point <= counted.done; point++) {
        const { act, sent, results, outcomes } = await calling();
        const killed = new Killed(point, when);
        await assert.rejects(act(at(killed.in(bench().context))), /killed by the test/);
        assert.deepEqual(await act(at(bench().context)), wanted);
        assert.deepEqual(await act(at(bench().context)), wanted);
        const [result = '', ...others] = await results();
        const what = `killed ${when} its call ${point}: ${JSON.stringify(sent())}, ${result}`;
        assert.deepEqual(others, [], what);
        assert.ok(['', 'echo\n'].includes(sent()), what);
        if (result === 'Answered') assert.equal(sent(), 'echo\n', what);
        else assert.equal(result, 'Unknown outcome', what);
        assert.deepEqual(await outcomes(), [result === 'Answered' ? 'ok' : 'unknown'], what);
        ends.add(`${result}, ${sent().length === 0 ? 'not sent' : 'sent'}`);
      }
    }
    assert.deepEqual([...ends].sort(), [
      'Answered, sent',
      'Unknown outcome, not sent',
      'Unknown outcome, sent',
    ]);
  });
});
