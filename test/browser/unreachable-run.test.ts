import assert from 'node:assert/strict';
import { runId } from '../../src/contract/ids.js';
import { deleteRun } from '../../src/db/run-view.js';
import { describeInBrowser, openPage, signIn, takePicture, type OpenedPage } from '../support/browser.js';
import { driveTo, key, recordRun } from '../support/run-record.js';
import { openTestServer, TOKEN, type TestServer } from '../support/server.js';

/** Pages that are opened while there is nothing to show. */
describeInBrowser('the dashboard: a run that cannot be shown', (browser) => {
  let server: TestServer;
  let opened: OpenedPage;

  before(async () => {
    server = await openTestServer();
    await recordRun(server.database, 'away', [{ id: 'cart' }]);
  });
  after(() => server.close());
  beforeEach(async () => {
    opened = await openPage(browser(), server.running.url, { width: 360 });
    await signIn(opened.page, TOKEN);
    await opened.page.getByRole('heading', { name: 'Runs' }).waitFor();
  });
  afterEach(() => opened.page.context().close());
  const open = (run: string) => opened.page.goto(`${server.running.url}/#/runs/${run}`);

  it('says that the server is away, and what to do', async () => {
    const { page } = opened;
    await page.route('**/api/runs/away/graph', (route) => route.abort());
    await open('away');
    await page.getByText(/The server does not answer.*leadwright up.*leadwright doctor/).waitFor();
    await takePicture(page, 'server-away');
  });

  it('says on a phone that the page is behind without covering it', async () => {
    const { page } = opened;
    await open('away');
    await page.getByText('Live', { exact: true }).waitFor();
    await page.route('**/api/**', (route) => route.abort());
    await page.getByText('Behind: the connection was lost').waitFor();
    await takePicture(page, 'phone-behind');
    const header = (await page.getByRole('banner').boundingBox()) ?? assert.fail('there is a header');
    assert.ok(header.height < 100, `the header has ${header.height} pixels of 900`);
    const keys = (await page.getByRole('button', { name: 'Keys' }).boundingBox()) ?? assert.fail();
    assert.ok(keys.y + keys.height < 48, 'the buttons stay in the first line');
    await page.unrouteAll();
    await page.getByText('Live', { exact: true }).waitFor();
  });

  it('loads a tab and a page once the server is back, without a reload', async () => {
    const { page, complaints } = opened;
    await open('away');
    await page.getByText('Live', { exact: true }).waitFor();
    for (const [link, heading] of [
      ['Money', 'Cost'],
      [/^Inbox/, 'Inbox'],
    ] as const) {
      await page.context().setOffline(true);
      await page.getByRole('link', { name: link }).click();
      await page.getByText('The server does not answer. This is loaded as soon as it does.').waitFor();
      await page.context().setOffline(false);
      await page.getByText(heading, { exact: true }).last().waitFor();
      await page.getByText('This is loaded as soon as').waitFor({ state: 'detached' });
    }
    assert.deepEqual(complaints, []);
  });

  it('says that the run is unknown, links to the list, and shows no connection', async () => {
    const { page, complaints } = opened;
    await open('many');
    await page.getByText('There is no run many.').waitFor();
    assert.equal(await page.getByText('Connecting …').count(), 0);
    await takePicture(page, 'unknown-run');
    await page.getByRole('main').getByRole('link', { name: 'list of runs' }).click();
    await page.getByRole('heading', { name: 'Runs' }).waitFor();
    assert.deepEqual(complaints, []);
  });

  it('says that a run is unknown once it is deleted while one of its pages is open', async () => {
    const { page, complaints } = opened;
    const { database } = server;
    for (const path of ['', '/timeline', '/tasks/cart']) {
      await recordRun(database, 'deleted', [{ id: 'cart' }], { planHash: 'deleted' });
      await driveTo(database, key('deleted', 'cart'), 'completed');
      await database.pool.query(`SELECT move_run('deleted', 'completed')`);
      await open(`deleted${path}`);
      await page.getByText('Up to date', { exact: true }).waitFor();
      assert.ok(await deleteRun(database, runId('deleted')));
      await page.getByText('There is no run deleted.').waitFor();
      await takePicture(page, `deleted-run${path.replaceAll('/', '-')}`);
      assert.equal(await page.getByText('Behind').count(), 0);
      assert.equal(await page.getByText('completed').count(), 0, 'its state is no longer shown');
      await page.getByRole('link', { name: 'Runs', exact: true }).click();
      await page.getByRole('heading', { name: 'Runs' }).waitFor();
    }
    assert.deepEqual(complaints, []);
  });
});
