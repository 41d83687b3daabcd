import assert from 'node:assert/strict';
import { openDatabase } from '../../src/db/database.js';
import type { Database } from '../../src/db/database.js';
import { migrate } from '../../src/db/migrate.js';
import type { Notifier } from '../../src/notifier/notifier.js';
import { accessibilityProblems, describeInBrowser, openPage, signIn } from '../support/browser.js';
import { createRun, openNotifier, TOKEN } from '../support/notifier.js';
import { startPostgres } from '../support/postgres.js';
import type { TestPostgres } from '../support/postgres.js';

describeInBrowser('the dashboard: its door', (browser) => {
  let postgres: TestPostgres;
  let database: Database;
  let notifier: Notifier;

  before(async () => {
    postgres = await startPostgres();
    const url = await postgres.createDatabase();
    await migrate(url);
    database = openDatabase(url, 4);
    notifier = await openNotifier(url, database);
  });
  after(async () => {
    await notifier.close();
    await database.close();
    await postgres.stop();
  });

  it('asks for the token, says where it is, and keeps it out of every address', async () => {
    const { page, complaints } = await openPage(browser(), notifier.url);
    const addresses: string[] = [];
    page.on('request', (request) => addresses.push(request.url()));
    await page.getByText('LEADWRIGHT_HOME', { exact: true }).waitFor();
    assert.deepEqual(await accessibilityProblems(page), []);

    await signIn(page, 'wrong');
    await page.getByText('That token is not the right one.').waitFor();
    await signIn(page, TOKEN);
    await page.getByText('No runs yet').waitFor();
    assert.deepEqual(await accessibilityProblems(page), []);
    await page.reload();
    await page.getByText('No runs yet').waitFor();
    addresses.push(page.url());
    assert.deepEqual(
      addresses.filter((address) => address.includes(TOKEN)),
      [],
    );
    assert.deepEqual(complaints, []);
  });

  it('shows runs and follows one live', async () => {
    await createRun(database.pool, 'known');
    const { page, complaints } = await openPage(browser(), notifier.url);
    await signIn(page, TOKEN);
    await page.getByRole('link', { name: 'bookshop' }).click();
    await page.getByRole('heading', { level: 1, name: 'bookshop' }).waitFor();
    await page.getByText('Live').waitFor();
    const row = page.getByRole('row', { name: /Price/ });
    await row.getByText('pending').first().waitFor();
    await database.pool.query(
      `SELECT append_event('known', 'price', 'task.status',
         '{ "status": "in_progress", "from": "pending", "agentId": "backend-worker", "attempt": 0 }')`,
    );
    await row.getByText('in progress').first().waitFor();
    assert.deepEqual(await accessibilityProblems(page), []);
    assert.deepEqual(complaints, []);
  });
});
