import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { z } from 'zod';
import { taskId } from '../../src/contract/ids.js';
import { timelineByTask } from '../../src/server/timeline-by-task.js';
import {
  accessibilityProblems,
  describeInBrowser,
  movementsOn,
  openPage,
  signIn,
  takePicture,
  takePictures,
  widthOn,
  type OpenedPage,
} from '../support/browser.js';
import { DAY, DOUBTFUL, FAILURE, recordDay, TASKS } from '../support/day-record.js';
import { eventually } from '../support/eventually.js';
import { recordingControl } from '../support/recording-control.js';
import { statusOf, key } from '../support/run-record.js';
import { openTestServer, TOKEN, type TestServer } from '../support/server.js';

/** What the task of DAY that fails its tests changed. */
const PATCH = `diff --git a/src/price.ts b/src/price.ts
--- a/src/price.ts
+++ b/src/price.ts
@@ -1 +1 @@
-export const price = 1;
+export const price = Math.round(1.005 * 100) / 100;
`;

/** In the page: the texts that each canvas shows, with their places in pixels of the canvas. */
const RECORD_TEXTS = `
  window.drawn = new Map();
  const { clearRect, fillText } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.clearRect = function () {
    drawn.set(this.canvas, []);
    return clearRect.apply(this, arguments);
  };
  CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
    const { width } = this.measureText(text);
    const left = this.textAlign === 'center' ? x - width / 2 : this.textAlign === 'right' ? x - width : x;
    drawn.get(this.canvas)?.push({ text, y, left, right: left + width });
    return fillText.apply(this, arguments);
  };`;

const textsSchema = z.array(
  z.array(z.object({ text: z.string(), y: z.number(), left: z.number(), right: z.number() })),
);
type DrawnText = z.infer<typeof textsSchema>[number][number];

function overlap(one: DrawnText, other: DrawnText): boolean {
  return one !== other && one.y === other.y && one.left < other.right && other.left < one.right;
}

