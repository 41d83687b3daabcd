import assert from 'node:assert/strict';
import { accessibilityProblems, describeInBrowser, openPage, signIn } from '../support/browser.js';
import { createRun, openTestServer, TOKEN, type TestServer } from '../support/server.js';

describeInBrowser('the dashboard: sign-in', (browser) => {
  let server: TestServer;

  before(async () => {
    server = await openTestServer();
  });
  after(async () => {
    await server.close();
  });

  it('asks for the token, says where to find it, and keeps it out of every address', async () => {
    const { page, complaints } = await openPage(browser(), server.running.url);
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

  it('lists runs and follows one live', async () => {
    await createRun(server.database.pool, 'known');
    const { page, complaints } = await openPage(browser(), server.running.url);
    await signIn(page, TOKEN);
    await page.getByRole('link', { name: 'bookshop' }).click();
    await page.getByRole('heading', { level: 1, name: 'bookshop' }).waitFor();
    await page.getByText('Live').waitFor();
    const row = page.getByRole('row', { name: /Price/ });
    await row.getByText('pending').first().waitFor();
    await server.database.pool.query(
      `SELECT append_event('known', 'price', 'task.status',
         '{ "status": "in_progress", "from": "pending", "agentId": "backend-worker", "attempt": 0 }')`,
    );
    await row.getByText('in progress').first().waitFor();
    assert.deepEqual(await accessibilityProblems(page), []);
    assert.deepEqual(complaints, []);
  });
});
