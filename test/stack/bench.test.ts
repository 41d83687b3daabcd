import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findMissingPytest } from '../../bench/pytest-case.js';

const run = promisify(execFile);

interface Measured {
  readonly tasksPerSecond: number;
  readonly processorMs: Readonly<Record<string, number>>;
}

interface Figures {
  readonly startMs: number;
  readonly run: Measured;
  readonly floor: Measured;
}

/** Runs a benchmark that exits with 1 when a goal is missed, which says nothing on a busy machine. */
async function figuresOf(script: string, ...args: readonly string[]): Promise<unknown> {
  const failed = (error: unknown) => error as { readonly stdout: string; readonly stderr: string };
  const { stdout, stderr } = await run('npm', ['run', '--silent', script, '--', ...args, '--json']).catch(
    failed,
  );
  assert.match(stdout, /^\{/, stderr);
  return JSON.parse(stdout);
}

/** What the figures of a run tell of its result. */
interface Result {
  readonly completed: number;
  readonly status: string;
}

describe('npm run bench', function () {
  this.timeout(300_000);

  it('measures a run and the floor, and prints both as JSON', async () => {
    const sizes = ['--tasks', '4', '--concurrency', '4', '--agents', '2', '--rounds', '1'];
    const { stdout } = await run('npm', ['run', '--silent', 'bench', '--', ...sizes, '--json']);
    const figures = JSON.parse(stdout) as Figures;
    assert.ok(figures.startMs > 0);
    for (const { tasksPerSecond, processorMs } of [figures.run, figures.floor]) {
      assert.ok(tasksPerSecond > 0, `${tasksPerSecond} tasks a second`);
      assert.ok((processorMs['worker'] ?? 0) > 0 && (processorMs['temporal'] ?? 0) > 0);
    }
  });

  it('measures a run with a pytest for each task, and the plain program', async function () {
    if ((await findMissingPytest()) !== null) this.skip();
    const sizes = ['--pytest-tasks', '3', '--pytest-concurrency', '2', '--rounds', '1'];
    const { pytest } = (await figuresOf('bench', '--case', 'pytest', ...sizes)) as {
      readonly pytest: { readonly run: Measured; readonly plain: Measured };
    };
    assert.ok(pytest.run.tasksPerSecond > 0 && pytest.plain.tasksPerSecond > 0);
    assert.ok((pytest.plain.processorMs['runner'] ?? 0) > 0);
  });
});

describe('the benchmarks of many tasks', function () {
  this.timeout(300_000);
  const sizes = ['--tasks', '10', '--concurrency', '10'];

  it('complete a long run', async () => {
    const { completed, status } = (await figuresOf('bench:long', ...sizes)) as Result;
    assert.deepEqual({ completed, status }, { completed: 10, status: 'completed' });
  });

  it('complete a run of many tasks', async () => {
    const { tasks } = (await figuresOf('bench:many', '--part', 'tasks', ...sizes)) as {
      readonly tasks: Result;
    };
    assert.deepEqual([tasks.completed, tasks.status], [10, 'completed']);
  });

  it('count the agents that were at work at once', async () => {
    const sizes = ['--agents', '3', '--model-ms', '3000'];
    const { agents } = (await figuresOf('bench:many', '--part', 'agents', ...sizes)) as {
      readonly agents: { readonly mostAtOnce: number; readonly seconds: number };
    };
    assert.equal(agents.mostAtOnce, 3);
    assert.ok(agents.seconds > 0);
  });

  it('time a small run alone and beside a large one', async () => {
    const sizes = ['--others', '200', '--concurrency', '4'];
    const { fairness } = (await figuresOf('bench:many', '--part', 'fairness', ...sizes)) as {
      readonly fairness: { readonly aloneSeconds: number; readonly besideSeconds: number };
    };
    assert.ok(fairness.aloneSeconds > 0 && fairness.besideSeconds > 0);
  });
});
