import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withSession } from '../../src/cli/session/session.js';
import { eventSchema, modelDeltaSchema } from '../../src/contract/events.js';
import { recordAnswer } from '../../src/db/blockers.js';
import type { Database } from '../../src/db/database.js';
import { retryTask } from '../../src/db/task-status.js';
import { blockerId, runId, taskId } from '../../src/contract/ids.js';
import { creates } from '../support/model.js';
import { makeProject } from '../support/project.js';
import { CERTIFICATE, startReceiver, type Receiver } from '../support/receiver.js';
import { useCli } from '../support/use-cli.js';
import { eventually } from '../support/eventually.js';

const SECRET = 'a-secret-of-the-receiver';

/** Notifications of blockers, and answers to them, through the command line. */
describe('a person at the command line', function () {
  this.timeout(180_000);
  let receiver: Receiver;
  const { cli, model, scratch } = useCli({
    up: () => {
      const trusted = join(scratch.path, 'ca.pem');
      writeFileSync(trusted, CERTIFICATE);
      return {
        NODE_EXTRA_CA_CERTS: trusted,
        LEADWRIGHT_WEBHOOK_SECRET: SECRET,
        LEADWRIGHT_WEBHOOK_PRIVATE: 'allow',
      };
    },
  });

  before(async () => {
    receiver = await startReceiver();
  });
  after(() => receiver.close());

  const statuses = async (run: string) => {
    const view = await cli.view(run);
    return [view.status, ...view.tasks.map(({ status }) => status)];
  };

  it('is notified by a command before `run` ends, sees how to answer, and accepts the work', async () => {
    const told = join(scratch.path, 'told.json');
    model.answers('Stubborn', [creates('a.txt', 'broken')]);
    model.answers('After it', [creates('b.txt', 'fine', { delay: 0 })]);
    const { repository, options } = makeProject(
      scratch.path,
      'taken',
      [
        { id: 'a', title: 'Stubborn' },
        { id: 'b', title: 'After it', depends_on: ['a'], test: 'true' },
      ],
      {
        on_blocker: `cat > ${told}`,
        verify: 'test -e a.txt',
        prices: { 'my-model': { input: 1, output: 1 } },
      },
    );
    const run = ['run', ...options, '--id', 'taken', '--max-corrections', '0'];
    const ran = await cli.exits(1, [...run, '--budget-usd', '50', '--model', 'my-model']);
    assert.match(ran.stdout, /After 1 attempt its tests \(.*\) still fail/);
    assert.match(ran.stdout, /leadwright answer taken:a:1 --retry 3 [^]*--accept [^]*--skip /);
    assert.match(ran.stdout, /of its budget of \$50\.00 spent/);
    const blockers = await cli.blockers('taken');
    assert.deepEqual(JSON.parse(readFileSync(told, 'utf8')), blockers[0]);

    const refused = await cli.exits(2, ['answer', 'taken:a:1', '--accept', '--skip', '--retry', '0']);
    assert.match(refused.stderr, /--retry: [^]*--accept, --skip: these options exclude each other/);
    assert.deepEqual(await cli.blockers('taken'), blockers, 'nothing was written');

    await cli.exits(0, ['answer', 'taken:a:1', '--accept', '--add-usd', '0.5']);
    const again = await cli.exits(2, ['answer', 'taken:a:1', '--skip']);
    assert.match(again.stderr, /answered before, by /);
    await cli.exits(0, ['watch', 'taken']);
    assert.deepEqual(await statuses('taken'), ['completed', 'completed', 'completed']);
    assert.equal(repository.git('show', 'leadwright/taken:a.txt'), 'broken');
    const shown = await cli.exits(0, ['show', 'taken']);
    assert.match(shown.stdout, /^a {2}completed \(accepted, tests failed\) {2}Stubborn$/m);
    assert.match(shown.stdout, /^b {2}completed {2}After it$/m);
    const task = await cli.exits(0, ['show', 'taken', 'a']);
    assert.match(task.stdout, /^Stubborn {2}completed \(accepted, tests failed\)$/m);
    assert.match((await cli.run(['status', 'taken'])).stdout, /of its budget of \$50\.50 spent/);
    const known = await cli.run([...run, '--budget-usd', '7', '--model', 'my-model']);
    assert.match(known.stderr, /started with a budget of \$50\.50, and keeps it/);
  });

  it('is asked once when the budget is used up, and the run continues with more', async () => {
    const tasks = ['a', 'b', 'c'];
    for (const id of tasks) model.answers(`Spends ${id}`, [creates(`${id}.txt`, id)]);
    const { options } = makeProject(
      scratch.path,
      'spent',
      tasks.map((id) => ({ id, title: `Spends ${id}`, test: 'true' })),
      // The shortest answer that a call is made for could cost four cents, a whole one 32.
      { prices: { 'my-model': { input: 1, output: 10 } } },
    );
    const run = ['run', ...options, '--id', 'spent', '--model', 'my-model', '--json'];
    await cli.exits(1, [...run, '--budget-usd', '0.02']);
    assert.equal(model.callsFor('Spends a') + model.callsFor('Spends b') + model.callsFor('Spends c'), 0);
    const [blocker, ...others] = await cli.blockers('spent');
    assert.deepEqual([blocker?.reason, blocker?.taskId, others], ['budget', null, []]);
    assert.deepEqual(await statuses('spent'), ['blocked', 'blocked', 'blocked', 'blocked']);

    // As the dashboard does: an answer without the needed budget is refused, and the run continues in the running stack.
    assert.equal((await cli.post('/api/runs/none/pause')).status, 404);
    assert.equal((await cli.post('/api/blockers/none:1/answer')).status, 404);
    const path = `/api/blockers/${blocker?.id ?? ''}/answer`;
    const without = await cli.post(path, { text: 'Go on.' });
    assert.equal(without.status, 409);
    assert.match(without.body, /--add-usd: is required/);
    assert.equal((await cli.post(path, {})).status, 409, 'an empty answer raises no budget');
    const tooMuch = await cli.post(path, { addUsd: 9_999_999 });
    assert.equal(tooMuch.status, 409);
    assert.match(tooMuch.body, /--add-usd: a budget cannot be above \$9999999\.00/);
    await cli.exits(2, ['answer', blocker?.id ?? '', '--add-usd', '9999999']);
    assert.deepEqual(await cli.post('/api/runs/spent/concurrency', { limit: 2 }), {
      status: 200,
      body: '{}',
    });
    assert.deepEqual(await cli.post(path, { addUsd: 0.38 }), { status: 200, body: '{}' });
    assert.match((await cli.post(path, { addUsd: 1 })).body, /answered before, by dashboard/);
    await cli.exits(0, ['watch', 'spent']);
    const view = await cli.view('spent');
    assert.equal(view.usage.modelCalls, 3);
    assert.deepEqual(view.usage.possiblyBilled, { calls: 0, costUsd: 0 });
    assert.ok(view.usage.costUsd > 0 && view.usage.costUsd < 0.4);
    assert.deepEqual(await cli.blockers('spent'), []);
  });

  it('answers in a terminal without model settings while a worker has them', async () => {
    const asks = { tools: [{ name: 'ask_human', input: { question: 'Which?' } }] };
    model.answers('Elsewhere', [asks, creates('a.txt', 'x', { on: 'answered' })]);
    const { options } = makeProject(scratch.path, 'elsewhere', [{ id: 'a', title: 'Elsewhere' }]);
    await cli.exits(1, ['run', ...options, '--id', 'elsewhere']);
    const without = { ANTHROPIC_API_KEY: undefined, ANTHROPIC_BASE_URL: undefined };
    await cli.exits(0, ['answer', 'latest:a:1', 'This one'], without);
    await cli.exits(0, ['watch', 'elsewhere'], without);
    assert.deepEqual(await statuses('elsewhere'), ['completed', 'completed']);
  });

  it('reaches the lead when an answer is repeated after its command was killed', async () => {
    const ids = ['one', 'two', 'three', 'four'];
    for (const id of ids)
      model.answers(`Stuck ${id}`, [creates('n.txt', 'broken'), creates('n.txt', 'good')]);
    const { options } = makeProject(
      scratch.path,
      'unheard',
      ids.map((id) => ({ id, title: `Stuck ${id}`, test: 'grep -q good n.txt' })),
    );
    await cli.exits(1, ['run', ...options, '--id', 'unheard', '--max-corrections', '0']);
    assert.deepEqual(await statuses('unheard'), ['blocked', ...ids.map(() => 'blocked')]);
    const recorded = (what: (db: Database) => Promise<unknown>) =>
      withSession(cli.env, 'none', ({ db }) => what(db));
    const hint = { by: 'ada', choice: { kind: 'hint' }, text: 'Write good', addUsd: 0 } as const;
    const untilTaken = (id: string) =>
      eventually(() => model.callsFor(`Stuck ${id}`) >= 2, `${id} is taken up again`);

    // During a pause: it is read when the run is resumed.
    await cli.exits(0, ['pause', 'unheard']);
    await recorded((db) => recordAnswer(db, blockerId('unheard:one:1'), hint));
    const answered = await cli.exits(0, ['answer', 'unheard:four:1', 'Write good']);
    assert.match(answered.stdout, /is paused; continue it with: {2}leadwright resume unheard/);
    await cli.exits(0, ['resume', 'unheard']);
    await untilTaken('one');

    await recorded((db) => recordAnswer(db, blockerId('unheard:two:1'), hint));
    const again = await cli.run(['answer', 'unheard:two:1', 'Write good']);
    assert.match(again.stderr, /answered before, by ada/);
    await untilTaken('two');

    await cli.exits(0, ['answer', 'unheard:three:1', '--skip']);
    // Until then the lead notices by itself that the run has an open task again.
    await eventually(async () => (await statuses('unheard'))[0] === 'failed', 'the run has ended');
    await recorded((db) => retryTask(db, { runId: runId('unheard'), taskId: taskId('three') }));
    const retried = await cli.exits(2, ['retry', 'unheard', 'three']);
    assert.match(retried.stderr, /The task three is pending/);
    await cli.exits(0, ['watch', 'unheard']);
    assert.deepEqual(await statuses('unheard'), ['completed', ...ids.map(() => 'completed')]);
  });

  it('watches an answer while it is streamed, before it is stored', async () => {
    const words = 'The price is an integer number of pence. '.repeat(5);
    model.answers('Streams', [creates('a.txt', 'x', { text: words, delay: 1_500 })]);
    const { options } = makeProject(scratch.path, 'streams', [{ id: 'a', title: 'Streams', test: 'true' }]);
    await cli.exits(0, ['run', ...options, '--id', 'streams', '--detach', '--json']);
    let streamed = '';
    for await (const message of cli.events('streams', 'a')) {
      const delta = modelDeltaSchema.safeParse(message);
      if (delta.success && delta.data.data.kind === 'text') streamed += delta.data.data.text;
      const event = eventSchema.safeParse(message);
      if (event.success && event.data.type === 'model.call') break;
    }
    assert.equal(streamed, words);
    await cli.exits(0, ['watch', 'streams']);
  });

  it('is notified by a signed webhook and skips a task; a retry runs it again', async () => {
    receiver.answer = (number) => ({ status: number === 1 ? 500 : 204 });
    model.answers('Asks', [{ tools: [{ name: 'ask_human', input: { question: 'Which one?' } }] }]);
    model.answers('Needs it', [creates('b.txt', 'x')]);
    const { options } = makeProject(
      scratch.path,
      'skipped',
      [
        { id: 'a', title: 'Asks' },
        { id: 'b', title: 'Needs it', depends_on: ['a'] },
      ],
      { on_blocker: `https://localhost:${receiver.port}/hook` },
    );
    const ran = await cli.exits(1, ['run', ...options, '--id', 'skipped']);
    const [blocker] = await cli.blockers('skipped');
    assert.deepEqual([blocker?.reason, blocker?.question], ['question', 'Which one?']);
    // The first delivery got an error: it is reported and retried.
    assert.match(ran.stdout, /Could not deliver the blocker notification with on_blocker yet \(1 try\)/);
    await eventually(() => receiver.received.length >= 2, 'it is told again');
    const [first, second] = receiver.received;
    assert.deepEqual(JSON.parse(second?.body ?? ''), blocker);
    assert.deepEqual(first?.headers['webhook-id'], second?.headers['webhook-id']);
    const {
      'webhook-id': id = '',
      'webhook-timestamp': at = '',
      'webhook-signature': signature,
    } = second?.headers ?? {};
    const expected = createHmac('sha256', SECRET)
      .update(`${String(id)}.${String(at)}.${second?.body ?? ''}`)
      .digest('base64');
    assert.equal(signature, `v1,${expected}`);

    await cli.exits(0, ['answer', 'skipped:a:1', 'Not needed.', '--skip']);
    await cli.exits(1, ['watch', 'skipped']);
    assert.deepEqual(await statuses('skipped'), ['failed', 'skipped', 'skipped']);
    model.answers('Asks', [creates('a.txt', 'x', { on: 'answered' })]);
    await cli.exits(0, ['retry', 'skipped', 'a']);
    await cli.exits(0, ['watch', 'skipped']);
    assert.deepEqual(await statuses('skipped'), ['completed', 'completed', 'completed']);
  });

  it('cannot continue a task that was cancelled with its run', async () => {
    model.answers('Put aside', [{ text: 'I will not.', stop_reason: 'refusal' }]);
    const { options } = makeProject(scratch.path, 'over', [{ id: 'a', title: 'Put aside' }]);
    await cli.run(['run', ...options, '--id', 'over']);
    await cli.run(['cancel', 'over']);
    await cli.exits(2, ['retry', 'over', 'a']);
    const answered = await cli.exits(2, ['answer', 'over:a:1', 'Go on']);
    assert.match(answered.stderr, /answered before, by cancel/);
  });
});
