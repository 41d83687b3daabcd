import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { blockerId } from '../../src/contract/ids.js';
import { recordAnswer } from '../../src/db/blockers.js';
import { describeInBrowser, openPage, signIn, takePictures } from '../support/browser.js';
import { forgetShifts, MAX_SHIFT, readShifts, recordShifts } from '../support/layout-shifts.js';
import { driveTo, key, recordRun } from '../support/run-record.js';
import { openTestServer, TOKEN, type TestServer } from '../support/server.js';

const TASKS = Array.from({ length: 12 }, (_, index) => `part-${index + 1}`);
/** As many as the page lists of one run. */
const ASKING = TASKS.slice(0, 3);

describeInBrowser('the dashboard: a page that stays where it is', (browser) => {
  let server: TestServer;

  before(async () => {
    server = await openTestServer();
  });
  after(() => server.close());

  /** Opens the page of a new run all of whose tasks are in progress. */
  const openRun = async (run: string, width: number): Promise<Page> => {
    const { database, running } = server;
    await recordRun(
      database,
      run,
      TASKS.map((id) => ({ id, title: `Implement the ${id} of the shop` })),
      { planHash: run, budgetUsd: 20, concurrency: 12 },
    );
    for (const task of TASKS) await driveTo(database, key(run, task), 'in_progress');
    const { page } = await openPage(browser(), running.url, { width });
    await signIn(page, TOKEN);
    await page.goto(`${running.url}/#/runs/${run}`);
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByRole('table').getByText('part-1', { exact: true }).waitFor();
    await recordShifts(page);
    await forgetShifts(page);
    return page;
  };
  /** The height of what appears at the foot of the page, in pixels. */
  const heightOfFoot = async (page: Page) => (await page.locator('.dock').boundingBox())?.height ?? 0;
  for (const width of [1400, 360]) {
    it(`while the model is out of reach, and while agents ask a person, on ${width} px`, async () => {
      const run = `steady-${width}`;
      const page = await openRun(run, width);
      const tabs = page.getByRole('navigation', { name: 'Tabs of the run' });
      const before = await tabs.boundingBox();
      assert.equal(await heightOfFoot(page), 0, 'nothing covers the foot of the page');
      await server.database.pool.query(
        `SELECT record_wait($1, 'part-' || n, 'm', 1, 1, 'unreachable', 1, 60000) FROM generate_series(1, 12) AS n`,
        [run],
      );
      const notice = page.getByRole('status').filter({ hasText: /model unreachable since/i });
      await notice.getByText(/12 agents wait/).waitFor();
      const questions = page.getByRole('region', { name: 'Waiting for you' }).getByRole('listitem');
      for (const [index, task] of ASKING.entries()) {
        await server.database.pool.query(`SELECT raise_blocker($1, $2, 'question', $3, NULL)`, [
          run,
          task,
          `How many books fit on a shelf of ${task}, and who counts them?`,
        ]);
        await questions.nth(index).waitFor();
      }
      await takePictures(page, run);
      const { total, moved } = await readShifts(page);
      assert.ok(total <= MAX_SHIFT, `${total}: ${moved}`);
      assert.deepEqual(await tabs.boundingBox(), before, 'the tabs, and what is below them, stay');

      await forgetShifts(page);
      for (const task of ASKING)
        await recordAnswer(server.database, blockerId(`${run}:${task}:1`), {
          by: 'cli',
          choice: { kind: 'hint' },
          text: 'Ten.',
          addUsd: 0,
        });
      await server.database.pool.query(
        `SELECT end_waits($1, 'part-' || n, 'm', 1, 1) FROM generate_series(1, 12) AS n`,
        [run],
      );
      await questions.first().waitFor({ state: 'detached' });
      await notice.waitFor({ state: 'detached' });
      const after = await readShifts(page);
      assert.ok(after.total <= MAX_SHIFT, `${after.total}: ${after.moved}`);
      assert.deepEqual(await tabs.boundingBox(), before, 'they stay when it is over');
      await page.context().close();
    });
  }
});
