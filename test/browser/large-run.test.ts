import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import type { Page } from 'playwright-core';
import { z } from 'zod';
import {
  accessibilityProblems,
  describeInBrowser,
  openPage,
  signIn,
  takePicture,
  takePictures,
  type OpenedPage,
} from '../support/browser.js';
import { createLargeRun } from '../support/large-run.js';
import { openTestServer, TOKEN, type TestServer } from '../support/server.js';

const TASKS = 1_000;
/** All scripts of the first view, compressed. */
const MAX_SCRIPT_BYTES = 200_000;
const RATE = 60;
const SECONDS = 4;

describeInBrowser('the dashboard: a run of a thousand tasks', (browser) => {
  let server: TestServer;
  let opened: OpenedPage;
  let page: Page;
  let address: string;

  before(async () => {
    server = await openTestServer();
    await createLargeRun(server.database.pool, 'large', TASKS);
    address = `${server.running.url}/#/runs/large`;
    opened = await openPage(browser(), server.running.url);
    page = opened.page;
    await signIn(page, TOKEN);
    await page.getByRole('link', { name: 'large' }).waitFor();
  });
  after(async () => {
    await server.close();
  });
  const row = (name: string) => page.getByRole('table').getByRole('link', { name, exact: true });

  it('is shown as a graph and as a table, with little script', async () => {
    let script = 0;
    page.on('response', (response) => {
      if (/\.js$/.test(response.url())) script += Number(response.headers()['content-length']);
    });
    await page.goto('about:blank');
    await page.goto(address);
    await row('Task number 1').waitFor();
    const ms = await page.evaluate('Math.round(performance.now())');
    print(
      `first view of ${TASKS} tasks: ${String(ms)} ms, ${Math.round(script / 1_000)} KB of script compressed`,
    );
    assert.ok(script > 0 && script < MAX_SCRIPT_BYTES, `${script} bytes`);
    await page
      .getByRole('group', { name: /as a graph/ })
      .getByRole('link')
      .nth(TASKS - 1)
      .waitFor();
    assert.deepEqual(await accessibilityProblems(page), []);
    await takePictures(page, 'large');
  });

  it('shows statuses and activities also in a system with forced colours', async () => {
    await page.emulateMedia({ colorScheme: 'light' });
    for (const [path, part] of [
      ['', 'main a[data-status]'],
      ['', '.shares > span'],
      ['', '.legend i'],
      ['/timeline', '.swatch'],
    ] as const) {
      await page.goto(address + path);
      await page.locator(part).first().waitFor();
      const backgrounds = () =>
        page.evaluate(
          `[...document.querySelectorAll('${part}')].map((one) => getComputedStyle(one).backgroundColor)`,
        );
      const chosen = await backgrounds();
      await page.emulateMedia({ forcedColors: 'active' });
      await takePicture(page, `large${path.replace('/', '-')}-forced-colours`);
      assert.deepEqual(await backgrounds(), chosen, `${path} ${part}`);
      await page.emulateMedia({ forcedColors: 'none' });
    }
    await page.goto(address);
    await row('Task number 1').waitFor();
  });

  it('renders no more than is in view', async () => {
    const graph = page.getByRole('group', { name: /as a graph/ });
    for (let step = 0; step < 12; step += 1) await page.getByRole('button', { name: 'Zoom in' }).click();
    await graph.getByText('Task number').first().waitFor();
    assert.ok((await graph.getByRole('link').count()) < 100);
    assert.ok((await page.getByRole('table').getByRole('row').count()) < 60);
    await page.getByRole('region', { name: 'Table of tasks' }).focus();
    await page.keyboard.press('End');
    await row(`Task number ${TASKS}`).waitFor();
  });

  it('can be navigated with the keyboard only', async () => {
    await page.goto('about:blank');
    await page.goto(address);
    await row('Task number 1').waitFor();
    const focused = () => page.evaluate('document.activeElement.getAttribute("aria-label") ?? ""');
    for (let tabs = 0; tabs < 40 && !/^Task number/.test(String(await focused())); tabs += 1) {
      await page.keyboard.press('Tab');
    }
    const first = await focused();
    assert.match(String(first), /^Task number \d+, (in progress|blocked)/);
    await page.keyboard.press('ArrowLeft');
    assert.match(String(await focused()), /^Task number \d+, completed/);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: /^Task number \d+$/ }).waitFor();
    await page.goBack();
    await row('Task number 1').waitFor();
  });

  it('shows the same part of the table to a person who goes back from a task, and its top on a new visit', async () => {
    await page.goto('about:blank');
    await page.goto(address);
    await row('Task number 1').waitFor();
    const table = `document.querySelector('[aria-label="Table of tasks"]')`;
    const places = () => page.evaluate(`[${table}.scrollTop, scrollY]`);
    await page.evaluate(`${table}.scrollTop = ${table}.scrollHeight / 2`);
    await row('Task number 501').scrollIntoViewIfNeeded();
    const before = await places();
    assert.notDeepEqual(before, [0, 0]);
    await row('Task number 501').click();
    await page.getByRole('heading', { level: 1, name: 'Task number 501' }).waitFor();
    assert.equal(await page.evaluate('scrollY'), 0);
    await page.goBack();
    await row('Task number 501').waitFor();
    assert.deepEqual(await places(), before);
    await page.goForward();
    await page.getByRole('heading', { level: 1, name: 'Task number 501' }).waitFor();
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Runs' }).click();
    await page.getByRole('link', { name: 'large' }).click();
    await row('Task number 1').waitFor();
    assert.deepEqual(await places(), [0, 0]);
  });

  it('shows one wait of the run while its model is out of reach, and that of each task', async () => {
    await page.goto('about:blank');
    await page.goto(address);
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByRole('searchbox', { name: 'Find a task' }).fill('Task number 401');
    await row('Task number 401').waitFor();
    const { pool } = server.database;
    await pool.query(
      `SELECT record_wait('large', 't' || n, 'm', 1, 1, 'unreachable', 1, 60000) FROM generate_series(401, 430) AS n`,
    );
    const wait = /model unreachable since \d\d:\d\d, try 1, next in \d+s/;
    const ofRun = page.getByRole('status').filter({ hasText: wait });
    await ofRun.waitFor();
    await page.getByRole('table').getByText(wait).waitFor();
    assert.deepEqual(await accessibilityProblems(page), []);
    await pool.query(`SELECT end_waits('large', 't401', 'm', 1, 1)`);
    await ofRun.waitFor({ state: 'detached' });
    await page.getByRole('table').getByText('the model answers again').waitFor();
  });

  it('handles sixty events a second', async () => {
    await page.getByText('Live', { exact: true }).waitFor();
    await page.evaluate(MEASURE_FRAMES);
    const calls: Promise<unknown>[] = [];
    for (let turn = 1; turn <= RATE * SECONDS; turn += 1) {
      calls.push(recordCall(server.database.pool, turn));
      await delay(1_000 / RATE);
    }
    await Promise.all(calls);
    // Twelve dollars before, and one cent per event: no event is lost or counted twice.
    await page
      .getByText(`$${(12 + (RATE * SECONDS) / 100).toFixed(2)}`, { exact: true })
      .first()
      .waitFor();
    const { frames, longest, tasks, longestTask } = SEEN.parse(await page.evaluate('window.seen'));
    print(
      `${RATE} events a second for ${SECONDS} s: ${frames} frames, the longest ${longest} ms; ` +
        `${tasks} tasks over 50 ms, the longest ${longestTask} ms`,
    );
    assert.deepEqual(opened.complaints, []);
  });
});

