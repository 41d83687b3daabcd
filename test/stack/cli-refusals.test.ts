import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { homePaths } from '../../src/shared/config.js';
import { program } from '../../src/cli/program.js';
import { testCli, type TestCli } from '../support/cli.js';
import { deadOwner } from '../support/owners.js';
import { makeProject, type TestProject } from '../support/project.js';
import { makeRepository, scratchFolder, TestRepository } from '../support/repository.js';
import { snapshot } from '../support/snapshot.js';

/** What is refused before anything is started: the right exit code, one clear word, nothing on stdout. */
describe('the command line refuses', function () {
  this.timeout(60_000);
  let cli: TestCli;
  let project: TestProject;
  const scratch = scratchFolder();

  before(async () => {
    cli = await testCli();
    project = makeProject(scratch.path, 'shop', [{ id: 'a', title: 'Task A' }]);
  });
  after(async () => {
    await cli.remove();
    scratch.remove();
  });

  async function refused(args: readonly string[], code: number, word: RegExp, env = {}): Promise<string> {
    const ran = await cli.run(args, env);
    assert.equal(ran.code, code, ran.stderr);
    assert.match(ran.stderr, word);
    assert.equal(ran.stdout, '');
    assert.deepEqual(cli.processes(), []);
    return ran.stderr;
  }

  const usage: readonly (readonly [string, RegExp])[] = [
    ['nonsense', /unknown command 'nonsense'/],
    ['run --nonsense', /unknown option '--nonsense'/],
    ['run extra', /too many arguments/],
    ['run --id Big', /--id "Big" does not match/],
    ['run --concurrency 0', /whole number from 1 to 1000/],
    ['run --max-corrections -1', /whole number from 0/],
    ['watch', /missing required argument 'run'/],
    ['status BAD!', /cannot be the id of a run/],
    ['events x --after y', /whole number/],
    ['worker --queues nonsense', /"nonsense" is none of workflow, model, sandbox/],
    ['replay --open --run x', /files, --run RUN or --open: one of them/],
    ['doctor --set-current', /--set-current is for a fleet/],
    ['run --budget-usd 0', /Expected an amount of USD above 0/],
    ['run --budget-usd 5usd', /Expected an amount of USD above 0/],
    [
      'run --dry-run --budget-usd 5 --model my-model',
      /the price of my-model is not known[^]*prices: \{ my-model/,
    ],
    [
      'answer x --retry none --accept --skip --add-usd -1',
      /--retry: expected a whole[^]*--add-usd: expected an amount[^]*--retry, --accept, --skip: these exclude/,
    ],
  ];
  for (const [line, word] of usage) {
    it(`"${line}" with exit code 2`, () => refused(line.split(' '), 2, word));
  }

  it('a fleet over a git remote, which comes later', async () => {
    await refused(['worker'], 2, /later version/, { LEADWRIGHT_GIT_REMOTE: 'ssh://example.org/x' });
  });

  it('a worker whose database is no database, with the mend', async () => {
    await refused(['worker'], 3, /Check DATABASE_URL/, { DATABASE_URL: 'nonsense' });
  });

  it('an address beyond this machine without a token of its own, with the mend', async () => {
    await refused(['up'], 3, /beyond this machine[^]*Set LEADWRIGHT_TOKEN/, {
      LEADWRIGHT_LISTEN: '0.0.0.0:0',
    });
  });

  it('a plan with every mistake at once, each with its line; nothing is written', async () => {
    const plan = join(scratch.path, 'bad.yaml');
    writeFileSync(
      plan,
      [
        'name: x',
        'concurency: 3',
        'tasks:',
        '  - {id: A, title: A, description: d}',
        '  - {id: b, title: A, description: d, depends_on: [c]}',
        '',
      ].join('\n'),
    );
    const inHome = () => readdirSync(cli.home, { recursive: true }).sort();
    const before = inHome();
    const words = await refused(['run', '--repo', project.repository.root, '--plan', plan], 2, /problems/);
    assert.match(words, /line 2, concurency: .*did you mean "concurrency"/);
    assert.match(words, /line 4, tasks\[0\]\.id: found "A"/);
    assert.match(words, /line 5, tasks\[1\]\.title: .*line 4/);
    assert.match(words, /line 5, tasks\[1\]\.depends_on\[0\]: found "c"/);
    assert.deepEqual(inHome(), before);
    assert.equal(project.repository.git('branch', '--list', 'leadwright/*'), '');
  });

  it('a plan that is not there', async () => {
    await refused(
      ['run', '--repo', project.repository.root],
      2,
      /leadwright\.yaml cannot be read.*leadwright init/,
    );
  });

  it('a folder that is no repository, and one without a commit', async () => {
    await refused(
      ['run', '--repo', scratch.path, '--plan', project.plan],
      3,
      /not in a git repository[^]*git init/,
    );
    const empty = new TestRepository(join(scratch.path, 'empty'));
    await refused(['run', '--repo', empty.root, '--plan', project.plan], 3, /no commit yet[^]*git commit/);
  });

  it('a run on one’s own repository without a key', async () => {
    await refused(['run', ...project.options], 3, /Set ANTHROPIC_API_KEY/);
    const noAddress = { ANTHROPIC_BASE_URL: 'api.example.com:443' };
    await refused(
      ['run', ...project.options],
      3,
      /is "api.example.com:443", which is no web address/,
      noAddress,
    );
  });

  it('Git LFS files and submodules, unless told otherwise', async () => {
    const files = {
      'a.bin': 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n',
      '.gitattributes': '*.bin filter=lfs\n',
    };
    const lfs = makeRepository(join(scratch.path, 'lfs'), files);
    await refused(['run', '--repo', lfs.root, '--plan', project.plan], 3, /a\.bin[^]*--allow-pointers/);
    const outer = makeRepository(join(scratch.path, 'outer'));
    outer.git('update-index', '--add', '--cacheinfo', `160000,${outer.head()},inner`);
    outer.git('commit', '--quiet', '-m', 'A submodule');
    await refused(['run', '--repo', outer.root, '--plan', project.plan], 3, /inner[^]*--allow-pointers/);
  });

  it('a branch that is checked out, or in whose way another one is', async () => {
    const env = { ANTHROPIC_API_KEY: 'key' };
    const out = makeProject(scratch.path, 'out', [{ id: 'a', title: 'A' }]);
    out.repository.git('switch', '--quiet', '-c', 'leadwright/mine');
    await refused(['run', '--dry-run', ...out.options, '--id', 'mine'], 3, /is checked out/, env);
    const taken = makeProject(scratch.path, 'taken', [{ id: 'a', title: 'A' }]);
    taken.repository.git('branch', 'leadwright');
    await refused(['run', '--dry-run', ...taken.options], 3, /leadwright/, env);
  });

  it('to start what its environment cannot have', async () => {
    await refused(['status'], 3, /Set LEADWRIGHT_HOME/, { LEADWRIGHT_HOME: join(project.plan, 'home') });
    // Node itself tries for ever to make a folder there.
    await refused(['status'], 3, /Set LEADWRIGHT_HOME/, { LEADWRIGHT_HOME: '/proc/leadwright' });
    await refused(['status'], 3, /Check DATABASE_URL/, { DATABASE_URL: 'nonsense' });
    await refused(['status'], 3, /not the Temporal CLI/, { TEMPORAL_CLI_PATH: '/bin/true' });
    await refused(['status'], 3, /not host:port/, { LEADWRIGHT_LISTEN: 'nonsense' });
  });

  for (const args of [
    ['status'],
    ['up'],
    ['run'],
    ['run', '--dry-run'],
    ['doctor'],
    ['worker'],
    ['notifier'],
  ]) {
    it(`a home of another layout: ${args.join(' ')}`, async () => {
      const home = join(scratch.path, 'homes', args.join(''));
      mkdirSync(join(home, 'postgres'), { recursive: true });
      writeFileSync(join(home, 'postgres', 'PG_VERSION'), '18\n');
      const before = snapshot(home);
      const env = { LEADWRIGHT_HOME: home, DATABASE_URL: 'postgresql://127.0.0.1:1/x' };
      // The doctor prints what it finds.
      const ran = await cli.run(args, env);
      assert.equal(ran.code, 3, ran.stderr);
      assert.match(ran.stdout + ran.stderr, new RegExp(`older Leadwright[^]*rm -rf ${home}`));
      writeFileSync(join(home, 'layout'), '2\n');
      const newer = await cli.run(args, env);
      assert.equal(newer.code, 3, newer.stderr);
      assert.match(newer.stdout + newer.stderr, /newer Leadwright/);
      rmSync(join(home, 'layout'));
      assert.deepEqual(snapshot(home), before, 'nothing was written');
    });
  }
});

describe('the command line, without a key', function () {
  this.timeout(60_000);
  let cli: TestCli;
  const scratch = scratchFolder();
  before(async () => (cli = await testCli()));
  after(async () => {
    await cli.remove();
    scratch.remove();
  });

  it('explains every command', async () => {
    const commands = program({}, () => Promise.resolve()).commands.map((command) => command.name());
    for (const args of [['--help'], ...commands.map((name) => [name, '--help'])]) {
      const ran = await cli.run(args);
      assert.equal(ran.code, 0, args.join(' '));
      assert.match(ran.stdout, /^Usage: leadwright/);
      assert.equal(ran.stderr, '');
    }
  });

  it('writes a plan to start from, once, that a dry run accepts', async () => {
    const files = { 'package.json': '{ "scripts": { "test": "true" } }', 'package-lock.json': '{}' };
    const { root } = makeRepository(join(scratch.path, 'mine'), files);
    const wrote = await cli.run(['init', '--repo', root, '--json']);
    assert.equal(wrote.code, 0, wrote.stderr);
    const plan = readFileSync(join(root, 'leadwright.yaml'), 'utf8');
    assert.deepEqual(JSON.parse(wrote.stdout), {
      plan: join(root, 'leadwright.yaml'),
      schema: join(root, 'leadwright.schema.json'),
      test: 'npm test',
    });
    assert.equal((await cli.run(['init', '--repo', root])).code, 2);
    assert.equal(readFileSync(join(root, 'leadwright.yaml'), 'utf8'), plan);
  });

  it('shows order and cost of a plan, starts nothing, and says that uncommitted changes are left out', async () => {
    const tasks = [
      { id: 'cart', title: 'Cart', depends_on: ['price'] },
      { id: 'price', title: 'Price' },
    ];
    const { repository, options } = makeProject(scratch.path, 'dry', tasks);
    repository.write({ 'new.txt': 'not committed\n' });
    const ran = await cli.run(['run', '--dry-run', '--json', ...options]);
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stderr, /uncommitted changes in .* are not part of the run/);
    const shown: unknown = JSON.parse(ran.stdout);
    assert.ok(typeof shown === 'object' && shown !== null && 'waves' in shown);
    assert.deepEqual(shown.waves, [['price'], ['cart']]);
    assert.equal(repository.git('branch', '--list', 'leadwright/*'), '');
    assert.deepEqual(cli.processes(), []);
  });

  it('sweeps what a command left that was killed while it looked for a sandbox', async () => {
    const { trees } = homePaths(cli.home);
    mkdirSync(join(trees, `${deadOwner()}.00000000`), { recursive: true });
    const { options } = makeProject(scratch.path, 'swept', [{ id: 'a', title: 'A' }]);
    const ran = await cli.run(['run', '--dry-run', ...options]);
    assert.equal(ran.code, 0, ran.stderr);
    assert.deepEqual(readdirSync(trees), []);
  });

  it('does not accept a base whose test is red, or whose test cannot be found', async () => {
    const red = makeProject(scratch.path, 'red', [{ id: 'a', title: 'A' }], {
      files: { 'a.txt': 'broken\n' },
    });
    const refused = await cli.run(['run', '--dry-run', ...red.options]);
    assert.equal(refused.code, 3, refused.stderr);
    assert.match(refused.stderr, /red before anything was changed[^]*--allow-red-base/);
    assert.equal((await cli.run(['run', '--dry-run', '--allow-red-base', ...red.options])).code, 0);
  });
});
