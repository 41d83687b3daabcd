import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import {
  describeInBrowser,
  openPage,
  signIn,
  takePicture,
  widthOn,
  type OpenedPage,
} from '../support/browser.js';
import { driveTo, key, planOf, recordRun } from '../support/run-record.js';
import { openTestServer, TOKEN, type TestServer } from '../support/server.js';

/** The longest id that a plan may give. */
const TASK = 'a'.repeat(64);
const COMPOUND = 'Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz'.repeat(2);

/** Words without a place to break, wherever a plan gives a text. */
describeInBrowser('the dashboard: long words', (browser) => {
  let server: TestServer;
  let opened: OpenedPage;

  before(async () => {
    server = await openTestServer();
    const tasks = [
      { id: TASK, title: COMPOUND, issue: 'I'.repeat(60), description: COMPOUND },
      { id: 'next', title: COMPOUND, dependsOn: [TASK] },
    ];
    await recordRun(server.database, 'wide', tasks, {
      plan: { ...planOf(tasks), name: `The ${'w'.repeat(120)} of the shop` },
    });
    await driveTo(server.database, key('wide', TASK), 'in_progress');
    opened = await openPage(browser(), server.running.url, { width: 1400 });
    await signIn(opened.page, TOKEN);
  });
  after(async () => {
    await opened.page.context().close();
    await server.close();
  });

  it('leave room for the status of a task', async () => {
    const { page } = opened;
    await page.goto(`${server.running.url}/#/runs/wide`);
    for (const width of [1400, 360]) {
      await page.setViewportSize({ width, height: 800 });
      for (const place of [page.getByRole('table'), page.getByRole('group', { name: /as a graph/ })]) {
        const word = place.getByText('in progress', { exact: true }).first();
        await word.waitFor();
        const end = async (of: Locator) => {
          const { x, width: wide } = (await of.boundingBox()) ?? assert.fail('it is on the page');
          return x + wide;
        };
        const [inner, outer] = [await end(word), await end(word.locator('xpath=..'))];
        assert.ok(inner <= outer, `at ${width} px the word ends at ${inner}, and its line at ${outer}`);
      }
    }
  });

  it('do not widen the list of questions', async () => {
    const { page } = opened;
    const { pool } = server.database;
    await pool.query('SELECT raise_blocker($1, $2, $3, $4, NULL)', ['wide', TASK, 'question', COMPOUND]);
    for (const fragment of ['#/inbox', '#/runs/wide']) {
      await page.goto('about:blank');
      await page.goto(`${server.running.url}/${fragment}`);
      const asked = page.locator('summary').filter({ hasText: TASK });
      await asked.waitFor();
      for (const width of [1400, 768, 360]) {
        assert.equal(await widthOn(page, width), width, `${fragment} at ${width} px`);
        await page.setViewportSize({ width, height: 800 });
        const end = async (of: Locator) => {
          const { x, width: wide } = (await of.boundingBox()) ?? assert.fail('it is on the page');
          return x + wide;
        };
        const ends = [await end(asked.locator('b')), await end(asked)] as const;
        assert.ok(ends[0] <= ends[1], `${fragment} at ${width} px: the id ends at ${ends.join(' of ')}`);
        await takePicture(page, `long-words-questions-${fragment === '#/inbox' ? 'inbox' : 'run'}-${width}`);
      }
    }
    await pool.query(
      `UPDATE blockers SET resolved_at = clock_timestamp(), resolved_by = 'test', answer = '' WHERE resolved_at IS NULL`,
    );
  });

  for (const [name, fragment, heading] of [
    ['a run', '#/runs/wide', 'The www'],
    ['a task', `#/runs/wide/tasks/${TASK}`, 'Rindfleisch'],
    ['a task that depends on another', '#/runs/wide/tasks/next', 'Rindfleisch'],
  ] as const)
    it(`do not widen the page of ${name}`, async () => {
      const { page } = opened;
      await page.goto(`${server.running.url}/${fragment}`);
      await page.getByRole('heading', { level: 1, name: heading }).waitFor();
      await page.getByText('Live', { exact: true }).waitFor();
      for (const width of [1400, 360]) {
        assert.equal(await widthOn(page, width), width);
        await page.setViewportSize({ width, height: 800 });
        await takePicture(page, `long-words-${name.replaceAll(' ', '-')}-${width}`);
      }
    });
});