/** Records a model call of one cent, with its cost and its event, as the product does. */
async function recordCall(pool: pg.Pool, turn: number): Promise<void> {
  const [attempt, inputTokens, outputTokens, costUsd, ms] = [1, 100, 10, 0.01, 10];
  const data = { attempt, turn, model: 'm', inputTokens, outputTokens, costUsd, stopReason: 'tool_use', ms };
  await pool.query(
    `UPDATE runs SET spent_usd = spent_usd + ${costUsd} WHERE id = 'large';
     SELECT append_event('large', 't${401 + (turn % 39)}', 'model.call', '${JSON.stringify(data)}')`,
  );
}

const SEEN = z.object({ frames: z.int(), longest: z.int(), tasks: z.int(), longestTask: z.int() });

function print(measured: string): void {
  process.stdout.write(`      ${measured}\n`);
}

/** In the page: measures frames and long tasks from now on. */
const MEASURE_FRAMES = `
  window.seen = { frames: 0, longest: 0, tasks: 0, longestTask: 0 };
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      seen.tasks += 1;
      seen.longestTask = Math.max(seen.longestTask, Math.round(duration));
    }
  }).observe({ type: 'longtask' });
  let before = performance.now();
  requestAnimationFrame(function frame(now) {
    seen.frames += 1;
    seen.longest = Math.max(seen.longest, Math.round(now - before));
    before = now;
    requestAnimationFrame(frame);
  });`;
