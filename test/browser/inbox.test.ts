import assert from 'node:assert/strict';
import type { Page, Route } from 'playwright-core';
import { z } from 'zod';
import { blockerId, runId } from '../../src/contract/ids.js';
import { recordAnswer } from '../../src/db/blockers.js';
import { cancelRun } from '../../src/db/task-status.js';
import { recordVerified, storeVerdict } from '../../src/db/verdicts.js';
import {
  accessibilityProblems,
  describeInBrowser,
  openPage,
  signIn,
  takePicture,
  takePictures,
  type OpenedPage,
} from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { recordingControl } from '../support/recording-control.js';
import {
  BASE,
  TREE,
  begunForRun,
  driveTo,
  key,
  recordRun,
  statusOf,
  storeAttemptOf,
  workerOf,
} from '../support/run-record.js';
import { openTestServer, TOKEN, type TestServer } from '../support/server.js';

/** More than a browser has connections to one server. */
const MANY = Array.from({ length: 12 }, (_, index) => `part-${index + 1}`);

describeInBrowser('the dashboard: answers', (browser) => {
  let server: TestServer;
  let opened: OpenedPage;
  let page: Page;
  const { asked, control } = recordingControl();

  before(async () => {
    server = await openTestServer({ control });
    opened = await openPage(browser(), server.running.url, { width: 1400 });
    page = opened.page;
    await signIn(page, TOKEN);
  });
  after(() => server.close());
  beforeEach(async () => {
    asked.length = 0;
    // Whatever an earlier test left open, when it failed.
    await server.database.pool.query(
      `UPDATE blockers SET resolved_at = clock_timestamp(), resolved_by = 'test', answer = '' WHERE resolved_at IS NULL`,
    );
  });
  afterEach(() => assert.deepEqual(opened.complaints, []));

  const go = async (fragment: string) => {
    await page.goto('about:blank');
    await page.goto(`${server.running.url}/${fragment}`);
  };
  /** Records a run all of whose tasks are in progress. */
  const record = async (run: string, tasks: readonly string[]) => {
    const { database } = server;
    await recordRun(
      database,
      run,
      tasks.map((id) => ({ id })),
      { planHash: run, budgetUsd: 20 },
    );
    for (const task of tasks) await driveTo(database, key(run, task), 'in_progress');
  };
  /** Records a run all of whose tasks ask something. */
  const recordAsking = async (run: string, tasks: readonly string[]) => {
    await record(run, tasks);
    for (const task of tasks) await ask(run, task, 'question', `What is ${task}?`);
  };
  const ask = (run: string, task: string | null, reason: string, question: string) =>
    server.database.pool.query('SELECT raise_blocker($1, $2, $3, $4, NULL)', [run, task, reason, question]);
  /** Answers as another person, or the command line. */
  const answerElsewhere = async (id: string) => {
    const hint = { by: 'cli', choice: { kind: 'hint' }, text: 'So.', addUsd: 0 } as const;
    assert.ok(await recordAnswer(server.database, blockerId(id), hint));
  };
  const summary = (task: string) => page.locator('summary').filter({ hasText: task });
  const article = (task: string) => page.getByRole('article').filter({ hasText: `What is ${task}?` });

  it('keep what a person writes while another question is answered elsewhere', async () => {
    await recordAsking('written', ['first', 'second', 'third']);
    await go('#/inbox');
    await article('first').getByRole('textbox').waitFor();
    await summary('third').click();
    await article('third').getByRole('textbox').fill('Half an answer');
    await answerElsewhere('written:first:1');
    await summary('first').waitFor({ state: 'detached' });
    assert.equal(await article('third').getByRole('textbox').inputValue(), 'Half an answer');
    // When nothing is open any more, the next question opens by itself.
    await article('third').getByRole('button', { name: 'Send answer' }).click();
    await article('second').getByRole('textbox').fill('So.');
    await article('second').getByRole('button', { name: 'Send answer' }).click();
    await page.getByText('No questions are waiting for you').waitFor();
  });

  it('keep what a person writes when the same question is answered elsewhere', async () => {
    await recordAsking('taken', ['mine']);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    for (const place of ['#/inbox', '#/runs/taken/tasks/mine']) {
      await go(place);
      await article('mine').getByRole('textbox').fill(`Half an answer at ${place}`);
      await answerElsewhere(`taken:mine:${place === '#/inbox' ? 1 : 2}`);
      await article('mine').waitFor({ state: 'detached' });
      await page.getByText(/Your answer was not sent: the question taken:mine:\d was answered/).waitFor();
      assert.deepEqual(await accessibilityProblems(page), []);
      await takePicture(page, 'inbox-unsent');
      const kept = page.getByRole('textbox', { name: /Your answer to taken:mine/ });
      assert.equal(await kept.inputValue(), `Half an answer at ${place}`);
      await page.getByRole('button', { name: /Copy your answer to/ }).click();
      await eventually(
        async () => (await page.evaluate('navigator.clipboard.readText()')) === `Half an answer at ${place}`,
        'the text is copied',
      );
      await page.getByRole('button', { name: 'Dismiss' }).click();
      await kept.waitFor({ state: 'detached' });
      await driveTo(server.database, key('taken', 'mine'), 'in_progress');
      await ask('taken', 'mine', 'question', 'What is mine?');
    }
  });

  it('are not taken for shortcuts of the page when their question goes while a person writes', async () => {
    await recordAsking('typed', ['going']);
    await go('#/inbox');
    await article('going').getByRole('textbox').click();
    await page.keyboard.type('Half an an');
    await answerElsewhere('typed:going:1');
    await article('going').waitFor({ state: 'detached' });
    await page.keyboard.type('gr?');
    assert.equal(await page.evaluate('location.hash'), '#/inbox');
    assert.equal(await page.getByRole('dialog').count(), 0);
    // Whoever turns to something else can use them again.
    await page.getByRole('button', { name: 'Dismiss' }).click();
    await page.keyboard.type('gr');
    await page.getByRole('heading', { level: 1, name: 'Runs' }).waitFor();
  });

  it('keep what a person writes over a reload, until it is sent or discarded', async () => {
    await recordAsking('reloaded', ['first', 'second']);
    const kept = async () =>
      z
        .array(z.string())
        .parse(await page.evaluate('Object.keys(sessionStorage)'))
        .filter((name) => name !== 'leadwright.token');
    await go('#/inbox');
    await article('first').getByRole('textbox').fill('Half an answer');
    await summary('second').click();
    await article('second').getByRole('textbox').fill('Another half');
    await page.reload();
    assert.equal(await article('first').getByRole('textbox').inputValue(), 'Half an answer');
    assert.equal(await article('second').getByRole('textbox').inputValue(), 'Another half');
    await article('first').getByRole('button', { name: 'Send answer' }).click();
    await summary('first').waitFor({ state: 'detached' });
    assert.equal((await kept()).length, 1);
    await page.goto('about:blank');
    await answerElsewhere('reloaded:second:1');
    await go('#/inbox');
    const unsent = page.getByRole('textbox', { name: 'Your answer to reloaded:second:1' });
    for (const isReloaded of [false, true]) {
      if (isReloaded) await page.reload();
      await page.getByText('Your answer was not sent: the question reloaded:second:1').waitFor();
      assert.equal(await unsent.inputValue(), 'Another half');
    }
    await page.getByRole('button', { name: 'Dismiss' }).click();
    assert.deepEqual(await kept(), []);
  });

  it('keep what a person writes while the token expires, and on other pages', async () => {
    await recordAsking('expired', ['first', 'second']);
    await go('#/inbox');
    await article('first').getByRole('textbox').waitFor();
    await summary('second').click();
    await article('second').getByRole('textbox').fill('Half an answer');
    await page.getByRole('link', { name: 'Runs' }).click();
    await page.getByRole('cell', { name: 'expired' }).getByRole('link').first().click();
    await summary('second').getByText('Go on writing').waitFor();
    await page.getByRole('link', { name: /^Inbox/ }).click();
    assert.equal(await article('second').getByRole('textbox').inputValue(), 'Half an answer');

    await page.route('**/answer', (route) => route.fulfill({ status: 401, json: {} }));
    await article('second').getByRole('button', { name: 'Send answer' }).click();
    await page.getByText('The answer that you are writing is kept').waitFor();
    await page.unroute('**/answer');
    await signIn(page, TOKEN);
    assert.equal(await article('second').getByRole('textbox').inputValue(), 'Half an answer');
    await article('second').getByRole('button', { name: 'Send answer' }).click();
    await summary('second').waitFor({ state: 'detached' });
    assert.equal(await page.getByText('Your answer was not sent').count(), 0);
    assert.deepEqual(asked, ['hint expired:second:1']);
  });

  it('say that they were not sent when the server was away, and are sent the next time', async () => {
    await recordAsking('lost', ['away']);
    await go('#/inbox');
    await article('away').getByRole('textbox').fill('So.');
    await page.route('**/answer', (route) => route.abort());
    await article('away').getByRole('button', { name: 'Send answer' }).click();
    await page.getByText('Not sent: the server did not answer.').waitFor();
    // It may answer again by now.
    assert.equal(await page.getByText('does not answer').count(), 0);
    await page.unroute('**/answer');
    await article('away').getByRole('button', { name: 'Send answer' }).click();
    await page.getByText('No questions are waiting for you').waitFor();
    assert.deepEqual(asked, ['hint lost:away:1']);
  });

  it('are not asked for in place of one that a link names, and that is answered', async () => {
    await recordAsking('linked', ['named', 'other']);
    await go('#/inbox?question=linked:named:1');
    await article('named').getByRole('textbox').waitFor();
    await answerElsewhere('linked:named:1');
    await page
      .getByText('There is no open question linked:named:1. It may have been answered already')
      .waitFor();
    await summary('other').waitFor();
    assert.equal(await page.getByRole('article').count(), 0, 'no other question opens by itself');
    await summary('other').click();
    await article('other').getByRole('textbox').fill('So.');
    await article('other').getByRole('button', { name: 'Send answer' }).click();
    await page.getByText('No questions are waiting for you').waitFor();
  });

  it('are not asked for any more when a reload has sent one that could still be undone', async () => {
    await recordAsking('hasty', ['undone']);
    await go('#/inbox');
    await article('undone').getByRole('button', { name: 'Complete without work' }).click();
    await page.getByText('Completing without work').waitFor();
    const openBefore = await (await page.waitForResponse('**/api/blockers')).text();
    // The answer arrives between the first list of questions and what is read of the one that is open.
    const listBefore = async (route: Route) => {
      await eventually(async () => {
        const open = await server.database.pool.query(`SELECT id FROM blockers WHERE resolved_at IS NULL`);
        return open.rowCount === 0;
      }, 'the answer has arrived');
      await route.fulfill({ contentType: 'application/json', body: openBefore });
    };
    await page.route('**/api/blockers', listBefore, { times: 1 });
    await page.reload();
    // Sooner than the next poll.
    await page.getByText('No questions are waiting for you').waitFor({ timeout: 3_500 });
  });

  it('about a selection are all sent when the page is left before their time is over', async () => {
    await recordAsking('many', MANY);
    await go('#/inbox');
    await page.getByLabel('Select all').check();
    await page.getByRole('button', { name: `Skip ${MANY.length} …` }).click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: `Skip the ${MANY.length} tasks` })
      .click();
    await eventually(
      async () => (await page.getByText('Skipping …').count()) === MANY.length,
      'each row says that its task is about to be skipped',
    );
    await page.goto('about:blank');
    for (const task of MANY)
      await eventually(
        async () => (await statusOf(server.database, key('many', task))) === 'skipped',
        `${task} is skipped`,
      );
  });

  it('about a selection tell in the past tense that the server was away, and can be sent again', async () => {
    await record('bulk', ['one', 'two']);
    for (const task of ['one', 'two']) await ask('bulk', task, 'tests_failed', `What is ${task}?`);
    await go('#/inbox');
    await page.getByLabel('Select all').check();
    await page.route('**/api/**', (route) => route.abort());
    await page.getByRole('button', { name: 'Retry 2' }).click();
    await page.getByText('2 of 2 answers failed: The server did not answer.').waitFor();
    await page.unroute('**/api/**');
    await page.getByRole('button', { name: 'Retry 2' }).click();
    await page.getByText('No questions are waiting for you').waitFor();
    assert.deepEqual(asked.toSorted(), ['retry bulk:one:1', 'retry bulk:two:1']);
  });

  it('that fail are told on whatever page is open by then', async () => {
    await recordAsking('failing', ['one', 'two']);
    await go('#/inbox');
    await page.getByLabel('Select all').check();
    await page.route('**/failing%3Atwo%3A1/answer', (route) => route.abort());
    await page.getByRole('button', { name: 'Skip 2 …' }).click();
    await page.getByRole('dialog').getByText('No other task depends on them').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Keep the questions' }).click();
    await page.getByRole('button', { name: 'Skip 2 …' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Skip the 2 tasks' }).click();
    await page.getByRole('link', { name: 'Runs' }).click();
    await page.getByText(/Skipping 2 tasks failed: 1 of 2 answers failed/).waitFor();
    await page.getByRole('button', { name: 'Dismiss' }).click();
    await page.unroute('**/failing%3Atwo%3A1/answer');
    assert.deepEqual(asked, ['skip failing:one:1']);
    await answerElsewhere('failing:two:1');
  });

  it('about a run raise its budget, check its branch again, accept it, or try again', async () => {
    await record('whole', []);
    for (const [reason, buttons, answer] of [
      ['budget', ['Raise the budget'], 'money'],
      ['verify', ['Verify again', 'Accept the branch'], 'hint'],
      ['verify', ['Accept the branch', 'Verify again'], 'accept'],
      ['model_access', ['Try again'], 'hint'],
    ] as const) {
      asked.length = 0;
      await ask('whole', null, reason, `It waits: ${reason}`);
      await go('#/inbox');
      const question = page.getByRole('article').filter({ hasText: `It waits: ${reason}` });
      for (const name of buttons) await question.getByRole('button', { name, exact: true }).waitFor();
      await question.getByRole('button', { name: buttons[0], exact: true }).click();
      if (answer === 'accept') {
        await page.getByText('Accepting the branch of the run whole').waitFor();
        await page.getByRole('button', { name: 'Undo' }).click();
        assert.deepEqual(asked, []);
        await question.getByRole('button', { name: buttons[0], exact: true }).click();
      }
      await page.getByText('No questions are waiting for you').waitFor();
      assert.deepEqual(
        asked.map((one) => one.split(' ')[0]),
        [answer],
      );
    }
  });

  it('about a branch that fails verify show its output, as the page of the run does once that is accepted', async () => {
    const { database } = server;
    await record('red', ['done']);
    await driveTo(database, key('red', 'done'), 'completed');
    const command = 'npm run check';
    const verdict = await storeVerdict(
      database,
      await workerOf(database),
      { runId: runId('red'), tree: TREE, command, environment: '' },
      BASE,
      {
        passed: false,
        exitCode: 1,
        notFound: false,
        ms: 40,
        summary: 'exit code 1: 1 failing',
        output: 'linted 3 files\n  1 failing\n  1) the cart\n     AssertionError: 3 is not 4',
      },
    );
    await recordVerified(database, await begunForRun(database, 'red'), BASE, verdict);
    await ask('red', null, 'verify', 'The branch fails its checks.');
    const seen = page.getByText('AssertionError: 3 is not 4');
    await go('#/inbox');
    await page
      .getByRole('article')
      .filter({ has: seen })
      .getByRole('button', { name: 'Verify again' })
      .waitFor();
    await go('#/runs/red');
    assert.equal(await page.getByRole('heading', { name: 'Why verify failed' }).count(), 0);
    await page.locator('summary').filter({ hasText: 'The run' }).click();
    await page.getByRole('article').filter({ has: seen }).waitFor();
    await takePictures(page, 'verify-asked');
    await database.pool.query(
      `UPDATE blockers SET resolved_at = clock_timestamp(), resolved_by = 'test', answer = '' WHERE run_id = 'red'`,
    );
    await database.pool.query(`SELECT move_run('red', 'completed')`);
    const shown = page.getByRole('region', { name: 'Why verify failed' });
    await shown.getByText('AssertionError: 3 is not 4').waitFor();
    await shown.getByText(command).waitFor();
    await page.getByRole('region', { name: 'The question about the run' }).waitFor({ state: 'detached' });
    assert.deepEqual(await accessibilityProblems(page), []);
    await takePictures(page, 'verify-failed');
    await page.setViewportSize({ width: 360, height: 800 });
    await takePicture(page, 'verify-failed-360');
    await page.setViewportSize({ width: 1400, height: 900 });
  });

  it('are counted in the title of the page, also while another tab hides it', async () => {
    await record('titled', ['one', 'two']);
    await go('#/inbox');
    await page.getByText('No questions are waiting for you').waitFor();
    assert.equal(await page.title(), 'Inbox · Leadwright');
    await page.evaluate(`Object.defineProperty(document, 'hidden', { get: () => true })`);
    for (const task of ['one', 'two']) await ask('titled', task, 'question', `What is ${task}?`);
    await eventually(
      async () => (await page.title()) === '(2) Inbox · Leadwright',
      'the title has their number',
    );
  });

  for (const [width, place] of [
    [1400, 'inbox'],
    [360, 'inbox'],
    [1400, 'runs/free'],
    [360, 'runs/free'],
  ] as const) {
    it(`have buttons that no notice covers, on #/${place} at ${width} px`, async () => {
      const { database } = server;
      await database.pool.query(`DELETE FROM runs WHERE id = 'free'`);
      await recordAsking('free', ['one', 'two']);
      await page.setViewportSize({ width, height: 800 });
      await go(`#/${place}`);
      if (place !== 'inbox') await summary('one').click();
      await article('one').getByRole('button', { name: 'Complete without work' }).click();
      await page.getByText('Completing without work the task one').waitFor();
      await summary('one').click();
      await summary('two').click();
      const button = article('two').getByRole('button', { name: 'Complete without work' });
      await button.scrollIntoViewIfNeeded();
      await page.evaluate('scrollTo(0, document.documentElement.scrollHeight)');
      await takePicture(page, `notice-${place.replace('/', '-')}-${width}`);
      // Fails when something else would get the click.
      await button.click({ trial: true, timeout: 3_000 });
      await page.getByRole('button', { name: 'Undo' }).click();
      await page.setViewportSize({ width: 1400, height: 900 });
    });
  }

  it('skip a task, with the text as the recorded reason', async () => {
    await recordAsking('reasoned', ['odd']);
    await go('#/inbox');
    const dialog = page.getByRole('dialog');
    await article('odd').getByRole('button', { name: 'Skip …' }).click();
    await dialog.getByText('No other task depends on it').waitFor();
    assert.equal(await dialog.getByText('recorded as the reason').count(), 0);
    await dialog.getByRole('button', { name: 'Keep the question' }).click();
    await article('odd').getByLabel('Your answer, or the reason for a skip').fill('Not this year.');
    await article('odd').getByRole('button', { name: 'Skip …' }).click();
    await dialog.getByText('Your text is recorded as the reason.').waitFor();
    await dialog.getByRole('button', { name: 'Keep the question' }).click();
    await answerElsewhere('reasoned:odd:1');
  });

  it('complete a task without work', async () => {
    await recordAsking('idle', ['nothing']);
    await go('#/inbox');
    const complete = article('nothing').getByRole('button', { name: 'Complete without work' });
    await complete.click();
    await page.getByText('Completing without work the task nothing').waitFor();
    await summary('nothing').getByText('Completing …').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await complete.click();
    assert.deepEqual(asked, []);
    // Once the time to undo is over.
    await page.getByText('No questions are waiting for you').waitFor();
    assert.deepEqual(asked, ['accept idle:nothing:1']);
  });

  it('allow an agent more attempts', async () => {
    await recordAsking('more', ['red']);
    await answerElsewhere('more:red:1');
    await driveTo(server.database, key('more', 'red'), 'pending');
    await ask('more', 'red', 'tests_failed', 'What is red?');
    await go('#/inbox');
    await article('red').getByLabel('Number of further attempts').fill('2');
    await article('red').getByRole('button', { name: 'Allow more attempts' }).click();
    await page.getByText('No questions are waiting for you').waitFor();
    assert.deepEqual(asked, ['retry more:red:2']);
  });

  it('continue a run that was cancelled, and the failed tasks of one that failed', async () => {
    await record('stopped', ['open']);
    await cancelRun(server.database, runId('stopped'));
    await go('#/runs/stopped');
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByText('The run continues with its open tasks and questions').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Cancel …' }).count(), 0);

    await record('unverified', ['done']);
    await driveTo(server.database, key('unverified', 'done'), 'completed');
    await ask('unverified', null, 'verify', 'The branch fails its checks.');
    await cancelRun(server.database, runId('unverified'));
    await go('#/runs/unverified');
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByText('The run continues with its open tasks and questions').waitFor();

    await record('broken', ['bad', 'good']);
    await server.database.pool.query(`SELECT move_task('broken', 'bad', 'failed', 'because')`);
    await server.database.pool.query(`SELECT move_task('broken', 'good', 'completed')`);
    await server.database.pool.query(`SELECT move_run('broken', 'failed')`);
    await go('#/runs/broken');
    await page.getByRole('button', { name: 'Try the failed tasks again' }).click();
    await page.getByText('The failed tasks run again').waitFor();

    await record('left-out', ['left', 'kept']);
    await server.database.pool.query(`SELECT move_task('left-out', 'left', 'blocked')`);
    await server.database.pool.query(`SELECT move_task('left-out', 'left', 'skipped', 'not needed')`);
    await server.database.pool.query(`SELECT move_task('left-out', 'kept', 'completed')`);
    await server.database.pool.query(`SELECT move_run('left-out', 'failed')`);
    await go('#/runs/left-out');
    await page.getByRole('button', { name: 'Try the skipped tasks again' }).click();
    await page.getByText('The skipped tasks run again').waitFor();
    assert.deepEqual(asked, [
      'resume stopped',
      'resume unverified',
      'retry the failed of broken',
      'retry the failed of left-out',
    ]);
  });

  it('say that the server does not answer until it answers again', async () => {
    const away = page.getByText('The server does not answer');
    const failsOnce = async (press: () => Promise<void>) => {
      await page.route('**/api/**', (route) => route.abort());
      await press();
      await away.waitFor();
      await page.unroute('**/api/**');
      await away.waitFor({ state: 'detached' });
    };
    const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
    await record('answering', ['red', 'open']);
    await server.database.pool.query(`SELECT move_task('answering', 'red', 'failed', 'because')`);
    await go('#/runs/answering');
    await failsOnce(() => press('Pause'));
    await page.getByLabel('Concurrency').fill('7');
    await failsOnce(() => press('Set'));
    assert.equal(await page.getByLabel('Concurrency').inputValue(), '7', 'what was typed is still there');
    await page.getByRole('table').getByRole('link', { name: 'Do red' }).click();
    await failsOnce(() => press('Retry'));
    assert.deepEqual(asked, []);
  });

  it('leave the keyboard where it can go on', async () => {
    await recordAsking('keys', ['only']);
    await go('#/runs/keys');
    const button = (name: string) => page.getByRole('button', { name, exact: true });
    const press = async (name: string) => {
      await button(name).focus();
      await page.keyboard.press('Enter');
    };
    const onHeading = () => page.locator('h1:focus').waitFor();
    await page.route('**/api/**', (route) => route.abort());
    await press('Pause');
    await page.getByText('The server does not answer').waitFor();
    await page.locator('button:focus', { hasText: 'Pause' }).waitFor();
    await page.unroute('**/api/**');
    await press('Pause');
    await page.getByText('The run is paused').waitFor();
    await onHeading();
    await press('Cancel …');
    await press('Keep running');
    await page.locator('button:focus', { hasText: 'Cancel …' }).waitFor();
    await press('Cancel …');
    await press('Cancel the run');
    await onHeading();
    await press('Undo');
    await button('Undo').waitFor({ state: 'detached' });
    await onHeading();
    await answerElsewhere('keys:only:1');
  });

  it('to a long question can be given after reading it with the keyboard only', async () => {
    const long = Array.from({ length: 60 }, (_, index) => `- Line ${index + 1}`).join('\n');
    await record('long', ['wordy']);
    await storeAttemptOf(server.database, key('long', 'wordy'), long);
    await ask('long', 'wordy', 'question', `What is wordy?\n${long}`);
    await go('#/inbox');
    await article('wordy').getByRole('textbox').waitFor();
    for (const name of ['The question about wordy', 'The agent about its work on wordy']) {
      const region = page.getByRole('region', { name });
      await region.focus();
      await page.keyboard.press('End');
      await eventually(
        async () => Number(await page.evaluate('document.activeElement.scrollTop')) > 0,
        `${name} scrolls`,
      );
    }
    assert.deepEqual(await accessibilityProblems(page), []);
    await answerElsewhere('long:wordy:1');
  });

  it('leave what has the keyboard in view, not behind the header', async () => {
    await recordAsking('covered', ['tall']);
    await page.setViewportSize({ width: 360, height: 640 });
    await go('#/runs/covered/tasks/tall');
    const header = (await page.getByRole('banner').boundingBox()) ?? assert.fail('there is a header');
    const link = article('tall').getByRole('link').first();
    await link.waitFor();
    await page.evaluate('scrollBy(0, document.querySelector("article a").getBoundingClientRect().top)');
    await link.focus();
    const focused = await link.boundingBox();
    await page.setViewportSize({ width: 1400, height: 900 });
    assert.ok(focused !== null && focused.y >= header.height, `${focused?.y} is behind the header`);
    await answerElsewhere('covered:tall:1');
  });

  it('leave a phone room for what they are about', async () => {
    await recordAsking('phone', ['narrow']);
    await page.setViewportSize({ width: 360, height: 640 });
    await go('#/inbox');
    const label = article('narrow').getByText('Your answer');
    const field = (await label.boundingBox()) ?? assert.fail('the label is shown');
    // The label is at the foot of the screen, the buttons are below it.
    await page.setViewportSize({ width: 360, height: Math.ceil(field.y + field.height) });
    await takePicture(page, 'inbox-phone');
    const answers = await article('narrow').getByRole('button', { name: 'Send answer' }).boundingBox();
    await page.setViewportSize({ width: 1400, height: 900 });
    assert.ok(
      answers !== null && answers.y >= field.y + field.height,
      'the buttons cover nothing above them',
    );
  });
});
