import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { blockerViewSchema } from '../../src/contract/contract.js';
import { LINE_KINDS } from '../../src/runs/report/run-export.js';
import { eventsOf, runOf, testCli, type Running, type TestCli } from '../support/cli.js';
import { creates, startTestModel, submits, type TestModel } from '../support/model.js';
import { makeProject } from '../support/project.js';
import { scratchFolder } from '../support/repository.js';
import { differences, snapshot } from '../support/snapshot.js';

/** A line of an export, as far as every one of them is the same. */
const exportLineSchema = z.looseObject({ kind: z.enum(LINE_KINDS) });

/** Whole runs through the command line, on one stack that a person keeps up. */
describe('a run from the command line', function () {
  this.timeout(120_000);
  let model: TestModel;
  let cli: TestCli;
  let up: Running;
  const scratch = scratchFolder();

  before(async () => {
    model = await startTestModel();
    cli = await testCli(model.url);
    up = cli.start(['up']);
    await up.untilSaid(/Leadwright is up/);
  });
  after(async () => {
    up.process.kill('SIGINT');
    const left = await up.done;
    const remaining = cli.processes();
    await cli.remove();
    await model.close();
    scratch.remove();
    assert.equal(left.code, 0, left.stderr);
    assert.deepEqual(remaining, [], 'up leaves no process behind');
  });

  it('gives a branch with a commit a task, and touches nothing else of the repository', async () => {
    model.answers('The price', [
      creates('price.txt', 'broken\n'),
      submits([{ path: 'price.txt', action: 'modify', edits: [{ search: 'broken', replace: 'good' }] }], {
        on: 'red',
      }),
    ]);
    model.answers('The cart', [
      { tools: [{ name: 'read_file', input: { path: 'price.txt' } }] },
      creates('cart.txt', 'a cart\n', { on: 'tool' }),
    ]);
    const { repository, options } = makeProject(scratch.path, 'shop', [
      { id: 'cart', title: 'The cart', depends_on: ['price'] },
      { id: 'price', title: 'The price' },
    ]);
    repository.write({ 'draft.txt': 'not committed\n' });
    const base = repository.head();
    const before = snapshot(repository.root);

    const ran = await cli.run(['run', ...options, '--id', 'shop', '--json']);
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stderr, /uncommitted changes/);
    const run = runOf(ran);
    assert.deepEqual(
      run.tasks.map(({ id, status, attempts, corrections }) => ({ id, status, attempts, corrections })),
      [
        { id: 'cart', status: 'completed', attempts: 1, corrections: 0 },
        { id: 'price', status: 'completed', attempts: 2, corrections: 1 },
      ],
    );
    assert.deepEqual(
      { base: run.base, branch: run.branch, repo: run.repo, calls: run.usage.modelCalls },
      { base, branch: 'leadwright/shop', repo: repository.root, calls: 4 },
    );
    assert.equal(repository.git('rev-parse', run.branch), run.commit);
    assert.equal(
      repository.git(
        'log',
        '--reverse',
        '--format=%an|%s|%(trailers:separator=%x2C)',
        `${base}..${run.branch}`,
      ),
      'Leadwright|The price|Run: shop,Task: price,Attempt: 2\nLeadwright|The cart|Run: shop,Task: cart,Attempt: 1',
    );
    assert.equal(repository.git('show', `${run.branch}:price.txt`), 'good');
    const changed = differences(before, snapshot(repository.root)).filter(
      (path) => !/^\.git\/(objects|(logs\/)?refs\/heads\/leadwright)\//.test(path),
    );
    assert.deepEqual(changed, []);

    const log = eventsOf(await cli.run(['events', 'shop', '--json']));
    assert.equal(log[0]?.type, 'run.status');
    assert.deepEqual(log.at(-1)?.data, { status: 'completed', from: 'running' });
  });

  it('leaves the tests as they were, whatever the model tries, and says what they cannot tell', async () => {
    const judge =
      "import { sum } from '../src/sum.mjs'; import './helper.mjs'; import test from 'node:test';\n";
    const files = {
      'test/sum.test.mjs': `${judge}test('sums', () => { if (sum(1, 2) !== 3) throw new Error('not 3'); });\n`,
      'test/helper.mjs': '\n',
      'src/sum.mjs': 'export const sum = () => 3;\n',
      'package.json': '{ "scripts": { "test": "node --test test/" } }\n',
    };
    const modify = (path: string, content: string) => submits([{ path, action: 'modify', content }]);
    model.answers('Sum any two', [
      modify('test/sum.test.mjs', 'no test any more\n'),
      modify('package.json', '{ "scripts": { "test": "exit 0" } }\n'),
      modify('src/sum.mjs', 'export const sum = (a, b) => a - b;\n'),
      creates('.npmrc', 'script-shell=/bin/true\n'),
      creates('test/Sum.test.mjs', 'a twin\n'),
      modify('src/sum.mjs', 'export const sum = () => 4;\n'),
      submits([{ path: 'test/sum.test.mjs', action: 'delete' }]),
      modify('src/sum.mjs', 'export const sum = (a, b) => a + b;\n'),
    ]);
    const tasks = [{ id: 'sum', title: 'Sum any two', test: 'npm test' }];
    const { repository, options } = makeProject(scratch.path, 'bent', tasks, { files, test: 'true' });
    const args = [...options, '--id', 'bent'];
    const dry = await cli.run(['run', ...args, '--dry-run']);
    assert.equal(dry.code, 0, dry.stderr);
    assert.match(dry.stderr, /warning:.* green before anything is done.*: sum \(npm test\)/);

    const ran = await cli.run(['run', ...args, '--json']);
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stderr, /warning:.* green before anything is done.*: sum \(npm test\)/);
    const run = runOf(ran);
    assert.deepEqual([run.tasks[0]?.attempts, run.tasks[0]?.corrections], [3, 2]);
    const log = eventsOf(await cli.run(['events', 'bent', '--json']));
    const refused = log.flatMap((event) => (event.type === 'changes.refused' ? event.data.path : []));
    assert.deepEqual(refused, [
      'test/sum.test.mjs',
      'package.json',
      '.npmrc',
      'test/Sum.test.mjs',
      'test/sum.test.mjs',
    ]);
    assert.equal(repository.git('diff', '--name-only', run.base, run.branch), 'src/sum.mjs');
    assert.match((await cli.run(['status', 'bent'])).stdout, /green before anything is done/);
  });

  it('is the same run under the same id, and refuses the id to another plan', async () => {
    model.answers('Once', [creates('once.txt', 'x\n')]);
    const { repository, options } = makeProject(scratch.path, 'once', [{ id: 'a', title: 'Once' }]);
    const first = await cli.run(['run', ...options, '--id', 'once', '--json']);
    const again = await cli.run(['run', ...options, '--id', 'once', '--json']);
    assert.equal(again.code, 0, again.stderr);
    assert.deepEqual(runOf(again), runOf(first));
    assert.equal(model.callsFor('Once'), 1);
    const other = makeProject(scratch.path, 'other', [{ id: 'b', title: 'Another' }]);
    const refused = await cli.run(['run', '--repo', repository.root, '--plan', other.plan, '--id', 'once']);
    assert.equal(refused.code, 2, refused.stderr);
    assert.match(refused.stderr, /has another plan/);
  });

  it('shows what happened afterwards, and forgets it when told', async () => {
    model.answers('Look', [creates('look.txt', 'seen\n')]);
    const { repository, options } = makeProject(scratch.path, 'look', [{ id: 'a', title: 'Look' }]);
    const ran = await cli.run(['run', ...options, '--id', 'look']);
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stdout, /branch .*leadwright\/look/);
    assert.match((await cli.run(['status'])).stdout, /completed {2}look/);
    assert.match((await cli.run(['show', 'look', 'a'])).stdout, /Look {2}completed[^]*submit_changes/);
    assert.match((await cli.run(['diff', 'look'])).stdout, /\+seen/);
    assert.match((await cli.run(['watch', 'look'])).stdout, /landed as/);
    const page = join(scratch.path, 'look.html');
    const reported = await cli.run(['report', 'look', '--output', page]);
    assert.match(reported.stdout, /\| Look \| completed \| As the task says\. \| passed: .* \|/);
    assert.match(readFileSync(page, 'utf8'), /As the task says\.[^]*<span class="added">\+seen/);
    const exported = (await cli.run(['export', 'look'])).stdout.trimEnd().split('\n');
    const lines = exported.map((line) => exportLineSchema.parse(JSON.parse(line)));
    assert.deepEqual(
      [...new Set(lines.map(({ kind }) => kind))],
      ['export', 'run', 'plan', 'task', 'turn', 'attempt', 'call', 'verdict', 'event'],
    );
    assert.match(String(lines.find(({ kind }) => kind === 'attempt')?.['patch']), /\+seen/);
    assert.equal((await cli.run(['report', 'look', '--format', 'pdf'])).code, 2);
    assert.equal((await cli.run(['export', 'look', '--output', '/nowhere/at/all'])).code, 3);
    const replayed = await cli.run(['replay', '--run', 'look']);
    assert.equal(replayed.code, 0, replayed.stdout);
    // Nothing but the outcome: a worker's own chatter is nobody's concern.
    assert.equal(replayed.stderr, '2 replayed, 0 would break.\n');
    const wrong = [
      'diff look nope',
      'show look nope',
      'retry look a',
      'pause look',
      'resume look',
      'cancel look',
    ];
    const refusals = [...wrong, 'status nope', 'answer nope'].map(async (line) => {
      const refused = await cli.run(line.split(' '));
      assert.equal(refused.code, 2, `${line}: ${refused.stderr}`);
      assert.equal(refused.stdout, '');
    });
    await Promise.all(refusals);
    const cleaned = await cli.run(['clean', 'look', '--json']);
    assert.deepEqual(JSON.parse(cleaned.stdout), { runId: 'look', cleaned: true });
    assert.equal((await cli.run(['status', 'look'])).code, 2);
    assert.equal(repository.git('show', 'leadwright/look:look.txt'), 'seen');
  });

  it('refuses changes that leave the repository, name .git or do not match; a person helps', async () => {
    model.answers('Escape', [
      creates('../outside.txt', 'x'),
      creates('.git/hooks/post-commit', 'x'),
      submits([{ path: 'README.md', action: 'modify', edits: [{ search: 'nowhere', replace: 'x' }] }]),
      creates('inside.txt', 'x\n', { on: 'answered' }),
    ]);
    const { repository, options } = makeProject(scratch.path, 'escape', [{ id: 'a', title: 'Escape' }]);
    const ran = await cli.run(['run', ...options, '--id', 'escape', '--json']);
    assert.equal(ran.code, 1, ran.stderr);
    const [task] = runOf(ran).tasks;
    assert.deepEqual([task?.status, task?.attempts], ['blocked', 0]);
    assert.equal(repository.git('rev-parse', 'leadwright/escape'), repository.head());
    const log = eventsOf(await cli.run(['events', 'escape', '--json']));
    const refused = log.flatMap((event) => (event.type === 'changes.refused' ? [event.data.path] : []));
    assert.deepEqual(refused, ['../outside.txt', '.git/hooks/post-commit', 'README.md']);

    await answerFirst('escape', 'Write inside.txt.');
    const watched = await cli.run(['watch', 'escape']);
    assert.equal(watched.code, 0, watched.stderr + watched.stdout);
    assert.equal(repository.git('show', 'leadwright/escape:inside.txt'), 'x');
  });

  async function answerFirst(run: string, text: string): Promise<void> {
    const open = blockerViewSchema
      .array()
      .parse(JSON.parse((await cli.run(['blockers', run, '--json'])).stdout));
    const [blocker] = open;
    assert.ok(blocker !== undefined && open.length === 1);
    const answered = await cli.run(['answer', blocker.id, text]);
    assert.equal(answered.code, 0, answered.stderr);
  }

  it('blocks after its corrections, says how to answer, and goes on when it is answered', async () => {
    model.answers('Hopeless', [
      creates('a.txt', 'broken 1'),
      submits([{ path: 'a.txt', action: 'modify', content: 'broken 2' }], { on: 'red' }),
      submits([{ path: 'a.txt', action: 'modify', content: 'good' }], { on: 'answered' }),
    ]);
    const { options } = makeProject(scratch.path, 'hopeless', [{ id: 'a', title: 'Hopeless' }]);
    const ran = await cli.run(['run', ...options, '--id', 'hopeless', '--max-corrections', '1']);
    assert.equal(ran.code, 1, ran.stderr);
    assert.match(ran.stdout, /leadwright answer hopeless:a:1/);
    assert.equal(runOf(await cli.run(['status', 'hopeless', '--json'])).status, 'blocked');
    await answerFirst('hopeless', 'Write good.');
    assert.equal((await cli.run(['watch', 'hopeless'])).code, 0);
    const [task] = runOf(await cli.run(['status', 'hopeless', '--json'])).tasks;
    // What follows an answer still follows a red verdict.
    assert.deepEqual([task?.status, task?.attempts, task?.corrections], ['completed', 3, 2]);
    assert.match(JSON.stringify(model.requests.at(-1)), /Write good\./);
  });

  it('asks a person about a refusal and about a red verify; an empty submission has no commit', async () => {
    model.answers('Refusal', [{ text: 'I will not.', stop_reason: 'refusal' }]);
    model.answers('Nothing', [submits([])]);
    const { options } = makeProject(scratch.path, 'refusal', [
      { id: 'refusal', title: 'Refusal' },
      { id: 'nothing', title: 'Nothing' },
    ]);
    const ran = await cli.run(['run', ...options, '--id', 'refusal', '--json']);
    assert.equal(ran.code, 1, ran.stderr);
    const [refusal, nothing] = runOf(ran).tasks;
    assert.equal(refusal?.status, 'blocked');
    assert.deepEqual([nothing?.status, nothing?.commit, nothing?.attempts], ['completed', null, 1]);

    model.answers('Fine', [creates('fine.txt', 'x')]);
    const verified = makeProject(scratch.path, 'verified', [{ id: 'a', title: 'Fine' }], {
      verify: 'test ! -e fine.txt',
    });
    const red = await cli.run(['run', ...verified.options, '--id', 'verified', '--json']);
    assert.equal(red.code, 1, red.stderr);
    assert.equal(runOf(red).status, 'blocked');
    assert.match((await cli.run(['blockers', 'verified'])).stdout, /verify/);
  });

  it('takes a conflict back to its agent, which costs no correction', async () => {
    model.answers('First', [creates('same.txt', 'first\n')]);
    model.answers('Second', [
      creates('same.txt', 'second\n', { delay: 3_000 }),
      submits([{ path: 'same.txt', action: 'modify', content: 'both\n' }], { on: 'conflict' }),
    ]);
    const { repository, options } = makeProject(scratch.path, 'conflict', [
      { id: 'first', title: 'First' },
      { id: 'second', title: 'Second' },
    ]);
    const ran = await cli.run(['run', ...options, '--id', 'conflict', '--json']);
    assert.equal(ran.code, 0, ran.stderr);
    const second = runOf(ran).tasks[1];
    assert.deepEqual([second?.attempts, second?.corrections], [2, 0]);
    assert.equal(repository.git('show', 'leadwright/conflict:same.txt'), 'both');
  });

  it('fails a task whose model stalls twice, skips only what needs it, and tries it again when told', async () => {
    model.answers('Stalls', [{ text: 'late', delay: 60_000 }]);
    model.answers('Waits', [creates('waits.txt', 'x')]);
    model.answers('Other', [creates('other.txt', 'x')]);
    const { options } = makeProject(scratch.path, 'stalls', [
      { id: 'stalls', title: 'Stalls', timeout: { generate: '1s' } },
      { id: 'waits', title: 'Waits', depends_on: ['stalls'] },
      { id: 'other', title: 'Other' },
    ]);
    const ran = await cli.run(['run', ...options, '--id', 'stalls', '--json']);
    assert.equal(ran.code, 1, ran.stderr);
    const run = runOf(ran);
    assert.deepEqual(
      [run.status, ...run.tasks.map((task) => task.status)],
      ['failed', 'failed', 'skipped', 'completed'],
    );
    assert.match(run.tasks[0]?.error ?? '', /^Timeout/);
    assert.match(run.tasks[1]?.error ?? '', /stalls/);
    assert.equal(model.callsFor('Stalls'), 2);

    model.answers('Stalls', [creates('stalls.txt', 'x')]);
    assert.equal((await cli.run(['retry', 'stalls', 'stalls'])).code, 0);
    assert.equal((await cli.run(['watch', 'stalls'])).code, 0);
    assert.equal(model.callsFor('Other'), 1);
  });

  it('stops with exit code 3 before any model call when the base is red or a command is missing', async () => {
    const red = makeProject(scratch.path, 'red', [{ id: 'a', title: 'Red base' }], {
      files: { 'a.txt': 'broken\n' },
    });
    const stopped = await cli.run(['run', ...red.options, '--id', 'red', '--json']);
    assert.equal(stopped.code, 3, stopped.stderr);
    assert.match(stopped.stderr, /--allow-red-base/);
    const missing = makeProject(scratch.path, 'missing', [
      { id: 'a', title: 'Missing', test: 'no-such-program x' },
    ]);
    const notFound = await cli.run(['run', ...missing.options]);
    assert.equal(notFound.code, 3, notFound.stderr);
    assert.match(notFound.stderr, /cannot be found: no-such-program/);
    assert.equal(model.callsFor('Red base') + model.callsFor('Missing'), 0);

    model.answers('Red base', [submits([{ path: 'a.txt', action: 'modify', content: 'good\n' }])]);
    const allowed = await cli.run(['run', ...red.options, '--id', 'red', '--allow-red-base', '--json']);
    assert.equal(allowed.code, 0, allowed.stderr);
  });

  it('refuses other model settings while this stack’s worker has its own', async () => {
    const { options } = makeProject(scratch.path, 'settings', [{ id: 'a', title: 'Settings' }]);
    const refused = await cli.run(['run', ...options], { ANTHROPIC_API_KEY: 'another-key' });
    assert.equal(refused.code, 3, refused.stderr);
    assert.match(refused.stderr, /other model settings/);
    assert.doesNotMatch(refused.stderr, /starting/);
    assert.doesNotMatch(refused.stderr, new RegExp(join('another', 'key')));
  });
});
