import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { startScriptedModel, type ScriptedModel } from '../../src/model/scripted/scripted-model.js';
import type { Answer } from '../../src/model/scripted/script.js';
import { deferred } from '../../src/shared/async/deferred.js';
import { freePort } from '../../src/shared/network/free-port.js';
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
import { server, SERVER, SERVER_PATH } from '../support/mcp-servers.js';
import { makeProject } from '../support/project.js';
import { scratchFolder } from '../support/repository.js';

const TOKEN = 'a-token-of-the-browser-tests';
const LINES = 5_000;

/** An agent that edits its draft, runs commands, calls an MCP server, outgrows its conversation and goes on from a summary. */
const ANSWERS: readonly Answer[] = [
  {
    text: 'First the price, then the formatter.',
    tools: [
      {
        name: 'edit_files',
        input: {
          files: [
            { path: 'shop.txt', action: 'modify', edits: [{ search: 'price: 1', replace: 'price: 2' }] },
            { path: 'cart.txt', action: 'modify', content: 'never shown' },
          ],
        },
      },
      {
        name: 'run_command',
        input: {
          command: `seq 1 ${LINES} && cp shop.txt shop.lock && exit 3`,
          keep: ['shop.lock', 'test/shop.test.txt'],
        },
      },
    ],
  },
  { text: 'The window is full.', stop_reason: 'model_context_window_exceeded' },
  { text: '## Tried\nThe price, and a command that failed.\n\n## Left to do\nSubmit the draft.' },
  {
    text: 'I go on from the summary.',
    tools: [
      { name: 'run_command', input: { command: 'cat shop.txt' } },
      { name: 'docs__echo', input: { say: 'hello' } },
    ],
  },
  { tools: [{ name: 'submit_changes', input: { explanation: 'The draft, as it is.' } }] },
];

