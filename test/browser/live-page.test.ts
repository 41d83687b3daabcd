import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { blockerId, runId, workerId } from '../../src/contract/ids.js';
import { recordAnswer } from '../../src/db/blockers.js';
import { cancelRun } from '../../src/db/task-status.js';
import { addWorker } from '../../src/db/workers.js';
import { describeInBrowser, openPage, signIn, type OpenedPage } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { driveTo, key, recordRun, storeAttemptOf } from '../support/run-record.js';
import { openTestServer, TOKEN, type TestServer } from '../support/server.js';

/** A link became a file: git writes its end and its beginning as two files of the same path. */
const CHANGED_KIND = `diff --git a/src/a.ts b/src/a.ts
deleted file mode 120000
--- a/src/a.ts
+++ /dev/null
@@ -1 +0,0 @@
-b.ts
\\ No newline at end of file
diff --git a/src/a.ts b/src/a.ts
new file mode 100644
--- /dev/null
+++ b/src/a.ts
@@ -0,0 +1 @@
+export const sum = 3;
`;

/** The lease's duration: longer than the test. */
const DAY_MS = 86_400_000;

describeInBrowser('the dashboard: a page that is open for long', (browser) => {
  let server: TestServer;

  before(async () => {
    server = await openTestServer({ diff: () => Promise.resolve({ diff: CHANGED_KIND, truncated: false }) });
  });
  after(() => server.close());

  /** Records a run with a task in progress. */
  const record = async (run: string) => {
    await recordRun(server.database, run, [{ id: 'cart' }], { planHash: run });
    await driveTo(server.database, key(run, 'cart'), 'in_progress');
  };
  const open = async (prepare: (opened: OpenedPage) => Promise<void> = () => Promise.resolve()) => {
    const opened = await openPage(browser(), server.running.url);
    await prepare(opened);
    await signIn(opened.page, TOKEN);
    return opened;
  };
  const link = (fragment: string) => `${server.running.url}/${fragment}`;

  it('lists workers of the same host and process id, and the runs beside them', async () => {
    await record('listed');
    const serving = { queues: ['workflow'], sandbox: 'no commands are run', sandboxWarning: null };
    // Two containers with the network of their host, or one that was killed and is started again.
    for (const id of [workerId(randomUUID()), workerId(randomUUID())])
      await addWorker(
        server.database.pool,
        { ...serving, id, host: 'node-1', pid: 1, build: 'test', owner: '' },
        DAY_MS,
      );
    const { page, complaints } = await open();
    await page.getByText('node-1', { exact: true }).nth(1).waitFor();
    await page.getByRole('cell', { name: 'listed' }).waitFor();
    assert.deepEqual(complaints, []);
    await page.context().close();
  });

  it('shows all changes of an attempt in which a link became a file', async () => {
    await record('changed-kind');
    await storeAttemptOf(server.database, key('changed-kind', 'cart'));
    const { page, complaints } = await open();
    await page.goto(link('#/runs/changed-kind/tasks/cart'));
    await page.getByText('export const sum = 3;').waitFor();
    await page.getByText('b.ts', { exact: true }).waitFor();
    assert.deepEqual(complaints, []);
    await page.context().close();
  });

  it('loads the changes of an attempt once, however much its task does meanwhile', async () => {
    await record('busy');
    await storeAttemptOf(server.database, key('busy', 'cart'));
    let diffs = 0;
    let pages = 0;
    const { page, complaints } = await open(async ({ page: opening }) => {
      opening.on('response', (response) => {
        if (response.url().includes('/cart/diff')) diffs += 1;
        if (response.url().endsWith('/busy/tasks/cart')) pages += 1;
      });
      await Promise.resolve();
    });
    await page.goto(link('#/runs/busy/tasks/cart'));
    await page.getByText('export const sum = 3;').waitFor();
    for (const reason of ['one', 'two']) {
      const before = pages;
      await server.database.pool.query(
        `SELECT append_event('busy', 'cart', 'changes.refused', jsonb_build_object('attempt', 1, 'reason', $1::text))`,
        [reason],
      );
      await eventually(() => pages > before, 'the task is read again');
    }
    assert.equal(diffs, 1);
    await page.getByText('export const sum = 3;').waitFor();
    assert.deepEqual(complaints, []);
    await page.context().close();
  });

  it('says of the file in which a diff is cut that more than the counted lines changed', async () => {
    await record('cut-diff');
    await storeAttemptOf(server.database, key('cut-diff', 'cart'));
    const { page, complaints } = await open(async ({ page: opening }) => {
      await opening.route('**/cart/diff?*', (route) =>
        route.fulfill({ json: { diff: CHANGED_KIND, truncated: true } }),
      );
    });
    await page.goto(link('#/runs/cut-diff/tasks/cart'));
    await page.getByText('The diff is cut here').waitFor();
    const counts = await page.locator('summary').filter({ hasText: 'src/a.ts' }).allInnerTexts();
    assert.deepEqual(
      counts.map((text) => text.includes('at least')),
      [false, true],
    );
    assert.deepEqual(complaints, []);
    await page.context().close();
  });

  it('goes on after an answer of the server that broke off', async () => {
    await record('broken-off');
    let answers = 0;
    const { page } = await open(async ({ page: opening }) => {
      await opening.route('**/api/runs/broken-off/graph', (route) =>
        ++answers === 1
          ? route.fulfill({ contentType: 'application/json', body: '{"name":"book' })
          : route.continue(),
      );
    });
    await page.goto(link('#/runs/broken-off'));
    await page.getByText('Live', { exact: true }).waitFor();
    await page.context().close();
  });

  it('loads a question and the changes of an attempt once the server is back', async () => {
    await record('back');
    await storeAttemptOf(server.database, key('back', 'cart'));
    await server.database.pool.query(`SELECT raise_blocker('back', 'cart', 'question', 'How many?', NULL)`);
    const { page, complaints } = await open(async ({ page: opening }) => {
      for (const path of ['**/api/blockers/back*', '**/cart/diff*'])
        await opening.route(path, (route) => route.abort());
    });
    await page.goto(link('#/runs/back/tasks/cart'));
    await page.getByText('The server does not answer').nth(1).waitFor();
    await page.unrouteAll();
    await page.getByRole('button', { name: 'Send answer' }).waitFor();
    await page.getByText('export const sum = 3;').first().waitFor();
    await eventually(
      async () => (await page.getByText('The server does not answer').count()) === 0,
      'nothing says that the server is away',
    );
    assert.deepEqual(complaints, []);
    await page.context().close();
  });

  it('reads a task again when its connection had died without being closed', async () => {
    await record('asleep');
    await server.database.pool.query(`SELECT raise_blocker('asleep', 'cart', 'question', 'How many?', NULL)`);
    let connections = 0;
    const { page, complaints } = await open(async ({ page: opening }) => {
      // The first connection: nothing comes through, and nobody says so.
      await opening.routeWebSocket(/\/events/, (socket) => {
        const upstream = socket.connectToServer();
        if (++connections === 1) upstream.onMessage(() => undefined);
      });
    });
    await page.goto(link('#/runs/asleep/tasks/cart'));
    await page.getByRole('button', { name: 'Send answer' }).waitFor();
    const hint = { by: 'cli', choice: { kind: 'hint' }, text: 'Ten.', addUsd: 0 } as const;
    assert.ok(await recordAnswer(server.database, blockerId('asleep:cart:1'), hint));
    await page.getByRole('region', { name: 'Answered questions' }).getByText('Ten.').waitFor();
    assert.deepEqual(complaints, []);
    await page.context().close();
  });

  it('says of a task that was cancelled before its first answer that it was', async () => {
    await record('called-off');
    const { page, complaints } = await open();
    await page.goto(link('#/runs/called-off/tasks/cart'));
    await page.getByText('The model has not answered yet.').waitFor();
    await cancelRun(server.database, runId('called-off'));
    await page.getByText('The task was cancelled before the model answered.').waitFor();
    assert.deepEqual(complaints, []);
    await page.context().close();
  });

  it('says how many of its attempts are corrections', async () => {
    await record('counted');
    const { page, complaints } = await open();
    for (const [attempts, corrections, words] of [
      [1, 0, '0 of 1 attempt is a correction'],
      [2, 1, '1 of 2 attempts is a correction'],
      [3, 2, '2 of 3 attempts are corrections'],
    ] as const) {
      await page.route('**/api/runs/counted/graph', async (route) => {
        const response = await route.fetch();
        const body = (await response.text())
          .replace('"attempts":0', `"attempts":${attempts}`)
          .replace('"corrections":0', `"corrections":${corrections}`);
        await route.fulfill({ response, body });
      });
      await page.goto(link('#/'));
      await page.goto(link('#/runs/counted'));
      await page.getByText(words).waitFor();
      await page.unrouteAll();
    }
    assert.deepEqual(complaints, []);
    await page.context().close();
  });

  it('says of a task that has failed what it did not do, and no longer "not yet"', async () => {
    await record('silent');
    const { page, complaints } = await open();
    await page.goto(link('#/runs/silent/tasks/cart'));
    await page.getByText('The model has not answered yet.').waitFor();
    await server.database.pool.query(`SELECT move_task('silent', 'cart', 'failed', 'because')`);
    await page.getByText('The model did not answer.').waitFor();
    await page.getByText('The agent submitted no changes.').waitFor();
    assert.deepEqual(complaints, []);
    await page.context().close();
  });

  it('offers no commands for the branch of a run that could not start', async () => {
    await recordRun(server.database, 'unstarted', [{ id: 'cart' }], { planHash: 'unstarted' });
    const { page, complaints } = await open();
    await page.goto(link('#/runs/unstarted'));
    const commands = page.getByText('Look at the branch, and merge it');
    await commands.waitFor();
    await server.database.pool.query(`SELECT move_run('unstarted', 'failed')`);
    await commands.waitFor({ state: 'detached' });
    assert.deepEqual(complaints, []);
    await page.context().close();
  });
});
