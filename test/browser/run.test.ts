import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { z } from 'zod';
import { runViewSchema, type RunView } from '../../src/contract/run-view.js';
import { freePort } from '../../src/shared/network/free-port.js';
import { killPart } from '../chaos/victims.js';
import {
  accessibilityProblems,
  describeInBrowser,
  openPage,
  signIn,
  takePicture,
  takePictures,
  widthOn,
  type OpenedPage,
} from '../support/browser.js';
import { testCli, type Running, type TestCli } from '../support/cli.js';
import { eventually } from '../support/eventually.js';
import { MAX_SHIFT, readShifts, recordShifts } from '../support/layout-shifts.js';

const TOKEN = 'a-token-of-the-browser-tests';

/** In the page: records every text of the connection status from now on. */
const RECORD_CONNECTION_STATUS = `
  window.statuses = [];
  new MutationObserver(() => statuses.push(document.querySelector('header [role=status]')?.innerText.trim() ?? ''))
    .observe(document.querySelector('header'), { subtree: true, childList: true, characterData: true });`;

/** Waits for a text in any frame of the page. */
async function readInFrames(page: Page, pattern: RegExp): Promise<void> {
  await eventually(
    async () => {
      const texts = await Promise.all(
        // A frame may be removed while it is read.
        page.frames().map((frame) =>
          frame
            .locator('body')
            .innerText()
            .catch(() => ''),
        ),
      );
      return texts.some((text) => pattern.test(text));
    },
    `${String(pattern)} is shown`,
  );
}

