import assert from 'node:assert/strict';
import type {
  BlockerCase,
  RunGraph,
  RunTimeline,
  TimelineByTask,
  RunUsage,
  TaskPage,
  Workers,
} from '../../src/contract/api.js';
import { blockerViewSchema, runListEntrySchema } from '../../src/contract/run-view.js';
import { UsageError } from '../../src/contract/errors.js';
import { blockerId, runId, taskId } from '../../src/contract/ids.js';
import type { RunControl } from '../../src/server/control-service.js';
import type { RunningServer } from '../../src/server/server.js';
import { recordVerdict, storeVerdict } from '../../src/db/verdicts.js';
import { ask, openServer, TOKEN } from '../support/server.js';
import {
  BASE,
  begun,
  key,
  recordRun,
  storeAttemptOf,
  TREE,
  useDatabase,
  WORK,
  workerOf,
} from '../support/run-record.js';

const authorized = { Authorization: `Bearer ${TOKEN}` };

describe('the server: API', function () {
  this.timeout(60_000);
  const { db, url } = useDatabase();
  let notifier: RunningServer;
  const done: unknown[][] = [];
  const record =
    (name: string) =>
    (...args: unknown[]) => {
      done.push([name, ...args]);
      return Promise.resolve();
    };
  const control: RunControl = {
    answer: record('answer'),
    pause: record('pause'),
    resume: () => Promise.reject(new UsageError('The run shop is completed: it has ended')),
    cancel: record('cancel'),
    setConcurrency: record('setConcurrency'),
    retry: record('retry'),
    retryFailed: record('retryFailed'),
  };

  before(async () => {
    await recordRun(
      db(),
      'shop',
      [
        { id: 'price', title: 'Price <b>', issue: 'Cart', description: 'Give books a *price*.' },
        { id: 'cart', dependsOn: ['price'], priority: 0 },
        { id: 'free' },
      ],
      { budgetUsd: 20 },
    );
    await failOnce();
    await db().pool.query(`SELECT raise_blocker('shop', 'price', 'question', 'Which currency?', 1)`);
    notifier = await openServer(url(), db(), { control });
  });
  after(() => notifier.close());
  beforeEach(() => done.splice(0));

  /** The task `price` submits once, and its tests fail. */
  const failOnce = async () => {
    const task = key('shop', 'price');
    await db().pool.query(`SELECT move_task('shop', 'price', 'in_progress')`);
    await storeAttemptOf(db(), task);
    const verdict = {
      passed: false,
      exitCode: 1,
      notFound: false,
      ms: 40,
      summary: '1 failed',
      output: 'no',
    };
    const tested = { runId: runId('shop'), tree: TREE, command: 'true', environment: '' };
    await recordVerdict(db(), await begun(db(), task), {
      attempt: 1,
      turn: 1,
      commit: WORK,
      command: 'true',
      verdict: await storeVerdict(db(), await workerOf(db()), tested, WORK, verdict),
      correction: false,
      reply: 'It failed.',
      next: { correction: 1, reason: '1 failed', startsAgain: false },
    });
  };

  async function read<T>(path: string): Promise<T> {
    const { status, body } = await ask(notifier, path, authorized);
    assert.equal(status, 200, body);
    const value: T = JSON.parse(body) as T;
    return value;
  }

  const post = (path: string, body: string, headers: Record<string, string> = {}) =>
    ask(notifier, path, { ...authorized, 'Content-Type': 'application/json', ...headers }, 'POST', body);

  it('shows the graph of a run, with the seq of the last event in it', async () => {
    const graph = await read<RunGraph>('/api/runs/shop/graph');
    assert.equal(graph.name, 'bookshop');
    assert.deepEqual([graph.budgetUsd, graph.spentUsd, graph.concurrency], [20, 0.5, 10]);
    assert.equal(graph.lastSeq, 8);
    const [price, cart] = graph.tasks;
    assert.deepEqual(
      graph.tasks.map(({ id }) => id),
      ['price', 'cart', 'free'],
    );
    assert.deepEqual(
      [price?.title, price?.issue, price?.status, price?.attempts, price?.costUsd, price?.error],
      ['Price <b>', 'Cart', 'blocked', 1, 0.5, 'Which currency?'],
    );
    assert.match(String(price?.startedAt), /^\d{4}-.*Z$/);
    assert.deepEqual([cart?.dependsOn, cart?.priority, cart?.startedAt], [['price'], 0, null]);
  });

  it('shows where the time went, in order', async () => {
    const { spans } = await read<RunTimeline>('/api/runs/shop/timeline');
    const kinds = spans.map(
      ({ taskId: task, kind, endedAt }) => `${String(task)} ${kind} ${endedAt === null}`,
    );
    // `free` could start at once and waits for a slot; `cart` waits for `price`, which does not count as waiting.
    for (const kind of [
      'price wait false',
      'price model false',
      'price test false',
      'price person true',
      'free wait true',
    ]) {
      assert.equal(kinds.filter((known) => known === kind).length, 1, `${kind} in ${kinds.join(', ')}`);
    }
    assert.equal(kinds.length, 5, kinds.join(', '));
    const starts = spans.map(({ startedAt }) => startedAt);
    assert.deepEqual(starts, starts.toSorted());
  });

  it('shows the same time by task, as the dashboard reads it', async () => {
    const { spans } = await read<RunTimeline>('/api/runs/shop/timeline');
    const { from, tasks } = await read<TimelineByTask>('/api/runs/shop/timeline/by-task');
    assert.deepEqual(
      tasks.map(({ taskId: task }) => task),
      ['price', 'free'],
    );
    assert.deepEqual(
      tasks[0]?.spans.map(([kind, start, , label]) => [kind, new Date(from + start).toISOString(), label]),
      spans
        .filter(({ taskId: task }) => task === 'price')
        .map(({ kind, startedAt, label }) => [kind, startedAt, label]),
    );
  });

  it('shows the usage of each minute', async () => {
    const usage = await read<RunUsage>('/api/runs/shop/usage');
    assert.deepEqual([usage.budgetUsd, usage.spentUsd, usage.possiblyBilledUsd], [20, 0.5, 0]);
    const [minute] = usage.minutes;
    assert.deepEqual(
      [minute?.calls, minute?.inputTokens, minute?.outputTokens, minute?.costUsd],
      [1, 10, 5, 0.5],
    );
    assert.match(String(minute?.at), /:00\.000Z$/);
  });

  it('exports the counts to Prometheus, and lowers no counter when a run is removed', async () => {
    const told = async () => (await ask(notifier, '/metrics', authorized)).body;
    const before = await told();
    const counters = [
      'leadwright_turns_total{model="scripted",stop_reason="end_turn"} 1',
      'leadwright_tokens_total{model="scripted",kind="input"} 10',
      'leadwright_tokens_total{model="scripted",kind="output"} 5',
      'leadwright_cost_usd_total{model="scripted"} 0.5',
      'leadwright_tests_total{result="failed"} 1',
      'leadwright_test_seconds_total{result="failed"} 0.04',
      'leadwright_attempts_total{role="backend"} 1',
      'leadwright_corrections_total{role="backend"} 0',
      'leadwright_events_total 8',
    ];
    const gauges = [
      'leadwright_tasks{status="blocked",role="backend"} 1',
      // `free` could start; `cart` waits for `price`.
      'leadwright_waiting_tasks{role="backend"} 1',
      'leadwright_blockers_open{reason="question"} 1',
      'leadwright_events_behind 0',
    ];
    for (const line of [...counters, ...gauges])
      assert.ok(before.split('\n').includes(line), `${line}\n${before}`);
    await recordRun(db(), 'brief', [{ id: 'price' }]);
    await db().pool.query(
      `SELECT append_event('brief', 'price', 'changes.refused', '{"attempt":1,"reason":"x"}')`,
    );
    assert.match(await told(), /^leadwright_events_total (?!8$)\d+$/m);
    const grown = /^leadwright_events_total (\d+)$/m.exec(await told())?.[1];
    await db().pool.query(`DELETE FROM runs WHERE id = 'brief'`);
    assert.equal(/^leadwright_events_total (\d+)$/m.exec(await told())?.[1], grown);
  });

  it('shows a task with its conversation, attempts and events', async () => {
    const page = await read<TaskPage>('/api/runs/shop/tasks/price');
    assert.equal(page.description, 'Give books a *price*.');
    assert.deepEqual(
      page.turns.map(({ number, prompt, stopReason, inputTokens }) => [
        number,
        prompt,
        stopReason,
        inputTokens,
      ]),
      [[1, 'Do it.', 'end_turn', 10]],
    );
    const [attempt] = page.attempts;
    assert.deepEqual([attempt?.kind, attempt?.base, attempt?.commit], ['first', BASE, WORK]);
    assert.deepEqual(attempt?.test, {
      command: 'true',
      passed: false,
      exitCode: 1,
      ms: 40,
      summary: '1 failed',
      output: 'no',
    });
    assert.deepEqual(page.corrections, [{ number: 1, attempt: 1, reason: '1 failed' }]);
    assert.deepEqual(
      page.blockers.map(({ id, reason, resolvedAt }) => [id, reason, resolvedAt]),
      [['shop:price:1', 'question', null]],
    );
    assert.deepEqual(page.workflowUrls, ['http://127.0.0.1:8233/price/1']);
    const fresh = await read<TaskPage>('/api/runs/shop/tasks/cart');
    assert.deepEqual([fresh.turns, fresh.attempts, fresh.workflowUrls], [[], [], []]);
  });

  it('shows open questions as `blockers --json` does', async () => {
    const all = blockerViewSchema.array().parse(await read('/api/blockers'));
    assert.deepEqual(all, blockerViewSchema.array().parse(await read('/api/blockers?run=shop')));
    assert.deepEqual(
      all.map(({ id, question }) => [id, question]),
      [['shop:price:1', 'Which currency?']],
    );
  });

  it('shows what the answer to an open question needs', async () => {
    const found = await read<BlockerCase>('/api/blockers/shop:price:1');
    assert.deepEqual([found.runName, found.budgetUsd], ['bookshop', 20]);
    const { task } = found;
    assert.deepEqual(
      [task?.title, task?.attempts, task?.corrections, task?.testCommand, task?.hasWork],
      ['Price <b>', 1, 0, 'true', true],
    );
    assert.equal(task?.newest?.test?.output, 'no');
    assert.deepEqual(task.dependants, [{ id: 'cart', title: 'Do cart' }]);
  });

  it('lists runs with what tells them apart, and the workers with their sandboxes', async () => {
    const [shop] = runListEntrySchema.array().parse(await read('/api/runs'));
    const { startedAt, ...rest } = shop ?? assert.fail('there is a run');
    assert.match(startedAt, /Z$/);
    assert.deepEqual(rest, {
      runId: 'shop',
      name: 'bookshop',
      status: 'running',
      finishedAt: null,
      repo: '/shop',
      tasks: { total: 3, completed: 0, unproven: 0 },
      questions: 1,
      costUsd: 0.5,
      isCostUnknown: false,
      verify: null,
      waiting: null,
    });
    const workers = await read<Workers>('/api/workers');
    assert.deepEqual(
      workers.map(({ sandbox, sandboxWarning }) => [sandbox, sandboxWarning]),
      [['no commands are run', null]],
    );
  });

  it('answers 404 for what does not exist, and names it', async () => {
    const nothing = [
      '/api/runs/none/graph',
      '/api/runs/none/timeline',
      '/api/runs/none/usage',
      '/api/blockers/shop:price:9',
      '/api/runs/shop/tasks/none',
      '/api/runs/none/tasks/price',
      '/api/runs/shop/tasks/../../x',
      '/api/runs/shop/other',
      '/api/blockers?run=NO',
      '/api/blockers?run=none',
      '/api/blockers/x',
    ];
    for (const path of nothing) assert.equal((await ask(notifier, path, authorized)).status, 404, path);
    for (const output of ['test-9', 'command-1-1', 'command-1-0', '..', '%00', '']) {
      const path = `/api/runs/shop/tasks/price/outputs/${output}`;
      assert.equal((await ask(notifier, path, authorized)).status, 404, path);
    }
    for (const number of ['0', 'x', '1&attempt=2', '1&turn=1', '-1']) {
      for (const path of [`diff?attempt=${number}`, `diff?turn=${number}`].map(
        (query) => `/api/runs/shop/tasks/price/${query}`,
      )) {
        // The same parameter twice is refused like both together.
        assert.equal((await ask(notifier, path, authorized)).status, 400, path);
      }
    }
  });

  it('carries out a person’s commands', async () => {
    const all: [string, object, ...unknown[]][] = [
      ['/api/runs/shop/pause', {}, 'pause', 'shop'],
      ['/api/runs/shop/cancel', {}, 'cancel', 'shop'],
      ['/api/runs/shop/concurrency', { limit: 3 }, 'setConcurrency', 'shop', 3],
      ['/api/runs/shop/retry-failed', {}, 'retryFailed', 'shop'],
      ['/api/runs/shop/tasks/price/retry', {}, 'retry', { runId: runId('shop'), taskId: taskId('price') }],
      [
        '/api/blockers/shop:price:1/answer',
        { text: 'Pounds.', retry: 2 },
        'answer',
        blockerId('shop:price:1'),
        { choice: { kind: 'retry', corrections: 2 }, text: 'Pounds.', addUsd: 0 },
      ],
      [
        '/api/blockers/shop%3Aprice%3A1/answer',
        { addUsd: 2.5 },
        'answer',
        blockerId('shop:price:1'),
        { choice: { kind: 'money' }, text: '', addUsd: 2.5 },
      ],
    ];
    for (const [path, body, ...expected] of all) {
      const answer = await post(path, JSON.stringify(body));
      assert.deepEqual([answer.status, answer.body], [200, '{}'], path);
      assert.deepEqual(done.pop(), expected);
    }
  });

  it('says why a command cannot be carried out', async () => {
    const refused = await post('/api/runs/shop/resume', '');
    assert.equal(refused.status, 409);
    assert.equal(refused.headers['content-type'], 'application/problem+json');
    assert.match(refused.body, /is completed: it has ended/);
    const both = await post(
      '/api/blockers/shop:price:1/answer',
      JSON.stringify({ accept: true, skip: true }),
    );
    assert.equal(both.status, 409);
    assert.match(both.body, /exclude each other/);
  });

  it('refuses requests without the token, from another page, with another method or another type', async () => {
    const path = '/api/runs/shop/pause';
    const type = { 'Content-Type': 'application/json' };
    const asked = [
      [401, ask(notifier, path, type, 'POST', '{}')],
      [401, ask(notifier, path, { ...type, Authorization: 'Bearer x' }, 'POST', '{}')],
      [403, post(path, '{}', { Origin: 'https://evil.example' })],
      [403, post(path, '{}', { Host: 'evil.example' })],
      [405, ask(notifier, path, authorized)],
      [405, ask(notifier, path, { ...authorized, ...type }, 'PUT', '{}')],
      [405, ask(notifier, '/api/runs/shop', { ...authorized, ...type }, 'POST')],
      [415, post(path, '{}', { 'Content-Type': 'text/plain' })],
      [415, post(path, '{}', { 'Content-Type': 'application/x-www-form-urlencoded' })],
    ] as const;
    for (const [index, [status, answer]] of asked.entries()) {
      assert.equal((await answer).status, status, `request ${index}`);
    }
    assert.deepEqual(done, []);
  });

  it('refuses an invalid body, and lists everything that is wrong with it', async () => {
    const bodies: [string, string, number, RegExp][] = [
      ['/api/runs/shop/pause', '{"now":true}', 400, /now/],
      ['/api/runs/shop/pause', '[]', 400, /body is not right/],
      ['/api/runs/shop/pause', '{', 400, /no JSON/],
      ['/api/runs/shop/concurrency', '{}', 400, /limit/],
      ['/api/runs/shop/concurrency', '{"limit":0}', 400, /limit/],
      ['/api/runs/shop/concurrency', '{"limit":"3"}', 400, /limit/],
      ['/api/blockers/shop:price:1/answer', '{"retry":0,"addUsd":-1}', 400, /retry: .*addUsd: /],
      ['/api/blockers/shop:price:1/answer', '{"retry":101}', 400, /retry/],
      ['/api/blockers/shop:price:1/answer', String.raw`{"text":"a\u0000"}`, 400, /NUL character.*remove it/],
      ['/api/blockers/shop:price:1/answer', `{"text":"${'x'.repeat(70_000)}"}`, 413, /65536/],
    ];
    for (const [path, body, status, says] of bodies) {
      const answer = await post(path, body);
      assert.equal(answer.status, status, `${path} ${body.slice(0, 40)}`);
      assert.match(answer.body, says);
    }
    assert.deepEqual(done, []);
  });
});
