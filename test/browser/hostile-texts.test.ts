import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { freePort } from '../../src/shared/network/free-port.js';
import { listen } from '../../src/shared/network/listen.js';
import { describeInBrowser, openPage, signIn, takePicture, type OpenedPage } from '../support/browser.js';
import { testCli, type Running, type TestCli } from '../support/cli.js';
import { startTestModel, submits, type TestModel } from '../support/model.js';
import { makeProject } from '../support/project.js';
import { scratchFolder } from '../support/repository.js';

const TOKEN = 'a-token-of-the-browser-tests';

/** What a text tries: to run a script, to load something from the canary, to be a link that runs a script. */
const attacks = (canary: string) =>
  [
    `<script>window.attacked=1;fetch("${canary}/script")</script>`,
    `<img src="${canary}/img" onerror="window.attacked=1">`,
    `<svg onload="window.attacked=1"><image href="${canary}/svg"/><script>window.attacked=1</script></svg>`,
    `</pre></title></style></textarea><iframe src="${canary}/frame" srcdoc="<script>parent.attacked=1</script>"></iframe>`,
    `"onmouseover="window.attacked=1" autofocus onfocus="window.attacked=1" x="`,
    `![x](${canary}/markdown) [link](javascript:window.attacked=1) <javascript:alert(1)>`,
    `<style>@import "${canary}/style";</style><link rel=stylesheet href="${canary}/link">`,
    '{@html "<b>x"}{{constructor.constructor("window.attacked=1")()}}${window.attacked=1}',
    'abc\u202etxt.exe\u2066\u200b\u{e0041}',
  ].join(' ');

