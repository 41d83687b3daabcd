import assert from 'node:assert/strict';
import { z } from 'zod';
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
    assert.equal(await page.evaluate('document.activeElement.id'), 'token', 'it can be typed at once');
    assert.deepEqual(await accessibilityProblems(page), []);

    await signIn(page, 'wrong');
    await page.getByText('That token is not the right one.').waitFor();
    await signIn(page, TOKEN);
    await page.getByText('No runs yet').waitFor();
    assert.equal(await page.evaluate('document.activeElement.tagName'), 'H1', 'the keyboard goes on there');
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

  it('says that a token is no longer accepted, and how to get the new one', async () => {
    const { page, complaints } = await openPage(browser(), server.running.url);
    await signIn(page, TOKEN);
    await page.getByRole('heading', { name: 'Runs', exact: true }).waitFor();
    // What the server does after a restart with another token.
    await page.route('**/api/**', (route) =>
      route.request().headers()['authorization'] === `Bearer ${TOKEN}`
        ? route.fulfill({ status: 401, json: {} })
        : route.continue(),
    );
    await page.getByText(/no longer accepted.*leadwright up/).waitFor();
    assert.equal(await page.getByText('That token is not the right one.').count(), 0);
    // One that was never right is not called old.
    await signIn(page, 'wrong');
    await page.getByText('That token is not the right one.').waitFor();
    await page.unroute('**/api/**');
    await signIn(page, TOKEN);
    await page.getByRole('heading', { name: 'Runs', exact: true }).waitFor();
    assert.deepEqual(complaints, []);
    await page.context().close();
  });

  /** A link as `leadwright up` prints it. */
  const printLink = async (path = '') => {
    const answer = await fetch(`${server.running.url}/api/sign-in/codes`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' },
      body: '{}',
    });
    const { code } = z.object({ code: z.string() }).parse(await answer.json());
    return `${server.running.url}/#sign-in=${code}${path}`;
  };

  it('takes a link with a one-time code, which leaves the address', async () => {
    const link = await printLink();
    const { page, complaints } = await openPage(browser(), link);
    await page.getByText('No runs yet').waitFor();
    assert.equal(page.url(), `${server.running.url}/#/`);

    const second = await openPage(browser(), link);
    await second.page.getByText(/was used before.*leadwright up/).waitFor();
    assert.equal(second.page.url(), `${server.running.url}/#/`);
    assert.deepEqual([...complaints, ...second.complaints], []);
  });

  it('takes such a link in a tab that is open already', async () => {
    const { page, complaints } = await openPage(browser(), server.running.url);
    await page.getByLabel('Token').waitFor();
    const link = await printLink('/inbox');
    await page.goto(link);
    await page.getByRole('heading', { name: 'Inbox' }).waitFor();
    assert.equal(page.url(), `${server.running.url}/#/inbox`);
    // Signed in already: the link only leads to its page.
    await page.goto(await printLink());
    await page.getByText('No runs yet').waitFor();
    assert.equal(page.url(), `${server.running.url}/#/`);
    await page.goBack();
    await page.getByRole('heading', { name: 'Inbox' }).waitFor();
    assert.doesNotMatch(page.url(), /sign-in/);

    const other = (await openPage(browser(), server.running.url)).page;
    await other.getByLabel('Token').waitFor();
    await other.goto(link);
    await other.getByText(/was used before.*leadwright up/).waitFor();
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

/** As `openssl rand -base64` prints one, and whatever else a header may carry. */
const PUNCTUATED = 'Zm9v/YmFy+YmF6==(50%25)"{a,b;c:d@e?f\'}';

describeInBrowser('the dashboard: a token with punctuation', (browser) => {
  let server: TestServer;

  before(async () => {
    server = await openTestServer({ token: PUNCTUATED });
    await createRun(server.database.pool, 'shop');
  });
  after(() => server.close());

  it('follows a run, too', async () => {
    const { page, complaints } = await openPage(browser(), server.running.url);
    await signIn(page, PUNCTUATED);
    await page.goto(`${server.running.url}/#/runs/shop`);
    await page.getByText('Live', { exact: true }).waitFor();
    assert.deepEqual(complaints, []);
  });
});