/** The built-in example on the real stack, watched and controlled in a browser. */
describeInBrowser('the dashboard: a whole run', (browser) => {
  let cli: TestCli;
  let up: Running;
  let url: string;
  let opened: OpenedPage;
  let page: Page;

  before(async () => {
    // The browser reconnects to the same address.
    const listen = `127.0.0.1:${await freePort(undefined)}`;
    cli = await testCli(undefined, { LEADWRIGHT_LISTEN: listen, LEADWRIGHT_TOKEN: TOKEN });
    url = `http://${listen}/`;
    up = cli.start(['up']);
    await up.untilSaid(/Leadwright is up/);
    // Without corrections, a task whose first attempt fails waits for a person.
    await start('shown', '--max-corrections', '0');
    opened = await openPage(browser(), url);
    page = opened.page;
    await signIn(page, TOKEN);
  });
  after(async () => {
    up.process.kill('SIGINT');
    await up.done;
    await cli.remove();
  });

  const start = async (id: string, ...options: readonly string[]) => {
    await cli.exits(0, ['run', '--id', id, '--detach', '--json', ...options]);
  };
  const viewOf = async (id: string): Promise<RunView> => {
    const answer = await fetch(`${url}api/runs/${id}`, { headers: { Authorization: `Bearer ${TOKEN}` } });
    return runViewSchema.parse(await answer.json());
  };
  /** Waits for the task whose first submission fails its test. */
  const untilSearchIsBlocked = () =>
    eventually(async () => {
      const { tasks } = await viewOf('shown');
      return tasks.some(({ id, status }) => id === 'search' && status === 'blocked');
    }, 'search waits for a person');
  const checkPage = async (name: string) => {
    assert.deepEqual(await accessibilityProblems(page), [], name);
    await takePictures(page, name);
    assert.equal(await widthOn(page, 360), 360, `${name} on a phone`);
  };

  it('is in the list, and is shown as a graph and as a table while it is running', async () => {
    await page.getByRole('cell', { name: 'shown' }).getByRole('link').waitFor();
    await checkPage('runs');
    await page.getByRole('cell', { name: 'shown' }).getByRole('link').click();
    await page.getByText('Live', { exact: true }).waitFor();
    const graph = page.getByRole('group', { name: /as a graph/ });
    await graph.getByRole('link', { name: /Search the catalogue.*in progress.*backend/ }).waitFor();
    await page.getByRole('table').getByRole('link', { name: 'Search the catalogue' }).waitFor();
    await checkPage('run');
  });

  it('says that it is behind while the server is down, and catches up afterwards', async () => {
    await page.evaluate(RECORD_CONNECTION_STATUS);
    await killPart(cli.home, 'notifier');
    await eventually(async () => {
      const statuses = z.array(z.string()).parse(await page.evaluate('window.statuses'));
      return statuses.some((text) => text.startsWith('Behind: ')) && statuses.at(-1) === 'Live';
    }, 'it was behind, and is live again');
  });

  it('is in the Temporal UI, which shows the same while the run is open', async () => {
    await untilSearchIsBlocked();
    const [opening] = await Promise.all([
      page.context().waitForEvent('page'),
      page.getByRole('link', { name: 'open in the Temporal UI' }).click(),
    ]);
    await opening.getByRole('heading', { name: 'leadwright/shown' }).waitFor();
    assert.ok(!opening.url().includes('code='), 'the code is out of the address');
    // Its writing actions are refused, and say so.
    assert.ok(await opening.getByRole('button', { name: 'Request Cancellation' }).isDisabled());
    await opening.getByText('backend: Search the catalogue').first().waitFor();
    await opening.getByText('land • cart-total').first().waitFor();
    await opening.getByRole('tab', { name: 'User Metadata' }).click();
    // The Temporal UI renders Markdown in frames.
    await readInFrames(opening, /the lead agent of run shown/);
    await readInFrames(opening, /search: [^]*waits for an answer/);
    await takePicture(opening, 'temporal-details');
    await opening.getByRole('tab', { name: 'Search Attributes' }).click();
    await opening.getByText('"LeadwrightRun": "shown"').waitFor();

    await opening.goto(
      `${new URL(opening.url()).origin}/namespaces/default/workflows?query=${encodeURIComponent(
        "LeadwrightRun = 'shown' AND LeadwrightRole = 'backend' AND LeadwrightStatus = 'blocked'",
      )}`,
    );
    await opening.getByRole('link', { name: 'leadwright/shown/search' }).waitFor();
    await takePicture(opening, 'temporal-list');
    await opening.close();
  });

  it('is in the Temporal UI at the address that the command line prints, after a sign-in', async () => {
    const address = (await viewOf('shown')).urls.temporal ?? assert.fail('there is an embedded UI');
    const stranger = await openPage(browser(), address);
    await stranger.page.getByLabel('Token').waitFor();
    assert.deepEqual(await accessibilityProblems(stranger.page), []);
    await takePicture(stranger.page, 'temporal-sign-in');
    await signIn(stranger.page, 'wrong');
    await stranger.page.getByText('That token is not the right one.').waitFor();
    await signIn(stranger.page, TOKEN);
    await stranger.page.getByRole('heading', { name: 'leadwright/shown' }).waitFor();
    assert.deepEqual(stranger.complaints, []);
    await stranger.page.context().close();
  });

  it('asks a question, is answered, and continues', async () => {
    const asked = page.getByRole('region', { name: 'Waiting for you' });
    await asked.locator('summary').first().press('Enter');
    await asked.getByRole('button', { name: 'Allow more attempts' }).first().waitFor();
    await checkPage('run-asks');
    await page.getByRole('link', { name: /^Inbox/ }).click();
    await page.getByRole('heading', { name: 'Inbox' }).waitFor();
    await checkPage('inbox');

    // The task that depends on the answer starts: a second page shows its first turn while it is streamed.
    const watcher = (await openPage(browser(), url)).page;
    await signIn(watcher, TOKEN);
    await watcher.goto(`${url}#/runs/shown/tasks/export`);
    await watcher.getByText('The model has not answered yet.').waitFor();
    const partial = watcher.getByRole('article', { name: /^Turn \d+, in progress$/ });
    const streamed = partial.first().waitFor();

    const questions = page
      .getByRole('main')
      .getByRole('listitem')
      .filter({ has: page.locator('summary') });
    await eventually(async () => {
      const asked = await questions.count();
      if (asked > 0) {
        // With the keyboard only. The next question opens by itself.
        await page
          .getByRole('article')
          .first()
          .getByRole('button', { name: /^Accept/ })
          .press('Enter');
        await questions.nth(asked - 1).waitFor({ state: 'detached' });
      }
      return (await viewOf('shown')).status === 'completed';
    }, 'the run is completed');
    await streamed;
    await watcher.getByRole('article', { name: 'Turn 1', exact: true }).waitFor();
    // The stored turns have replaced the streamed text.
    await partial.first().waitFor({ state: 'detached' });
    await watcher.close();
  });

  it('shows a task’s conversation, attempts, verdicts and changes', async () => {
    await page.goto(`${url}#/runs/shown/tasks/search`);
    await page.getByRole('heading', { level: 1, name: 'Search the catalogue' }).waitFor();
    await page.getByRole('article', { name: 'Turn 1' }).getByText('read_file').first().waitFor();
    await page.locator('summary').getByText('tests failed').waitFor();
    await page
      .getByRole('region', { name: 'Test output' })
      .getByText(/AssertionError|FAIL/)
      .first()
      .waitFor();
    await page.locator('.hljs-keyword').first().waitFor();
    await checkPage('task');
  });

  it('ends, and the page shows the same as the command line', async () => {
    await page.goto(`${url}#/runs/shown`);
    await page.getByText('Up to date').waitFor();
    const view = await cli.view('shown');
    assert.equal(view.status, 'completed');
    await page
      .getByText(`${view.tasks.length - view.accepted.length} completed`)
      .first()
      .waitFor();
    const rows = page.getByRole('table').getByRole('row');
    for (const task of view.tasks) {
      const cells = await rows.filter({ hasText: task.title }).getByRole('cell').allInnerTexts();
      assert.match(cells[0] ?? '', /completed/, task.title);
      assert.equal(Number.parseInt(cells.at(-3) ?? '', 10), task.attempts, task.title);
    }
    await page.getByText('Look at the branch, and merge it').click();
    await page.getByText(`git -C ${view.repo} merge ${view.branch}`, { exact: true }).waitFor();
    await checkPage('branch');
    await page.getByRole('link', { name: 'Timeline' }).click();
    await page
      .getByRole('region', { name: 'Timeline of the tasks' })
      .getByText('Search the catalogue')
      .waitFor();
    await checkPage('timeline');
    await page.getByRole('link', { name: 'Money' }).click();
    await page.locator('.uplot').first().waitFor();
    await checkPage('money');
  });

  it('does not shift what a person looks at while it works', async function () {
    // The whole example on a busy machine.
    this.timeout(240_000);
    const { page } = await openPage(browser(), url);
    await signIn(page, TOKEN);
    await start('steady');
    await page.goto(`${url}#/runs/steady`);
    await recordShifts(page);
    await page.getByText('Up to date').waitFor({ timeout: 200_000 });
    const { total, moved } = await readShifts(page);
    assert.ok(total <= MAX_SHIFT, `${total}: ${moved}`);
    await page.context().close();
  });

  it('is paused, limited, resumed and cancelled', async () => {
    await start('stopped');
    await page.goto(`${url}#/runs/stopped`);
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('button', { name: 'Resume' }).waitFor();
    await page.getByLabel('Concurrency').fill('3');
    await page.getByRole('button', { name: 'Set' }).click();
    await page.getByText(/3 at once/).waitFor();
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('button', { name: 'Cancel …' }).click();
    await checkPage('cancel');
    await page.getByRole('button', { name: 'Cancel the run' }).click();
    await page.getByText('Up to date').waitFor();
    assert.equal((await viewOf('stopped')).status, 'cancelled');
    assert.deepEqual(opened.complaints, []);
  });
});