describeInBrowser('the dashboard: a user’s day', (browser) => {
  let server: TestServer;
  let opened: OpenedPage;
  let page: Page;
  const { asked, control } = recordingControl();

  before(async () => {
    server = await openTestServer({
      control,
      // The second attempt at the task changes nothing more than the first; all in all the task changes one file.
      diff: (_, of) =>
        Promise.resolve({
          diff: of.kind === 'attempt' && of.from === 'base' && of.number === 2 ? '' : PATCH,
          truncated: false,
        }),
    });
    await recordDay(server.database);
    opened = await openPage(browser(), server.running.url, { width: 1400 });
    page = opened.page;
    await signIn(page, TOKEN);
  });
  after(async () => {
    await server.close();
  });

  beforeEach(() => {
    asked.length = 0;
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await takePicture(page, 'failed');
  });

  const go = async (fragment: string) => {
    await page.goto('about:blank');
    await page.goto(`${server.running.url}/${fragment}`);
  };
  /** Checks a page on every width, in light and dark, and takes its pictures. */
  const checkPage = async (name: string) => {
    assert.deepEqual(await accessibilityProblems(page), [], name);
    await takePictures(page, name);
    for (const width of [360, 768, 1920])
      assert.equal(await widthOn(page, width), width, `${name} at ${width} px`);
    await page.setViewportSize({ width: 360, height: 800 });
    await takePicture(page, `${name}-360`);
    await page.setViewportSize({ width: 1400, height: 900 });
  };

  describe('the list of runs', () => {
    const ids = async () => (await page.locator('tbody .id').allInnerTexts()).map((text) => text.trim());

    it('shows what each run is, costs and waits for, and the sandbox of the workers', async () => {
      await go('#/');
      const row = page.getByRole('row').filter({ hasText: DOUBTFUL });
      await row.getByText('completed, verify failed, 2 accepted without passing tests').waitFor();
      for (const text of ['/home/ada/projects/library', '3 / 3', '$12.50', '1h 15m'])
        await row.getByText(text).waitFor();
      await page
        .getByRole('row')
        .filter({ hasText: '/home/ada/projects/bookshop' })
        .getByText('3 questions waiting')
        .waitFor();
      await page.getByText('no commands are run').waitFor();
      await checkPage('day-runs');
    });

    it('is searched, filtered and sorted, and a link shows the same', async () => {
      await go('#/');
      await page.getByLabel('Find a run').fill('library');
      await eventually(async () => (await ids()).join() === DOUBTFUL, 'one run is found');
      await page.getByLabel('Find a run').fill('');
      await page.getByLabel('Filter by status').selectOption('completed');
      await eventually(async () => (await ids()).join() === DOUBTFUL, 'one run is completed');
      await page.getByLabel('Filter by status').selectOption('all');
      await page.getByLabel('Sort').selectOption('cost');
      await eventually(async () => (await ids()).join() === `${DOUBTFUL},${DAY}`, 'the dearest is first');
      await page.reload();
      await eventually(async () => (await ids()).join() === `${DOUBTFUL},${DAY}`, 'it still is');
      await page.getByLabel('Find a run').fill('nothing like it');
      await page.getByRole('button', { name: 'Show all runs' }).click();
      await eventually(async () => (await ids()).length === 2, 'all are shown');
    });
  });

  describe('the tasks of a run', () => {
    it('are readable in the graph and the table, in narrow panels and on a phone', async () => {
      await go(`#/runs/${DAY}`);
      const title = page.getByRole('table').getByRole('link', { name: /^Implement the price of a book/ });
      await title.waitFor();
      await page.getByText('3 at once when these have finished').waitFor();
      await checkPage('day-run');
      for (const width of [360, 700, 1200, 1400, 1920]) {
        await page.setViewportSize({ width, height: 900 });
        const panel = (await page.getByRole('region', { name: 'Table of tasks' }).boundingBox())?.width ?? 0;
        const cell =
          (await page.getByRole('table').getByRole('row').nth(1).getByRole('cell').first().boundingBox())
            ?.width ?? 0;
        // What the hidden columns leave belongs to the title.
        assert.ok(cell > 0.5 * panel, `at ${width} px the title has ${cell} of ${panel} px`);
        assert.ok(((await title.boundingBox())?.height ?? 0) > 30, `at ${width} px it wraps`);
        await page.getByRole('table').getByText(TASKS.red, { exact: true }).waitFor();
      }
      await page.setViewportSize({ width: 1400, height: 900 });
      // The last row is where a table that is cut keeps its spacers.
      await page.getByRole('region', { name: 'Table of tasks' }).focus();
      await page.keyboard.press('End');
      await page.getByRole('table').getByText('module-30', { exact: true }).waitFor();
      await takePicture(page, 'day-run-end');
    });

    it('are filtered by a link', async () => {
      await go(`#/runs/${DAY}`);
      await page.getByRole('link', { name: '3 blocked' }).click();
      await eventually(
        async () => (await page.getByRole('table').getByRole('link').count()) === 3,
        'three rows',
      );
      await page.reload();
      await eventually(async () => (await page.getByRole('table').getByRole('link').count()) === 3, 'still');
      await page.getByLabel('Find a task').fill('nothing like it');
      await page.getByRole('button', { name: 'Show all tasks' }).click();
      await page.getByRole('table').getByText('module-1', { exact: true }).waitFor();
    });

    it('that a person accepted do not look like success', async () => {
      await go(`#/runs/${DOUBTFUL}`);
      const row = (name: string) => page.getByRole('table').getByRole('row').filter({ hasText: name });
      await row('Failing').getByText('accepted, tests failed').last().waitFor();
      await row('Untested').getByText('accepted, untested').last().waitFor();
      assert.doesNotMatch(await row('Proven').innerText(), /accepted/);
      await page.getByText('2 without passing tests').waitFor();
      await page.getByRole('link', { name: '2 accepted without passing tests' }).waitFor();
      await page.getByText('completed, verify failed').waitFor();
      await page
        .getByRole('group', { name: /as a graph/ })
        .getByText('accepted, tests failed')
        .waitFor();
      await checkPage('day-doubtful');
      await row('Failing').getByRole('link').click();
      await page.getByText('completed, accepted, tests failed').waitFor();
    });
  });

  describe('an outage', () => {
    it('is shown once for the run, and no task that waits looks like work', async () => {
      await go(`#/runs/${DAY}`);
      await page.getByText('Live', { exact: true }).waitFor();
      const graph = page.getByRole('group', { name: /as a graph/ });
      const table = page.getByRole('table');
      await table.getByText('in progress').first().waitFor();
      assert.deepEqual(await movementsOn(page), ['flow', 'spin'], 'agents at work');
      await server.database.pool.query(
        `SELECT record_wait($1, 'module-' || n, 'm', 1, 1, 'unreachable', 1, 60000) FROM generate_series(1, 10) AS n`,
        [DAY],
      );
      const notice = page
        .getByRole('status')
        .filter({ hasText: /model unreachable since \d\d:\d\d, try \d+, next in \d+s/i });
      await notice.getByText(/10 agents wait for it and spend nothing/).waitFor();
      assert.equal(await notice.count(), 1);

      const summary = page.getByRole('definition');
      await summary.getByText('10 wait for the model', { exact: true }).first().waitFor();
      const running = page.locator('dl > div').filter({ hasText: 'Running tasks' });
      assert.match(await running.innerText(), /^Running tasks\s+0\s+10 wait for the model$/);
      const node = graph.locator('a[href$="/module-1"]');
      const [words, box] = [
        await node.getByText('waits for the model', { exact: true }).boundingBox(),
        await node.boundingBox(),
      ];
      assert.ok(words !== null && box !== null);
      assert.ok(words.width > 50 && words.x + words.width <= box.x + box.width, 'the words are in its box');
      const row = table.getByRole('row').filter({ hasText: 'the module number 1 of' });
      await row.locator('.word').getByText('waits for the model', { exact: true }).waitFor();
      for (const part of [graph, table]) assert.doesNotMatch(await part.innerText(), /in progress/);
      assert.deepEqual(await movementsOn(page), [], 'agents that wait');
      await checkPage('day-outage');
      await page.setViewportSize({ width: 360, height: 800 });
      await row.scrollIntoViewIfNeeded();
      await takePictures(page, 'day-outage-table-360');
      await page.setViewportSize({ width: 1400, height: 900 });
      await page.getByRole('button', { name: 'Zoom out' }).click();
      await graph
        .getByRole('link', { name: /the module number 1 of.*, waits for the model, module-1,/ })
        .waitFor();
      assert.deepEqual(await movementsOn(page), [], 'agents that wait, from afar');
      await takePictures(page, 'day-outage-far');
      await go(`#/runs/${DAY}/tasks/module-1`);
      await page
        .getByText(/model unreachable since/i)
        .first()
        .waitFor();
      await takePicture(page, 'day-outage-task');
      await go('#/');
      await page
        .getByRole('row')
        .getByText(/model unreachable since/)
        .waitFor();
      await server.database.pool.query(`SELECT end_waits($1, 'module-1', 'm', 1, 1)`, [DAY]);
    });
  });

  describe('the inbox', () => {
    const question = () => page.getByRole('article');
    const open = async (task: string) => {
      await go('#/inbox');
      await page.locator('summary').first().waitFor();
      const summary = page.locator('summary').filter({ hasText: task });
      if (!(await question().filter({ hasText: task }).isVisible())) await summary.click();
      await question().filter({ hasText: task }).getByRole('button', { name: 'Skip …' }).waitFor();
      return question().filter({ hasText: task });
    };

    it('shows what was tried, the failing part of the output and the changes above the answers', async () => {
      const article = await open(TASKS.red);
      await article.getByRole('link', { name: /^Implement the price of a book/ }).waitFor();
      await article.getByText('2 attempts, 1 correction').waitFor();
      await article.getByText('Try 2 rounds each price on its own.').waitFor();
      const failing = article.getByRole('region', { name: /Failing part/ });
      assert.equal((await failing.innerText()).trim(), FAILURE);
      await article.getByText('Math.round(1.005').waitFor();
      const [changes, answers] = [
        await article.getByRole('region', { name: 'Its changes' }).boundingBox(),
        await article.getByRole('textbox').boundingBox(),
      ];
      assert.ok((changes?.y ?? 0) < (answers?.y ?? 0), 'the changes are above the answers');
      await checkPage('day-inbox');
    });

    it('shows the end of a long failing output, which has what decided, and its beginning a scroll away', async () => {
      const long = Array.from({ length: 200 }, (_, index) => `line ${index + 1}`).join('\\n');
      const inJson = JSON.stringify(FAILURE).slice(1, -1);
      for (const [path, place, name] of [
        ['**/api/blockers/*', '#/inbox', /Failing part/],
        [`**/tasks/${TASKS.red}`, `#/runs/${DAY}/tasks/${TASKS.red}`, 'Test output'],
      ] as const) {
        await page.route(path, async (route) => {
          const response = await route.fetch();
          await route.fulfill({ response, body: (await response.text()).replaceAll(inJson, long) });
        });
        if (place === '#/inbox') await open(TASKS.red);
        else await go(place);
        const output = page.getByRole('region', { name, exact: true }).first();
        await output.getByText('line 200').waitFor();
        await output.focus();
        const scrolled = async () =>
          z
            .tuple([z.number(), z.number()])
            .parse(
              await page.evaluate(
                '(({ scrollTop, scrollHeight, clientHeight }) => [scrollTop, scrollHeight - clientHeight])(document.activeElement)',
              ),
            );
        const [top, end] = await scrolled();
        assert.ok(end > 0 && top > end - 2, `it is scrolled to ${top} of ${end} pixels`);
        await takePicture(page, `day-long-output-${place === '#/inbox' ? 'inbox' : 'task'}`);
        await page.keyboard.press('Home');
        await eventually(async () => (await scrolled())[0] === 0, 'its beginning can be read');
        await page.unroute(path);
      }
    });

    it('has commands to copy for a fix of one’s own', async () => {
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
      const article = await open(TASKS.red);
      await article.getByText('Fix it yourself').click();
      for (const [name, command] of [
        [/Copy the command that writes/, `leadwright checkout ${DAY} ${TASKS.red} ./${TASKS.red}`],
        [/Copy the command that runs/, `leadwright exec ${DAY} ${TASKS.red} -- sh -c 'npm test -- price'`],
        [
          /Copy the command that hands in/,
          `cd ./${TASKS.red} && git add -A && git commit -m 'Fix ${TASKS.red}' && leadwright answer ${DAY}:${TASKS.red}:1 --commit HEAD`,
        ],
      ] as const) {
        await article.getByRole('button', { name }).click();
        await eventually(
          async () => (await page.evaluate('navigator.clipboard.readText()')) === command,
          `${command} is copied`,
        );
      }
    });

    it('offers only the answers that apply, and no empty hint', async () => {
      const article = await open(TASKS.asks);
      const names = async () =>
        (await article.locator('.answers').getByRole('button').allInnerTexts()).map((text) => text.trim());
      assert.deepEqual(await names(), ['Send answer', 'Complete without work', 'Skip …']);
      await article.getByRole('button', { name: 'Send answer' }).click();
      await article.getByText('Write the answer first.').waitFor();
      const red = await open(TASKS.red);
      await red.getByRole('textbox').fill('  \n ');
      await red.getByRole('button', { name: 'Send hint' }).click();
      await red.getByText('Write the hint first.').waitFor();
      await red.locator('textarea:focus').waitFor();
      assert.deepEqual(asked, []);
    });

    it('asks before a skip, names what else is skipped, and undoes it', async () => {
      const article = await open(TASKS.red);
      await article.getByRole('button', { name: 'Skip …' }).click();
      const dialog = page.getByRole('dialog');
      for (const id of TASKS.dependants) await dialog.getByText(id).waitFor();
      await checkPage('day-skip');
      await dialog.getByRole('button', { name: 'Keep the question' }).click();
      await article.getByRole('button', { name: 'Skip …' }).click();
      await dialog.getByRole('button', { name: 'Skip it' }).click();
      await page.getByText(/Skipping the task price-of-books and 2 tasks that depend on it/).waitFor();
      await takePicture(page, 'day-undo');
      await page.getByRole('button', { name: 'Undo' }).click();
      await page.getByRole('button', { name: 'Undo' }).waitFor({ state: 'detached' });
      // With the key, too.
      await article.getByRole('button', { name: 'Skip …' }).click();
      await dialog.getByRole('button', { name: 'Skip it' }).click();
      await page.getByRole('button', { name: 'Undo' }).waitFor();
      await page.locator('h1').focus();
      await page.keyboard.press('u');
      await page.getByRole('button', { name: 'Undo' }).waitFor({ state: 'detached' });
      assert.deepEqual(asked, []);
      assert.equal(await statusOf(server.database, key(DAY, TASKS.red)), 'blocked');
    });

    it('counts the time to undo a skip from ten seconds', async () => {
      await page.clock.install();
      const article = await open(TASKS.red);
      // Half a second after a tick of the page's clock.
      await page.clock.pauseAt(new Date(Date.now() + 60_000));
      await page.clock.runFor(500);
      await article.getByRole('button', { name: 'Skip …' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Skip it' }).click();
      const notice = page.getByText(/Skipping the task price-of-books/);
      await notice.waitFor();
      assert.equal(await page.locator('.notice .seconds').innerText(), '10 s');
      await page.getByRole('button', { name: 'Undo' }).click();
      await page.clock.resume();
      assert.deepEqual(asked, []);
    });

    it('sends a skip when the page is left before its time is over', async () => {
      const article = await open(TASKS.third);
      await article.getByRole('button', { name: 'Skip …' }).click();
      await page.getByRole('dialog').getByText('No other task depends on it').waitFor();
      await page.getByRole('dialog').getByRole('button', { name: 'Skip it' }).click();
      await page.getByRole('button', { name: 'Undo' }).waitFor();
      await page.goto('about:blank');
      await eventually(
        async () => (await statusOf(server.database, key(DAY, TASKS.third))) === 'skipped',
        'the task is skipped',
      );
      assert.deepEqual(asked, [`skip ${DAY}:${TASKS.third}:1`]);
    });

    it('shows one question to whoever follows a link to it, and says when an answer fails', async () => {
      await go(`#/inbox?question=${DAY}:${TASKS.asks}:1`);
      await page.getByRole('article').getByText('Is the limit for each day').waitFor();
      // The commands come with the question's details.
      await page.locator('summary').nth(1).waitFor();
      assert.equal(await page.locator('summary').count(), 2, 'the question, and the commands in it');
      await page.route('**/answer', (route) => route.abort());
      await page.getByRole('article').getByRole('button', { name: 'Copy the id of the question' }).click();
      await page.getByRole('article').getByRole('button', { name: 'Skip …' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Skip it' }).click();
      await page.getByRole('button', { name: 'Dismiss' }).click();
      await page.unroute('**/answer');
      await page.getByRole('button', { name: 'Show all 2 questions' }).click();
      await page.getByLabel('Select all').waitFor();
    });

    it('answers a selection alike', async () => {
      await go('#/inbox');
      await page.getByLabel('Select all').check();
      await page.getByText('2 of 2 selected').waitFor();
      await checkPage('day-selection');
      await page.getByRole('button', { name: 'Skip 2 …' }).click();
      await page.getByRole('dialog').getByText(`${TASKS.red} of ${DAY}`).waitFor();
      for (const id of TASKS.dependants)
        await page.getByRole('dialog').getByText(`${id} of ${DAY}`).waitFor();
      await checkPage('day-skip-selection');
      await page.getByRole('dialog').getByRole('button', { name: 'Skip the 2 tasks' }).click();
      await page.getByText('Skipping 2 tasks and 2 tasks that depend on them').waitFor();
      // Otherwise a retry of all would be sent for what is about to be skipped, and another skip would take this one back.
      assert.equal(await page.getByLabel('Select all').isDisabled(), true);
      assert.equal(await page.getByRole('button', { name: 'Retry 0' }).isDisabled(), true);
      await page.getByRole('button', { name: 'Undo' }).click();
      await page.getByLabel('Select all').check();
      // An agent's question is not answered by more attempts.
      await page.getByRole('button', { name: 'Retry 1' }).click();
      await eventually(() => asked.length === 1, 'one is retried');
      assert.deepEqual(asked, [`retry ${DAY}:${TASKS.red}:1`]);
      await page.getByText('2 of 2 selected').waitFor({ state: 'detached' });
    });
  });

  it('explains what was possibly billed', async () => {
    await go(`#/runs/${DAY}/money`);
    await page.getByText(/They were sent|they were sent, but no complete answer arrived/).waitFor();
    await checkPage('day-money');
  });

  it('shows how long a run took on the axis of the timeline on a phone', async () => {
    const { page: phone } = await openPage(browser(), server.running.url, { width: 360 });
    await signIn(phone, TOKEN);
    for (const minutes of [1, 5, 45, 110, 400, 5_000]) {
      const at = (minute: number) => new Date(Date.UTC(2026, 10, 30, 9, minute)).toISOString();
      const span = { taskId: taskId(TASKS.red), kind: 'model', attempt: 1, label: 'turn 1' } as const;
      const timeline = timelineByTask([{ ...span, startedAt: at(0), endedAt: at(minutes) }]);
      await phone.route('**/timeline/by-task', (route) => route.fulfill({ json: timeline }));
      await phone.goto('about:blank');
      await phone.goto(`${server.running.url}/#/runs/${DAY}/timeline`);
      const labels = phone.locator('.axis span');
      await labels.first().waitFor();
      await phone.getByRole('region', { name: 'Timeline of the tasks' }).scrollIntoViewIfNeeded();
      const boxes = await Promise.all((await labels.all()).map((label) => label.boundingBox()));
      assert.ok(boxes.length > 1, `${minutes} minutes have ${boxes.length} labels`);
      for (const [index, box] of boxes.entries())
        assert.ok((boxes[index - 1]?.x ?? 0) + (boxes[index - 1]?.width ?? 0) <= (box?.x ?? 0));
      await phone.unroute('**/timeline/by-task');
    }
    await phone.context().close();
  });

  it('labels the axes of time so that they can be read on a phone', async () => {
    const { page: phone } = await openPage(browser(), server.running.url, { width: 360 });
    await signIn(phone, TOKEN);
    await phone.addInitScript(RECORD_TEXTS);
    // Runs whose calls were spread over this many minutes.
    for (const length of [1, 2, 45, 400, 5_000]) {
      const minutes = [0, length].map((minute) => ({
        at: new Date(Date.UTC(2026, 10, 30, 9, 33 + minute)).toISOString(),
        ...{ costUsd: 1, inputTokens: 10_000, outputTokens: 100, calls: 1 },
      }));
      const money = { budgetUsd: null, spentUsd: 2, reservedUsd: 0, possiblyBilledUsd: 0 };
      await phone.route('**/usage', (route) => route.fulfill({ json: { minutes, ...money } }));
      await phone.goto('about:blank');
      await phone.goto(`${server.running.url}/#/runs/${DAY}/money`);
      await phone.getByText('Output tokens per minute').scrollIntoViewIfNeeded();
      await takePicture(phone, `day-axis-${length}`);
      const plots = textsSchema.parse(await phone.evaluate('[...drawn.values()]'));
      assert.equal(plots.length, 4);
      for (const texts of plots)
        assert.deepEqual(
          texts.filter((one) => texts.some((other) => overlap(one, other))),
          [],
          `${length} minutes`,
        );
      await phone.unroute('**/usage');
    }
    await phone.context().close();
  });

  it('labels the axes of counts with whole numbers, each once', async () => {
    const { page: other } = await openPage(browser(), server.running.url);
    await signIn(other, TOKEN);
    await other.addInitScript(RECORD_TEXTS);
    const minutes = [
      { at: '2026-11-30T09:33:00.000Z', costUsd: 1, inputTokens: 20, outputTokens: 10, calls: 2 },
    ];
    const money = { budgetUsd: null, spentUsd: 1, reservedUsd: 0, possiblyBilledUsd: 0 };
    await other.route('**/usage', (route) => route.fulfill({ json: { minutes, ...money } }));
    await other.goto('about:blank');
    await other.goto(`${server.running.url}/#/runs/${DAY}/money`);
    await other.getByText('Output tokens per minute').waitFor();
    await eventually(
      async () => textsSchema.parse(await other.evaluate('[...drawn.values()]')).length === 4,
      'the plots are drawn',
    );
    const plots = textsSchema.parse(await other.evaluate('[...drawn.values()]'));
    const counts = plots.map((texts) => texts.map(({ text }) => text).filter((text) => /^\d+$/.test(text)));
    assert.deepEqual(counts[1], ['0', '1', '2']);
    for (const labels of counts) assert.equal(new Set(labels).size, labels.length, labels.join(', '));
    await other.context().close();
  });

  it('compares an attempt that changed nothing more with the start of its task', async () => {
    await go(`#/runs/${DAY}/tasks/${TASKS.red}`);
    await page.getByText('Nothing more than in the attempt before.').waitFor();
    await page.getByRole('button', { name: 'since the task’s start' }).click();
    await page.getByText('Math.round(1.005').first().waitFor();
    await page.getByRole('button', { name: 'since the attempt before' }).click();
    await page.getByText('Nothing more than in the attempt before.').waitFor();
    await checkPage('day-task');
    await server.database.pool.query(
      `UPDATE attempts SET kind = 'rebase' WHERE run_id = $1 AND task_id = $2 AND number = 2`,
      [DAY, TASKS.red],
    );
    await page.reload();
    await page.getByRole('button', { name: 'since the task’s start' }).click();
    await page.getByRole('button', { name: 'since the new tip' }).click();
    await page.getByText('No file was changed.').waitFor();
  });

  it('asks before it cancels a run, says what stops, and undoes it', async () => {
    await go(`#/runs/${DAY}`);
    await page.getByRole('button', { name: 'Cancel …' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(/10 agents stop at once, and\s+\d+ other tasks will not be done/).waitFor();
    await dialog.getByRole('button', { name: 'Keep running' }).click();
    await page.getByRole('button', { name: 'Cancel …' }).click();
    await dialog.getByRole('button', { name: 'Cancel the run' }).click();
    await page.getByText('Cancelling the run day').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    assert.deepEqual(asked, []);
  });

  it('copies ids, zooms, pauses, and runs a task again', async () => {
    await go(`#/runs/${DAY}`);
    for (const name of [
      'Copy the id of the run',
      'Copy the name of the branch',
      'Zoom out',
      'Zoom in',
      'Fit',
      'Pause',
    ])
      await page.getByRole('button', { name, exact: true }).click();
    await page.getByText('The run is paused').waitFor();
    await page.keyboard.press('2');
    await page.getByRole('region', { name: 'Timeline of the tasks' }).waitFor();
    await page.getByRole('button', { name: 'Zoom in' }).click();
    await page.getByRole('button', { name: 'Zoom out' }).click();
    await server.database.pool.query(`SELECT move_task($1, 'module-30', 'skipped', 'Not needed')`, [DAY]);
    await go(`#/runs/${DAY}/tasks/module-30`);
    await page.getByRole('button', { name: 'Retry' }).click();
    await eventually(() => asked.length === 2, 'both were asked for');
    assert.deepEqual(asked, [`pause ${DAY}`, `retry ${DAY} module-30`]);
  });

  it('says what to do where there is nothing yet', async () => {
    await page.route('**/api/runs', (route) => route.fulfill({ json: [] }));
    await page.route('**/api/blockers', (route) => route.fulfill({ json: [] }));
    await go('#/');
    await page.getByRole('button', { name: 'Copy the command that starts a run' }).click();
    await page.getByRole('button', { name: 'Copy the command that writes a plan' }).click();
    await checkPage('day-empty');
    await go('#/inbox');
    await page.getByText('No questions are waiting for you').waitFor();
    await checkPage('day-empty-inbox');
    await page.unrouteAll();
  });

  it('lists its keys, which work', async () => {
    await go('#/');
    await page.getByRole('heading', { name: 'Runs' }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).getByText('go to the inbox').waitFor();
    await checkPage('day-keys');
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    await page.getByRole('button', { name: 'Keys' }).click();
    await page.keyboard.press('Escape');
    await page.keyboard.press('g');
    await page.keyboard.press('i');
    await page.getByRole('heading', { name: 'Inbox' }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('r');
    await page.getByLabel('Find a run').waitFor();
    await page.keyboard.press('/');
    // Letters belong to whoever writes.
    await page.keyboard.type('gi?');
    assert.equal(await page.getByLabel('Find a run').inputValue(), 'gi?');
    await go(`#/runs/${DAY}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.keyboard.press('2');
    await page.getByRole('region', { name: 'Timeline of the tasks' }).waitFor();
    await page.keyboard.press('1');
    await page.getByRole('table').waitFor();
    assert.deepEqual(opened.complaints, []);
  });
});
