import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { LINE_KINDS } from '../../src/runs/report/run-export.js';
import { runOf } from '../support/cli.js';
import { eventually } from '../support/eventually.js';
import { creates, submits } from '../support/model.js';
import { runViewSchema } from '../../src/contract/run-view.js';
import { makeProject } from '../support/project.js';
import { differences, snapshot } from '../support/snapshot.js';
import { useCli } from '../support/use-cli.js';

/** The part of an export line that all lines share. */
const exportLineSchema = z.looseObject({ kind: z.enum(LINE_KINDS) });

/** The part of `show RUN TASK --json` that is read here. */
const showSchema = z.object({
  turns: z.array(
    z.object({
      draft: z.object({ files: z.array(z.unknown()) }).nullable(),
      toolCalls: z.array(
        z.object({
          result: z.object({ command: z.object({ exitCode: z.int() }).nullable() }).nullable(),
        }),
      ),
    }),
  ),
});

/** The part that `run --json` adds for a run that could not start. */
const stoppedSchema = z.object({
  runId: z.string(),
  status: z.string(),
  error: z.strictObject({ code: z.string(), message: z.string(), problems: z.array(z.unknown()) }),
});

/** Whole runs through the command line, on one stack kept up by `leadwright up`. */
describe('a run from the command line', function () {
  this.timeout(120_000);
  const { cli, model, scratch } = useCli({ up: () => ({}) });

  it('makes a branch with one commit per task, and touches nothing else in the repository', async () => {
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

    const ran = await cli.exits(0, ['run', ...options, '--id', 'shop', '--json']);
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

    const log = await cli.log('shop');
    assert.equal(log[0]?.type, 'run.status');
    assert.deepEqual(log.at(-1)?.data, { status: 'completed', from: 'running' });
  });

  it('works in a repository that names its objects by SHA-256', async () => {
    model.answers('The first', [creates('one.txt', 'one\n')]);
    model.answers('The second', [
      { tools: [{ name: 'read_file', input: { path: 'one.txt' } }] },
      creates('two.txt', 'two\n', { on: 'tool' }),
    ]);
    const { repository, options } = makeProject(
      scratch.path,
      'long-names',
      [
        { id: 'first', title: 'The first' },
        { id: 'second', title: 'The second', depends_on: ['first'] },
      ],
      { objectFormat: 'sha256' },
    );
    const run = runOf(await cli.exits(0, ['run', ...options, '--id', 'long-names', '--json']));
    assert.deepEqual([run.status, run.base.length], ['completed', 64]);
    assert.equal(repository.git('rev-parse', run.branch), run.commit);
    assert.equal(
      repository.git('ls-tree', '--name-only', run.branch),
      ['README.md', 'one.txt', 'two.txt'].join('\n'),
    );
    repository.git('fsck', '--full', '--strict');
    const shown = await cli.exits(0, ['diff', 'long-names', 'second']);
    assert.match(shown.stdout, /\+two/);
    const folder = join(scratch.path, 'long-names-work');
    await cli.exits(0, ['checkout', 'long-names', 'second', folder]);
    assert.equal(readFileSync(join(folder, 'two.txt'), 'utf8'), 'two\n');
  });

  it('leaves the tests as they were, whatever the model tries, and reports tests that pass before the work', async () => {
    const judge =
      "import { sum } from '../src/sum.mjs'; import './helper.mjs'; import test from 'node:test';\n";
    const files = {
      'test/sum.test.mjs': `${judge}test('sums', () => { if (sum(1, 2) !== 3) throw new Error('not 3: ' + sum(1, 2)); });\n`,
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
    const tasks = [{ id: 'sum', title: 'Sum any two', test: 'npm test', files: Object.keys(files) }];
    const { repository, options } = makeProject(scratch.path, 'bent', tasks, { files, test: 'true' });
    const args = [...options, '--id', 'bent'];
    const dry = await cli.exits(0, ['run', ...args, '--dry-run']);
    assert.match(dry.stderr, /warning:.* green before anything is done.*: sum \(npm test\)/);

    const ran = await cli.exits(0, ['run', ...args, '--json']);
    assert.match(ran.stderr, /warning:.* green before anything is done.*: sum \(npm test\)/);
    const run = runOf(ran);
    assert.deepEqual([run.tasks[0]?.attempts, run.tasks[0]?.corrections], [3, 2]);
    const log = await cli.log('bent');
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

  it('is the same run under the same id, and refuses the id for another plan', async () => {
    model.answers('Once', [creates('once.txt', 'x\n')]);
    const { repository, options } = makeProject(scratch.path, 'once', [{ id: 'a', title: 'Once' }]);
    const first = await cli.run(['run', ...options, '--id', 'once', '--json']);
    const again = await cli.exits(0, ['run', ...options, '--id', 'once', '--json']);
    assert.deepEqual(runOf(again), runOf(first));
    assert.equal(model.callsFor('Once'), 1);
    const other = makeProject(scratch.path, 'other', [{ id: 'b', title: 'Another' }]);
    const inOther = ['--repo', other.repository.root, '--plan', join(scratch.path, 'once.yaml')];
    for (const dry of [[], ['--dry-run']]) {
      await cli.exits(0, ['run', ...options, '--id', 'once', '--json', ...dry]);
      const withOther = ['--repo', repository.root, '--plan', other.plan];
      const refused = await cli.exits(2, ['run', ...withOther, '--id', 'once', ...dry]);
      assert.match(refused.stderr, /has another plan/);
      const elsewhere = await cli.exits(2, ['run', ...inOther, '--id', 'once', ...dry]);
      assert.match(elsewhere.stderr, /has another repository/);
    }
  });

  it('keeps the settings of its first start under the same id, and says which options have no effect', async () => {
    model.answers('Kept', [creates('kept.txt', 'x\n')]);
    const { options } = makeProject(scratch.path, 'kept', [{ id: 'a', title: 'Kept' }]);
    const run = ['run', ...options, '--id', 'kept'];
    await cli.exits(0, run);
    const others = ['--concurrency', '2', '--max-corrections', '1', '--model', 'scripted'];
    const again = await cli.exits(0, [...run, ...others, '--budget-usd', '5', '--allow-red-base']);
    for (const kept of [
      /the run kept was started with no budget, and keeps it/,
      /the run kept has a concurrency of 10, and keeps it/,
      /the run kept was started with --max-corrections 3, and keeps that/,
      /the run kept was started with the model claude-\S+, and keeps it/,
      /the run kept was started without --allow-red-base, and keeps that/,
    ])
      assert.match(again.stderr, kept);
    assert.doesNotMatch(again.stdout, /scripted model|No AI model is called/);
    const same = await cli.exits(0, [...run, '--concurrency', '10', '--max-corrections', '3']);
    assert.doesNotMatch(same.stderr, /keeps/);
  });

  it('needs no key for a known run of the scripted model', async () => {
    const { options } = makeProject(scratch.path, 'prepared', [{ id: 'a', title: 'Prepared' }]);
    const run = ['run', ...options, '--id', 'prepared', '--linger', '0s'];
    const first = await cli.run([...run, '--model', 'scripted']);
    assert.match(first.stdout, /No AI model is called/);
    assert.notEqual(first.code, 3, first.stderr);
    const again = await cli.run(run, { ANTHROPIC_API_KEY: undefined, ANTHROPIC_BASE_URL: undefined });
    assert.equal(again.code, first.code, again.stderr);
    assert.match(again.stdout, /No AI model is called/);
  });

  it('does not claim with --detach that a known run continues which has ended or waits for a person', async () => {
    model.answers('Rests', [{ text: 'I will not.', stop_reason: 'refusal' }]);
    const { options } = makeProject(scratch.path, 'rests', [{ id: 'a', title: 'Rests' }]);
    const run = ['run', ...options, '--id', 'rests', '--linger', '0s'];
    await cli.exits(1, run);
    const blocked = await cli.exits(1, [...run, '--detach']);
    assert.match(blocked.stderr, /The run rests is blocked, and does not go on by itself/);
    await cli.exits(0, ['cancel', 'rests']);
    const cancelled = await cli.exits(4, [...run, '--detach', '--json']);
    assert.match(cancelled.stderr, /The run rests is cancelled, and does not go on by itself/);
    for (const { stdout, stderr } of [blocked, cancelled]) {
      assert.deepEqual(JSON.parse(stdout), { runId: 'rests' });
      assert.doesNotMatch(stderr, /continues in the background/);
    }
  });

  it('takes the plan of the repository around the current folder', async () => {
    model.answers('Here', [creates('here.txt', 'x\n')]);
    const { repository, plan } = makeProject(scratch.path, 'here', [{ id: 'a', title: 'Here' }]);
    repository.commit({ 'leadwright.yaml': readFileSync(plan, 'utf8'), 'below/x.txt': 'x\n' });
    const ran = await cli.start(['run', '--id', 'here', '--json'], {}, join(repository.root, 'below')).done;
    assert.equal(ran.code, 0, ran.stderr);
    assert.deepEqual(
      [runOf(ran).repo, runOf(ran).commit],
      [repository.root, repository.git('rev-parse', 'leadwright/here')],
    );
    const none = await cli.start(['run', '--dry-run', '--json'], {}, scratch.path).done;
    assert.match(none.stderr, /^This is the built-in example, because this folder is in no git repository\./);
    repository.git('rm', '--quiet', '--cached', 'leadwright.yaml');
    rmSync(join(repository.root, 'leadwright.yaml'));
    const bare = await cli.start(['run', '--dry-run', '--json'], {}, repository.root).done;
    assert.match(bare.stderr, /^This is the built-in example, because .*here has no leadwright\.yaml\./);
    assert.doesNotMatch(bare.stderr, /is not run/);
  });

  it('names a plan that may have been meant when it runs the example instead', async () => {
    const { repository, plan } = makeProject(scratch.path, 'stray', [{ id: 'a', title: 'A' }]);
    const text = readFileSync(plan, 'utf8');
    repository.write({ 'api/leadwright.yaml': text });
    const exampleIn = async (folder: string) =>
      (await cli.start(['run', '--dry-run', '--json'], {}, folder).done).stderr;
    const [api, bare] = [join(repository.root, 'api'), join(scratch.path, 'bare')];
    assert.ok((await exampleIn(api)).includes(`leadwright run --plan ${join(api, 'leadwright.yaml')}\n`));
    repository.write({ 'leadwright.yml': text, 'api/leadwright.yaml': null });
    assert.match(
      await exampleIn(api),
      /stray\/leadwright\.yml is not run\. To run it: {2}leadwright run --plan /,
    );
    mkdirSync(bare);
    writeFileSync(join(bare, 'leadwright.yaml'), text);
    assert.match(await exampleIn(bare), /bare\/leadwright\.yaml is not run: .* git init && git add -A && /);
  });

  it('can be inspected afterwards, and `clean` removes it', async () => {
    const edit = {
      name: 'edit_files',
      input: { files: [{ path: 'look.txt', action: 'create', content: 'seen\n' }] },
    };
    const command = { name: 'run_command', input: { command: 'cat look.txt; exit 4' } };
    model.answers('Look', [
      { tools: [edit, command] },
      { tools: [{ name: 'submit_changes', input: { explanation: 'As the task says.' } }] },
    ]);
    const { repository, options } = makeProject(scratch.path, 'look', [{ id: 'a', title: 'Look' }]);
    const ran = await cli.exits(0, ['run', ...options, '--id', 'look']);
    assert.match(ran.stdout, /branch .*leadwright\/look/);
    assert.match((await cli.run(['status'])).stdout, /^look +look +completed +1\/1 /m);
    const shown = (await cli.run(['show', 'look', 'a'])).stdout;
    assert.match(shown, /Look {2}completed\n\d+ % of the input tokens were read from the provider's cache\n/);
    assert.match(shown, /run_command cat look\.txt; exit 4\n {4}exit 4, \d\.\ds\n {4}seen\n/);
    assert.match(shown, /The draft changed in 1 file:\n {4}look\.txt {2}\+1 -0\n[^]*submit_changes/);
    assert.equal(shown.match(/^ +seen$/gm)?.length, 1, 'the output is printed once');
    const { turns } = showSchema.parse(JSON.parse((await cli.run(['show', 'look', 'a', '--json'])).stdout));
    assert.deepEqual(
      turns.map(({ draft, toolCalls }) => [
        draft?.files,
        toolCalls.map(({ result }) => result?.command?.exitCode),
      ]),
      [
        [[{ path: 'look.txt', added: 1, removed: 0 }], [undefined, 4]],
        [undefined, [undefined]],
      ],
    );
    assert.match((await cli.run(['diff', 'look'])).stdout, /\+seen/);
    assert.match((await cli.run(['watch', 'look'])).stdout, /landed as/);
    const page = join(scratch.path, 'look.html');
    const reported = await cli.run(['report', 'look', '--output', page]);
    assert.match(reported.stdout, /\| Look \| completed \| As the task says\. \| passed \|/);
    assert.match(readFileSync(page, 'utf8'), /As the task says\.[^]*<span class="added">\+seen/);
    const exported = (await cli.run(['export', 'look'])).stdout.trimEnd().split('\n');
    const lines = exported.map((line) => exportLineSchema.parse(JSON.parse(line)));
    assert.deepEqual(
      [...new Set(lines.map(({ kind }) => kind))],
      ['export', 'run', 'plan', 'task', 'turn', 'attempt', 'call', 'verdict', 'event'],
    );
    assert.match(String(lines.find(({ kind }) => kind === 'attempt')?.['patch']), /\+seen/);
    await cli.exits(2, ['report', 'look', '--format', 'pdf']);
    await cli.exits(3, ['export', 'look', '--output', '/nowhere/at/all']);
    const replayed = await cli.exits(0, ['replay', '--run', 'look']);
    // Only the outcome, without log lines of a worker.
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
      const refused = await cli.exits(2, line.split(' '));
      assert.equal(refused.stdout, '');
    });
    await Promise.all(refusals);
    const cleaned = await cli.run(['clean', 'look', '--json']);
    assert.deepEqual(JSON.parse(cleaned.stdout), { runId: 'look', cleaned: true });
    await cli.exits(2, ['status', 'look']);
    assert.equal(repository.git('show', 'leadwright/look:look.txt'), 'seen');
  });

  it('refuses changes that leave the repository, name .git or do not match, then follows a person’s answer', async () => {
    model.answers('Escape', [
      creates('../outside.txt', 'x'),
      creates('.git/hooks/post-commit', 'x'),
      submits([{ path: 'README.md', action: 'modify', edits: [{ search: 'nowhere', replace: 'x' }] }]),
      creates('inside.txt', 'x\n', { on: 'answered' }),
    ]);
    const { repository, options } = makeProject(scratch.path, 'escape', [{ id: 'a', title: 'Escape' }]);
    const ran = await cli.exits(1, ['run', ...options, '--id', 'escape', '--json']);
    const [task] = runOf(ran).tasks;
    assert.deepEqual([task?.status, task?.attempts], ['blocked', 0]);
    assert.equal(repository.git('rev-parse', 'leadwright/escape'), repository.head());
    const log = await cli.log('escape');
    const refused = log.flatMap((event) => (event.type === 'changes.refused' ? [event.data.path] : []));
    assert.deepEqual(refused, ['../outside.txt', '.git/hooks/post-commit', 'README.md']);

    await answerFirst('escape', 'Write inside.txt.');
    await cli.exits(0, ['watch', 'escape']);
    assert.equal(repository.git('show', 'leadwright/escape:inside.txt'), 'x');
  });

  async function answerFirst(run: string, text: string): Promise<void> {
    const open = await cli.blockers(run);
    const [blocker] = open;
    assert.ok(blocker !== undefined && open.length === 1);
    await cli.exits(0, ['answer', blocker.id, text]);
  }

  it('blocks after its corrections, says how to answer, and continues after the answer', async () => {
    model.answers('Hopeless', [
      creates('a.txt', 'broken 1'),
      submits([{ path: 'a.txt', action: 'modify', content: 'broken 2' }], { on: 'red' }),
      submits([{ path: 'a.txt', action: 'modify', content: 'good' }], { on: 'answered' }),
    ]);
    const { options } = makeProject(scratch.path, 'hopeless', [{ id: 'a', title: 'Hopeless' }]);
    const ran = await cli.exits(1, ['run', ...options, '--id', 'hopeless', '--max-corrections', '1']);
    assert.match(ran.stdout, /leadwright answer hopeless:a:1/);
    assert.equal((await cli.view('hopeless')).status, 'blocked');
    await answerFirst('hopeless', 'Write good.');
    await cli.exits(0, ['watch', 'hopeless']);
    const [task] = (await cli.view('hopeless')).tasks;
    // The attempt after the answer still counts as a correction.
    assert.deepEqual([task?.status, task?.attempts, task?.corrections], ['completed', 3, 2]);
    assert.match(JSON.stringify(model.requests.at(-1)), /Write good\./);
  });

  it('asks a person about a refusal and about a failed verify; an empty submission makes no commit', async () => {
    model.answers('Refusal', [{ text: 'I will not.', stop_reason: 'refusal' }]);
    model.answers('Nothing', [submits([])]);
    const { options } = makeProject(scratch.path, 'refusal', [
      { id: 'refusal', title: 'Refusal' },
      { id: 'nothing', title: 'Nothing' },
    ]);
    const ran = await cli.exits(1, ['run', ...options, '--id', 'refusal', '--json']);
    const [refusal, nothing] = runOf(ran).tasks;
    assert.equal(refusal?.status, 'blocked');
    assert.deepEqual([nothing?.status, nothing?.commit, nothing?.attempts], ['completed', null, 1]);

    model.answers('Fine', [creates('fine.txt', 'x')]);
    const verified = makeProject(scratch.path, 'verified', [{ id: 'a', title: 'Fine' }], {
      verify: 'test ! -e fine.txt',
    });
    const red = await cli.exits(1, ['run', ...verified.options, '--id', 'verified', '--json']);
    assert.equal(runOf(red).status, 'blocked');
    assert.match((await cli.run(['blockers', 'verified'])).stdout, /verify/);
  });

  it('requeues a conflicting task, which costs no correction', async () => {
    model.answers('First', [creates('same.txt', 'first\n')]);
    model.answers('Second', [
      creates('same.txt', 'second\n', { delay: 3_000 }),
      submits([{ path: 'same.txt', action: 'modify', content: 'both\n' }], { on: 'conflict' }),
    ]);
    const { repository, options } = makeProject(scratch.path, 'conflict', [
      { id: 'first', title: 'First' },
      { id: 'second', title: 'Second' },
    ]);
    const ran = await cli.exits(0, ['run', ...options, '--id', 'conflict', '--json']);
    const second = runOf(ran).tasks[1];
    assert.deepEqual([second?.attempts, second?.corrections], [2, 0]);
    assert.equal(repository.git('show', 'leadwright/conflict:same.txt'), 'both');
  });

  it('fails a task whose model stalls twice, skips only its dependants, and retries it on request', async () => {
    model.answers('Stalls', [{ text: 'late', delay: 60_000 }]);
    model.answers('Waits', [creates('waits.txt', 'x')]);
    model.answers('Other', [creates('other.txt', 'x')]);
    const { options } = makeProject(scratch.path, 'stalls', [
      { id: 'stalls', title: 'Stalls', timeout: { generate: '1s' } },
      { id: 'waits', title: 'Waits', depends_on: ['stalls'] },
      { id: 'other', title: 'Other' },
    ]);
    const ran = await cli.exits(1, ['run', ...options, '--id', 'stalls', '--json']);
    const run = runOf(ran);
    assert.deepEqual(
      [run.status, ...run.tasks.map((task) => task.status)],
      ['failed', 'failed', 'skipped', 'completed'],
    );
    assert.match(run.tasks[0]?.error ?? '', /^Timeout/);
    assert.match(run.tasks[1]?.error ?? '', /stalls/);
    assert.equal(model.callsFor('Stalls'), 2);

    model.answers('Stalls', [creates('stalls.txt', 'x')]);
    await cli.exits(0, ['retry', 'stalls', 'stalls']);
    await cli.exits(0, ['watch', 'stalls']);
    assert.equal(model.callsFor('Other'), 1);
  });

  it('tells that its model is out of reach while it lasts, once for all tasks', async () => {
    const titles = ['Away a', 'Away b', 'Away c'];
    for (const title of titles)
      model.answers(title, [{ status: { code: 503, type: 'api_error', message: 'No.' } }]);
    const { options } = makeProject(
      scratch.path,
      'away',
      titles.map((title, index) => ({ id: `t${index}`, title })),
    );
    await cli.exits(0, ['run', ...options, '--id', 'away', '--detach']);
    await eventually(async () => {
      const { stdout } = await cli.exits(0, ['status', 'away']);
      return /model busy since \d\d:\d\d, try \d+, next/.test(stdout);
    }, 'status tells of the wait');
    const { waiting } = await cli.view('away');
    assert.deepEqual([waiting?.taskId, waiting?.reason], [null, 'busy']);

    for (const [index, title] of titles.entries()) model.answers(title, [creates(`${index}.txt`, 'x')]);
    const watched = await cli.exits(0, ['watch', 'away']);
    const lines = watched.stdout.split('\n');
    assert.equal(
      lines.filter((line) => /^\S+ {2}t\d {2}model busy since \d\d:\d\d, try/.test(line)).length,
      1,
    );
    assert.ok(
      lines.some((line) =>
        /^\S+ {2}\(run\) {2}model busy since \d\d:\d\d, try [12], next in \d+s$/.test(line),
      ),
      watched.stdout,
    );
    assert.ok(lines.some((line) => /\(run\) {2}the model answers again/.test(line)));
    assert.equal((await cli.view('away')).waiting, null);
    assert.ok(
      (await cli.log('away')).some(({ type }) => type === 'model.answering'),
      'and seq has no gap',
    );
  });

  it('stops with exit code 3 before any model call when the base is red or a command is missing', async () => {
    const red = makeProject(scratch.path, 'red', [{ id: 'a', title: 'Red base', files: ['a.txt'] }], {
      files: { 'a.txt': 'broken\n' },
    });
    const stopped = await cli.exits(3, ['run', ...red.options, '--id', 'red', '--json']);
    assert.match(stopped.stderr, /--allow-red-base/);
    const { error, runId, status } = stoppedSchema.parse(JSON.parse(stopped.stdout));
    assert.deepEqual([runId, status, error.code, error.problems], ['red', 'failed', 'environment', []]);
    assert.match(error.message, /red before anything was changed.*--allow-red-base/);
    assert.equal(red.repository.git('branch', '--list', 'leadwright/*'), '');
    const later = await cli.exits(0, ['status', 'red']);
    assert.match(later.stdout, /--allow-red-base/, 'status gives the reason as well');
    assert.match((await cli.exits(0, ['show', 'red'])).stdout, /--allow-red-base/, 'and show');
    for (const command of ['status', 'show']) {
      const { stdout } = await cli.exits(0, [command, 'red', '--json']);
      const { stop } = runViewSchema.parse(JSON.parse(stdout));
      assert.equal(stop?.reason, error.message, `${command} --json`);
    }
    assert.match(
      (await cli.exits(0, ['report', 'red', '--format', 'markdown'])).stdout,
      /red before anything was changed/,
    );
    const resumed = await cli.exits(2, ['resume', 'red']);
    assert.match(resumed.stderr, /stopped before its tasks could start[^]*same `leadwright run`/);
    const missing = makeProject(scratch.path, 'missing', [
      { id: 'a', title: 'Missing', test: 'no-such-program x' },
    ]);
    const notFound = await cli.exits(3, ['run', ...missing.options]);
    assert.match(notFound.stderr, /no-such-program was not found/);
    assert.equal(model.callsFor('Red base') + model.callsFor('Missing'), 0);

    model.answers('Red base', [submits([{ path: 'a.txt', action: 'modify', content: 'good\n' }])]);
    await cli.exits(0, ['run', ...red.options, '--id', 'red', '--allow-red-base', '--json']);
  });

  it('refuses other model settings while this stack’s worker has its own', async () => {
    const { options } = makeProject(scratch.path, 'settings', [{ id: 'a', title: 'Settings' }]);
    const refused = await cli.exits(3, ['run', ...options], { ANTHROPIC_API_KEY: 'another-key' });
    assert.match(refused.stderr, /other model settings/);
    assert.doesNotMatch(refused.stderr, /starting/);
    assert.doesNotMatch(refused.stderr, new RegExp(join('another', 'key')));
  });
});