describeInBrowser('the dashboard: an agent at work', (browser) => {
  const scratch = scratchFolder();
  const second = deferred<undefined>();
  let model: ScriptedModel;
  let cli: TestCli;
  let up: Running;
  let opened: OpenedPage;
  let page: Page;

  before(async () => {
    let given = 0;
    model = await startScriptedModel({
      answer: async () => {
        const number = given++;
        // The page is open before the second answer.
        if (number === 1) await second.promise;
        return ANSWERS[number] ?? assert.fail('no answer left');
      },
    });
    const listen = `127.0.0.1:${await freePort(undefined)}`;
    cli = await testCli(model.url, { LEADWRIGHT_LISTEN: listen, LEADWRIGHT_TOKEN: TOKEN });
    up = cli.start(['up']);
    await up.untilSaid(/Leadwright is up/);
    const test = 'grep -q "price: 2" shop.txt';
    const tasks = [{ id: 'price', title: 'Raise the price', files: ['shop.txt'], test, mcp: ['docs'] }];
    const files = {
      'shop.txt': 'name: shop\nprice: 1\n',
      'cart.txt': 'empty\n',
      'AGENTS.md': 'Use tabs.\n',
      [SERVER_PATH]: SERVER,
    };
    const { options } = makeProject(scratch.path, 'work', tasks, { files, mcp: { docs: server('plain') } });
    await cli.exits(0, ['run', ...options, '--id', 'work', '--detach', '--json']);
    opened = await openPage(browser(), `http://${listen}/`);
    page = opened.page;
    await signIn(page, TOKEN);
    await page.goto(`http://${listen}/#/runs/work/tasks/price`);
  });
  after(async () => {
    second.resolve(undefined);
    up.process.kill('SIGINT');
    await up.done;
    await cli.remove();
    await model.close();
    scratch.remove();
  });

  const turn = (number: number) => page.getByRole('article', { name: `Turn ${number}`, exact: true });

  it('shows edits, and commands with their output, while the task is running', async () => {
    await turn(1)
      .getByText(/exit 3, \d/)
      .waitFor();
    await turn(1)
      .getByText(/Changed shop\.txt\./)
      .waitFor();
    await turn(1)
      .getByText(/"cart\.txt": /)
      .waitFor();
    await turn(1).getByText('Kept shop.lock.').waitFor();
    const time = turn(1).locator('header time');
    assert.match(await time.innerText(), /just now|min ago/);
    assert.match((await time.getAttribute('title')) ?? '', /20\d\d.*\d:\d\d:\d\d/, 'the exact time');
    await turn(1)
      .getByText(/"test\/shop\.test\.txt": /)
      .waitFor();
    const output = turn(1).getByRole('group', { name: 'Output of the command' });
    const lines = async () => (await output.innerText()).trimEnd().split('\n');
    const shortened = await lines();
    assert.ok(shortened.some((line) => line.includes('characters left out')));
    assert.deepEqual([shortened[0], shortened.at(-1)], ['1', String(LINES)]);
    await turn(1).getByRole('button', { name: 'Show the whole output' }).click();
    await turn(1).getByRole('button').waitFor({ state: 'detached' });
    assert.equal((await lines()).length, LINES);
  });

  it('shows the instructions of the project and the map in the first message', async () => {
    await turn(1).getByText('the task, as the agent was given it').click();
    await turn(1).getByText('Instructions of the project').waitFor();
    await turn(1).getByText('Use tabs.').waitFor();
    await turn(1).getByText('repository map').last().waitFor();
  });

  it('shows the diff of a turn when it is opened', async () => {
    await turn(1).getByText('Changes of the draft').click();
    await turn(1).getByRole('group', { name: 'Changes in shop.txt' }).getByText('price: 2').waitFor();
    await turn(1).getByRole('group', { name: 'Changes in shop.lock' }).waitFor();
    await turn(1).scrollIntoViewIfNeeded();
    await takePictures(page, 'work');
  });

  it('shows the summary of a conversation, and that another one goes on from it', async () => {
    second.resolve(undefined);
    await page
      .getByRole('heading', {
        name: /^conversation 2, from a summary: .*window \(\d+ tokens, summarised in \d+\)$/,
      })
      .waitFor();
    await page.getByText('completed', { exact: true }).first().waitFor();
    const summary = turn(3).getByText(/Submit the draft\./);
    assert.equal(await summary.isVisible(), false, 'the summary is collapsed');
    await turn(3).getByText('Summary of the conversation').click();
    await summary.waitFor();
    await turn(4).getByText('the task and what was done so far').click();
    await turn(4).getByText('# So far').waitFor();
    await turn(4)
      .getByText(/exit 0, \d/)
      .waitFor();
    await turn(4).getByText('docs__echo {"say":"hello"}').waitFor();
    await turn(4)
      .getByText(/Answered, \d/)
      .waitFor();
    const result = turn(4).getByRole('group', { name: 'Result of the call' });
    assert.match(await result.innerText(), /"input":\{"say":"hello"\}/);
    await page.getByText(/\d+ % of input from cache/).waitFor();
    await page.getByRole('heading', { name: /^conversation 2/ }).scrollIntoViewIfNeeded();
    await takePictures(page, 'work-summary');
    assert.deepEqual(await accessibilityProblems(page), []);
    assert.equal(await widthOn(page, 360), 360);
    await page.setViewportSize({ width: 360, height: 800 });
    await turn(1).scrollIntoViewIfNeeded();
    await takePicture(page, 'work-360');
    await turn(4).scrollIntoViewIfNeeded();
    await takePicture(page, 'work-360-summary');
    assert.deepEqual(opened.complaints, []);
  });

  it('shows what `show` prints', async () => {
    const shown = (await cli.run(['show', 'work', 'price'])).stdout;
    assert.match(shown, /^Raise the price {2}completed\n\d+ % of the input tokens/);
    assert.match(shown, /\n {4}exit 3, [^\n]*\n[^]*\n {4}4999\n {4}5000\n/);
    assert.match(
      shown,
      /\n {2}The draft changed in 2 files:\n {4}shop\.lock {2}\+2 -0\n {4}shop\.txt {2}\+1 -1\n/,
    );
    assert.match(shown, /\n {2}docs__echo \{"say":"hello"\}\n {4}Answered, [^\n]*\n/);
    assert.match(shown, /\n── turn 3, attempt 1, the summary of conversation 1\n/);
    assert.match(shown, /\n══ conversation 2, from a summary: .*\n\n── turn 4/);
    const ends =
      /\n\nTests passed \(.+\): .+\nOn leadwright\/work as [0-9a-f]{10}\. Its changes: {2}leadwright diff work price\n$/;
    assert.match(shown, ends);
  });
});