/** A run whose every text is hostile: the plan's, the model's, the files' and the tests'. */
describeInBrowser('hostile texts', (browser) => {
  const scratch = scratchFolder();
  const requests: string[] = [];
  let canary: Server;
  let cli: TestCli;
  let model: TestModel;
  let up: Running;
  let url: string;
  let opened: OpenedPage;
  let dialogs = 0;

  before(async () => {
    canary = createServer((request, response) => {
      requests.push(request.url ?? '');
      response.setHeader('Access-Control-Allow-Origin', '*').end('window.attacked=1');
    });
    const address = `http://127.0.0.1:${await listen(canary, '127.0.0.1', await freePort(undefined))}`;
    const hostile = attacks(address);
    // A plan's names are one line of at most 200 characters, so each attack is a task of its own.
    const titles = hostile.split(/ (?=[<"![{a])/).map((text) => text.slice(0, 180));
    model = await startTestModel();
    const at = `127.0.0.1:${await freePort(undefined)}`;
    url = `http://${at}/`;
    cli = await testCli(model.url, { LEADWRIGHT_LISTEN: at, LEADWRIGHT_TOKEN: TOKEN });
    up = cli.start(['up']);
    await up.untilSaid(/Leadwright is up/);
    const tasks = titles.map((text, index) => ({
      id: `task-${index}`,
      title: `${index} ${text}`,
      description: hostile,
      issue: text.slice(0, 60),
    }));
    tasks.forEach(({ id, title }, index) =>
      model.answers(title, [
        { text: hostile, tools: [{ name: 'read_file', input: { path: 'index.html' } }] },
        index === 0
          ? { on: 'tool', tools: [{ name: 'ask_human', input: { question: hostile } }] }
          : submits(
              [
                {
                  path: `${id}.${index === 1 ? 'txt' : 'svg'}`,
                  action: 'create',
                  content: `${hostile}\nbroken\n`,
                },
              ],
              { on: 'tool' },
            ),
      ]),
    );
    const { options } = makeProject(scratch.path, 'hostile', tasks, {
      name: titles[0],
      files: { 'index.html': hostile, 'shown.txt': hostile, '<img src=x onerror=alert(1)>.txt': 'x' },
      test: 'cat shown.txt; ! grep -rq broken . --include=*.txt',
    });
    await cli.run(['run', ...options, '--id', 'hostile', '--max-corrections', '0', '--json']);
    opened = await openPage(browser(), url);
    opened.page.on('dialog', (dialog) => {
      dialogs += 1;
      void dialog.dismiss();
    });
    await signIn(opened.page, TOKEN);
  });
  after(async () => {
    up.process.kill('SIGINT');
    await up.done;
    await cli.remove();
    await model.close();
    canary.close();
    scratch.remove();
  });

  /** Opens everything that can be opened, and moves over and focuses everything. */
  const touchAll = async (page: Page) => {
    await page.evaluate(`document.querySelectorAll('details').forEach((one) => { one.open = true })`);
    await page.evaluate(`document.querySelectorAll('*').forEach((one) => {
      one.dispatchEvent(new MouseEvent('mouseover', { bubbles: true })); one.focus?.() })`);
    assert.equal(await page.evaluate(`document.querySelectorAll('[href^="javascript:" i]').length`), 0);
    assert.equal(
      await page.evaluate(
        `[...document.querySelectorAll('*')].filter((one) => [...one.attributes].some(({ name }) => /^on/i.test(name))).length`,
      ),
      0,
      'no element has a handler in an attribute',
    );
    assert.equal(await page.evaluate(`document.querySelectorAll('iframe,object,embed,image').length`), 0);
  };
  const assertUnharmed = async (page: Page) => {
    assert.equal(await page.evaluate('window.attacked'), undefined);
    assert.equal(dialogs, 0);
    assert.deepEqual(requests, []);
    assert.deepEqual(opened.complaints, [], 'nothing was left to the Content-Security-Policy');
  };
  /** The code points of the chips, and the characters that are shown as they are, in a part of the page. */
  const chips = (page: Page) => page.locator('.invisible-character').allTextContents();

  for (const [name, path, text] of [
    ['the list of runs', '#/', 'hostile'],
    ['a run', '#/runs/hostile', 'task-'],
    ['the timeline', '#/runs/hostile/timeline', 'task'],
    ['the cost', '#/runs/hostile/money', ''],
    ['a task that asks', '#/runs/hostile/tasks/task-0', 'Asks you'],
    ['a task with a failed test', '#/runs/hostile/tasks/task-1', 'Submits'],
    ['a task with an SVG', '#/runs/hostile/tasks/task-2', 'Submits'],
    ['the inbox', '#/inbox', 'Your answer'],
  ] as const) {
    it(`are texts in ${name}`, async () => {
      const { page } = opened;
      await page.goto(url + path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      if (text !== '') await page.getByText(text).filter({ visible: true }).first().waitFor();
      await touchAll(page);
      await page.waitForLoadState('networkidle');
      await takePicture(page, `hostile-${name.replaceAll(' ', '-')}`);
      await assertUnharmed(page);
      const shown = String(await page.evaluate('document.body.innerText + document.title'));
      assert.doesNotMatch(shown, /[\u200b\u202a-\u202e\u2066-\u2069\u{e0000}-\u{e0fff}]/u);
      const attributes = String(
        await page.evaluate(
          `[...document.querySelectorAll('*')].flatMap((one) => [...one.attributes].map(({ value }) => value)).join('\\n')`,
        ),
      );
      assert.doesNotMatch(attributes, /[\u200b\u202a-\u202e\u2066-\u2069\u{e0000}-\u{e0fff}]/u);
    });
  }

  it('have a chip for each character that is invisible or changes the order of others', async () => {
    const { page } = opened;
    await page.goto(`${url}#/runs/hostile/tasks/task-1`);
    await page.getByText('Submits').first().waitFor();
    await page.locator('td.code .invisible-character').first().waitFor();
    assert.deepEqual([...new Set(await chips(page))].sort(), ['U+200B', 'U+202E', 'U+2066', 'U+E0041']);
    await takePicture(page, 'hostile-chips');
  });

  it('are texts in the report', async () => {
    const file = join(scratch.path, 'report.html');
    await cli.exits(0, ['report', 'hostile', '--format', 'html', '--output', file]);
    const page = await reportIn(browser());
    await page.goto(pathToFileURL(file).href);
    await touchAll(page);
    await assertUnharmed(page);
    const shown = String(await page.evaluate('document.body.innerText'));
    assert.match(shown, /<script>window\.attacked=1/);
    assert.doesNotMatch(shown, /[\u200b\u202a-\u202e\u2066-\u2069\u{e0000}-\u{e0fff}]/u);
  });

  const reportIn = async (from: Browser): Promise<Page> => {
    const page = await (await from.newContext()).newPage();
    page.on('dialog', (dialog) => {
      dialogs += 1;
      void dialog.dismiss();
    });
    return page;
  };
});
