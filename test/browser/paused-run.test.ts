import assert from 'node:assert/strict';
import { moveRun } from '../../src/db/task-status.js';
import { PAUSE_MEANS, STILL_UNTIL } from '../../src/shared/words/pause-words.js';
import { describeInBrowser, movementsOn, openPage, signIn, takePicture } from '../support/browser.js';
import { recordingControl } from '../support/recording-control.js';
import { begunForRun, driveTo, key, recordRun } from '../support/run-record.js';
import { openTestServer, TOKEN, type TestServer } from '../support/server.js';

describeInBrowser('the dashboard: a paused run', (browser) => {
  const { control, asked } = recordingControl();
  let server: TestServer;

  before(async () => {
    server = await openTestServer({ control });
  });
  after(() => server.close());

  it('says that the base is checked before its first task, and that verify runs after its last one', async () => {
    const { database, running } = server;
    await recordRun(database, 'quiet', [{ id: 'cart' }], { planHash: 'quiet' });
    const { page, complaints } = await openPage(browser(), running.url, { width: 1400 });
    await signIn(page, TOKEN);
    await page.goto(`${running.url}/#/runs/quiet`);
    await page.getByText('checking the base', { exact: true }).waitFor();
    await takePicture(page, 'phase-base');
    await page.setViewportSize({ width: 360, height: 800 });
    await takePicture(page, 'phase-base-360');
    await driveTo(database, key('quiet', 'cart'), 'in_progress');
    await page.getByText('at most 10 at once').waitFor();
    await database.pool.query(`SELECT move_task('quiet', 'cart', 'completed')`);
    await page.getByText('running verify', { exact: true }).waitFor();
    await database.pool.query(`SELECT move_run('quiet', 'completed')`);
    await page.getByText('running verify', { exact: true }).waitFor({ state: 'detached' });
    assert.deepEqual(complaints, []);
    await page.context().close();
  });

  it('says what a pause does, and shows its tasks as standing still', async () => {
    const { database, running } = server;
    await recordRun(database, 'still', [
      { id: 'cart' },
      { id: 'price' },
      { id: 'later', dependsOn: ['cart'] },
    ]);
    for (const task of ['cart', 'price']) await driveTo(database, key('still', task), 'in_progress');
    const { page, complaints } = await openPage(browser(), running.url, { width: 1400 });
    await signIn(page, TOKEN);
    await page.goto(`${running.url}/#/runs/still`);
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText(PAUSE_MEANS).waitFor();
    assert.deepEqual(asked, ['pause still']);
    await moveRun(database, await begunForRun(database, 'still'), 'paused');
    await page.getByText('2 tasks stand still').waitFor();
    assert.deepEqual(await movementsOn(page), [], 'nothing on the page looks like work');
    assert.equal(await page.getByText('in progress', { exact: true }).count(), 0);
    await takePicture(page, 'paused-run');
    await page.setViewportSize({ width: 360, height: 800 });
    const tops = await Promise.all(
      ['Zoom out', 'Zoom in', 'Fit'].map(async (name) => {
        return (await page.getByRole('button', { name, exact: true }).boundingBox())?.y;
      }),
    );
    assert.equal(new Set(tops).size, 1, 'the buttons of the graph are in one line');
    await takePicture(page, 'paused-run-360');
    await page.goto(`${running.url}/#/runs/still/tasks/cart`);
    await page.getByRole('heading', { level: 1, name: 'Do cart' }).waitFor();
    await page.getByText(STILL_UNTIL, { exact: true }).waitFor();
    await page.getByText('stands still', { exact: true }).waitFor();
    await takePicture(page, 'paused-task-360');
    assert.deepEqual(complaints, []);
    await page.context().close();
  });
});
