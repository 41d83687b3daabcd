import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { homePaths } from '../../src/shared/config.js';
import { program } from '../../src/cli/program.js';
import { testCli, type TestCli } from '../support/cli.js';
import { deadOwner } from '../support/owners.js';
import { makeProject, type TestProject } from '../support/project.js';
import { makeRepository, scratchFolder, TestRepository } from '../support/repository.js';
import { snapshot } from '../support/snapshot.js';

const errorSchema = z.strictObject({
  error: z.object({
    code: z.string(),
    message: z.string().min(1),
    problems: z.array(
      z.strictObject({ line: z.int().nullable(), path: z.string(), message: z.string().min(1) }),
    ),
  }),
});

/** Refusals before anything is started: the exit code, a clear message, nothing on stdout. */
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
    ['help nonsense', /unknown command 'nonsense'/],
    ['exec x y ls -la', /unknown option '-la'[^]*come after --: /],
    ['exec x', /^error: missing required argument 'task'\n\(--help [^\n]*\)\n$/],
    ['exec x y --jsn -- ls', /^error: unknown option '--jsn'\n\(Did you [^\n]*\)\n\(--help [^\n]*\)\n$/],
    ['retry x y --failed', /give only one of them/],
    ['run --nonsense', /unknown option '--nonsense'/],
    ['run --budget 5', /^error: unknown option '--budget'\n\(Did you mean --budget-usd\?\)\n\(--help /],
    ['run --dry=yes', /^error: unknown option '--dry=yes'\n\(Did you mean --dry-run\?\)\n/],
    ['run --allow', /^\(Did you mean one of --allow-red-base, --allow-pointers\?\)$/m],
    ['run extra', /too many arguments/],
    ['run shop.yaml', /^\(a plan is named with --plan: leadwright run --plan shop\.yaml\)$/m],
    ['run /', /^\(a repository is named with --repo: leadwright run --repo \/\)$/m],
    ['status x shop', /^\(--help explains: {2}leadwright status \[options\] \[run\]\)$/m],
    [
      'answer x --text y',
      /^\(--help explains: {2}leadwright answer \[options\] \[blocker\] \[text\.\.\.\]\)$/m,
    ],
    ['run --id Big', /--id "Big" does not match/],
    ['run --concurrency 0', /whole number from 1 to 1000/],
    ['run --max-corrections -1', /whole number from 0/],
    ['watch', /missing required argument 'run'/],
    ['status BAD!', /cannot be the id of a run/],
    ['events x --after y', /whole number/],
    ['worker --queues nonsense', /"nonsense" is none of workflow, model, sandbox/],
    ['replay --open --run x', /only one of these: files, --run RUN or --open/],
    ['replay shop-k3x9pq', /no file shop-k3x9pq[^]*leadwright replay --run shop-k3x9pq/],
    ['clean', /Name one run, or give --all-finished/],
    ['doctor --set-current', /--set-current is for a fleet/],
    ['run --budget-usd 0', /Expected an amount of USD above 0/],
    ['run --budget-usd 5usd', /Expected an amount of USD above 0/],
    [
      'run --dry-run --budget-usd 5 --model my-model',
      /the price of my-model is not known[^]*prices: \{ my-model/,
    ],
    [
      'answer x --retry none --accept --skip --add-usd -1',
      /--retry: expected a whole[^]*--add-usd: expected an amount[^]*--retry, --accept, --skip: these options exclude each other/,
    ],
  ];
  for (const [line, word] of usage) {
    it(`"${line}" with exit code 2`, () => refused(line.split(' '), 2, word));
  }

  it('nothing of a dry run with models that may be misspelt or lack an effort, but warns', async () => {
    const { options } = makeProject(
      scratch.path,
      'misspelt',
      [
        { id: 'a', title: 'Task A', model: 'claude-opus-55' },
        { id: 'b', title: 'Task B', model: 'my-model' },
        { id: 'c', title: 'Task C', model: 'claude-haiku-4-5' },
      ],
      {
        escalate: { after: 1, model: 'claude-fable-9' },
        prices: { 'my-model': { input: 1, output: 1 } },
        effort: 'xhigh',
      },
    );
    const ran = await cli.exits(0, ['run', ...options, '--dry-run', '--model', 'claude-sonnet-5-5']);
    assert.match(ran.stderr, /does not know claude-fable-9, claude-opus-55: check the spelling/);
    assert.match(ran.stderr, /the plan's effort \(xhigh\) is left out for claude-haiku-4-5: no such level/);
    const scripted = await cli.exits(0, ['run', ...options, '--dry-run', '--model', 'scripted']);
    assert.doesNotMatch(scripted.stderr, /spelling/, 'the scripted model calls no other');
  });

  it('as one JSON document with --json, with every problem', async () => {
    const plan = join(scratch.path, 'bad.yaml');
    writeFileSync(plan, 'name: x\ntest: t\nnonsense: 1\ntasks:\n  - { id: A, title: T }\n');
    for (const [args, code, problems] of [
      [['run', '--nonsense', '--json'], 'usage', 0],
      [['status', 'BAD!', '--json'], 'usage', 0],
      [['run', ...project.options, '--plan', plan, '--json'], 'usage', 2],
    ] as const) {
      const ran = await cli.exits(2, args);
      const { error } = errorSchema.parse(JSON.parse(ran.stdout));
      assert.deepEqual([error.code, error.problems.length], [code, problems], ran.stdout);
      assert.ok(ran.stderr.includes(error.message.split('\n')[0] ?? ''), 'a person sees the same');
    }
    const dead = await cli.exits(3, ['status', '--json'], { DATABASE_URL: 'nonsense' });
    assert.equal(errorSchema.parse(JSON.parse(dead.stdout)).error.code, 'environment');
  });

  it('a fleet over a git remote, which is not implemented yet', async () => {
    await refused(['worker'], 3, /later version/, { LEADWRIGHT_GIT_REMOTE: 'ssh://example.org/x' });
  });

  it('a worker with an invalid database URL, with the fix', async () => {
    await refused(['worker'], 3, /Check DATABASE_URL/, { DATABASE_URL: 'nonsense' });
  });

  it('an address beyond this machine without a token of its own, with the fix', async () => {
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

  it('a plan that does not exist', async () => {
    await refused(
      ['run', '--repo', project.repository.root],
      2,
      /leadwright\.yaml cannot be read.*leadwright init/,
    );
  });

  it('a plan that does not exist, and says how to go on from there', async () => {
    const { root } = project.repository;
    const stderr = await refused(['run', '--repo', root], 2, /there is no such file/);
    assert.ok(stderr.includes(`Write one with:  leadwright init --repo ${root}\n`), stderr);
    const none = join(root, 'none.yaml');
    const named = await refused(['run', '--repo', root, '--plan', none], 2, /there is no such file/);
    assert.ok(named.includes(`The plan ${none} cannot be read`), named);
    assert.match(named, /leave out --plan for leadwright\.yaml at the root/);
    assert.doesNotMatch(named, /leadwright init/);
  });

  it('a folder in place of a plan', async () => {
    for (const plan of ['', '.'])
      await refused(['run', ...project.options.slice(0, 2), '--plan', plan], 2, /is a folder\. Name a file/);
  });

  it('a plan without an end', async () => {
    const { root } = makeRepository(join(scratch.path, 'endless'), { 'a.txt': 'a\n' });
    symlinkSync('/dev/zero', join(root, 'leadwright.yaml'));
    await refused(['run', '--repo', root], 2, /is longer than \d+ bytes, or has no end/);
  });

  it('a named pipe in place of a plan that nothing writes to, but not one with a writer', async () => {
    const pipe = join(scratch.path, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const run = ['run', ...project.options.slice(0, 2), '--dry-run', '--plan', pipe];
    await refused(run, 2, /pipe cannot be read: it is a named pipe, and nothing writes to it/);
    const writing = writeFile(pipe, readFileSync(project.plan));
    assert.match((await cli.exits(0, run)).stdout, /^shop: 1 task/);
    await writing;
  });

  it('an empty name of a model', async () => {
    await refused(['run', ...project.options, '--model', ''], 2, /--model "" is not the name of a model/);
  });

  it('a folder that is not a repository, and one without a commit', async () => {
    await refused(
      ['run', '--repo', scratch.path, '--plan', project.plan],
      3,
      /not in a git repository[^]*git init/,
    );
    const empty = new TestRepository(join(scratch.path, 'empty'));
    await refused(['run', '--repo', empty.root, '--plan', project.plan], 3, /no commit yet[^]*git commit/);
  });

  it('a run on the user’s own repository without an API key', async () => {
    await refused(['run', ...project.options], 3, /Set ANTHROPIC_API_KEY/);
    const noAddress = { ANTHROPIC_BASE_URL: 'api.example.com:443' };
    await refused(
      ['run', ...project.options],
      3,
      /is "api.example.com:443", which is no web address/,
      noAddress,
    );
    await refused(['run', '--dry-run', ...project.options], 3, /which is no web address/, noAddress);
    const dry = await cli.exits(0, ['run', '--dry-run', ...project.options]);
    assert.match(dry.stderr, /^warning: There is no model to call: .* the run will\. Set ANTHROPIC_API_KEY/m);
  });

  it('Git LFS files and submodules, unless they are allowed', async () => {
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

  it('a branch that is checked out, or whose name conflicts with another branch', async () => {
    const env = { ANTHROPIC_API_KEY: 'key' };
    const out = makeProject(scratch.path, 'out', [{ id: 'a', title: 'A' }]);
    out.repository.git('switch', '--quiet', '-c', 'leadwright/mine');
    await refused(['run', '--dry-run', ...out.options, '--id', 'mine'], 3, /is checked out/, env);
    const taken = makeProject(scratch.path, 'taken', [{ id: 'a', title: 'A' }]);
    taken.repository.git('branch', 'leadwright');
    await refused(['run', '--dry-run', ...taken.options], 3, /leadwright/, env);
    const exists = makeProject(scratch.path, 'exists', [{ id: 'a', title: 'A' }]);
    exists.repository.git('branch', 'leadwright/mine');
    exists.repository.commit({ 'later.txt': 'later' });
    const home = join(scratch.path, 'unused-home');
    for (const options of [
      [...out.options, '--id', 'mine'],
      taken.options,
      [...exists.options, '--id', 'mine'],
    ]) {
      const more = { ...env, LEADWRIGHT_HOME: home };
      await refused(
        ['run', ...options],
        3,
        /checked out|rename it: git branch -m|Rename it: git branch -m/,
        more,
      );
      assert.deepEqual(readdirSync(home), ['trees'], 'nothing was started');
    }
  });

  it('to start in an environment with unusable settings', async () => {
    await refused(['status'], 3, /Set LEADWRIGHT_HOME/, { LEADWRIGHT_HOME: join(project.plan, 'home') });
    // Node itself would try forever to create a folder there.
    await refused(['status'], 3, /Set LEADWRIGHT_HOME/, { LEADWRIGHT_HOME: '/proc/leadwright' });
    await refused(['status'], 3, /Check DATABASE_URL/, { DATABASE_URL: 'nonsense' });
    await refused(['up'], 3, /not the Temporal CLI/, { TEMPORAL_CLI_PATH: '/bin/true' });
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

  it('prints help for every command', async function () {
    // Two dozen processes; each loads its command's module.
    this.timeout(180_000);
    const commands = program({}, () => Promise.resolve()).commands.map((command) => command.name());
    for (const args of [['--help'], ...commands.map((name) => [name, '--help'])]) {
      const ran = await cli.run(args);
      assert.equal(ran.code, 0, args.join(' '));
      assert.match(ran.stdout, /^Usage: leadwright/);
      assert.equal(ran.stderr, '');
    }
  });

  it('writes a starting plan once', async () => {
    const files = { 'package.json': '{ "scripts": { "test": "true" } }', 'package-lock.json': '{}' };
    const { root } = makeRepository(join(scratch.path, 'mine'), files);
    const wrote = await cli.exits(0, ['init', '--repo', root, '--json']);
    const plan = readFileSync(join(root, 'leadwright.yaml'), 'utf8');
    assert.deepEqual(JSON.parse(wrote.stdout), {
      plan: join(root, 'leadwright.yaml'),
      schema: join(root, 'leadwright.schema.json'),
      test: 'npm test',
      setup: 'npm ci',
    });
    await cli.exits(2, ['init', '--repo', root]);
    assert.equal(readFileSync(join(root, 'leadwright.yaml'), 'utf8'), plan);
  });

  it('writes a starting plan into its repository only, wherever the links of that lead', async () => {
    const outside = join(scratch.path, 'profile');
    writeFileSync(outside, 'mine\n');
    const { root } = makeRepository(join(scratch.path, 'links'), {});
    symlinkSync(outside, join(root, 'leadwright.schema.json'));
    symlinkSync('/dev/zero', join(root, 'pyproject.toml'));
    await cli.exits(0, ['init', '--repo', root]);
    assert.equal(readFileSync(outside, 'utf8'), 'mine\n');
    assert.match(readFileSync(join(root, 'leadwright.schema.json'), 'utf8'), /Leadwright plan/);
  });

  it('writes how a Python package is installed for its tests, but not where pyproject.toml only configures tools', async () => {
    const name = '[project]\nname = "shop"\nversion = "1"\n';
    const install =
      'python3 -m venv .venv && .venv/bin/python -m pip install --disable-pip-version-check pytest';
    const table: readonly (readonly [pyproject: string, setup: string | null])[] = [
      [name, `${install} -e .`],
      [`${name}[project.optional-dependencies]\ndev = ["x"]\ndocs = ["y"]\n`, `${install} -e ".[dev]"`],
      ['[tool.poetry]\nname = "shop"\n', `${install} -e .`],
      ['[tool.ruff]\nline-length = 100\n', null],
      ['not [ TOML', null],
    ];
    for (const [index, [pyproject, setup]] of table.entries()) {
      const { root } = makeRepository(join(scratch.path, `python-${index}`), { 'pyproject.toml': pyproject });
      const wrote: unknown = JSON.parse((await cli.exits(0, ['init', '--repo', root, '--json'])).stdout);
      const test = setup === null ? 'pytest' : '.venv/bin/python -m pytest';
      assert.deepEqual(wrote, {
        plan: join(root, 'leadwright.yaml'),
        schema: join(root, 'leadwright.schema.json'),
        test,
        setup,
      });
    }
  });

  it('shows order and cost of a plan, starts nothing, and says that uncommitted changes are left out', async () => {
    const tasks = [
      { id: 'cart', title: 'Cart', depends_on: ['price'] },
      { id: 'price', title: 'Price' },
    ];
    const { repository, options } = makeProject(scratch.path, 'dry', tasks);
    repository.write({ 'new.txt': 'not committed\n' });
    await cli.exits(0, ['init', '--repo', repository.root]);
    const ran = await cli.exits(0, ['run', '--dry-run', '--json', ...options]);
    assert.match(ran.stderr, /uncommitted changes in .* are not part of the run: new\.txt\n/);
    repository.write({ 'new.txt': null });
    const clean = await cli.exits(0, ['run', '--dry-run', '--json', ...options]);
    assert.doesNotMatch(clean.stderr, /uncommitted/, 'the files of init are no news');
    repository.write({ 'own.yaml': JSON.stringify({ name: 'dry', test: 'true', tasks }) });
    const own = join(repository.root, 'own.yaml');
    const named = await cli.exits(0, ['run', '--dry-run', '--repo', repository.root, '--plan', own]);
    assert.doesNotMatch(named.stderr, /uncommitted/, 'nor is the plan that is run');
    const shown: unknown = JSON.parse(ran.stdout);
    assert.ok(typeof shown === 'object' && shown !== null && 'waves' in shown);
    assert.deepEqual(shown.waves, [['price'], ['cart']]);
    assert.equal(repository.git('branch', '--list', 'leadwright/*'), '');
    assert.deepEqual(cli.processes(), []);
  });

  it('names entries of files that do not exist at the base, and takes the time limits of the plan', async () => {
    const tasks = [{ id: 'cart', title: 'Cart', files: ['README.md', 'READNE.md', 'later/made.txt'] }];
    const { options } = makeProject(scratch.path, 'misspelt', tasks, { timeout: { generate: '1m' } });
    const { stderr } = await cli.exits(0, ['run', '--dry-run', ...options]);
    assert.match(stderr, /the task cart names "READNE\.md" in `files`, .*; did you mean "README\.md"\?/);
    assert.match(stderr, /the task cart names "later\/made\.txt" in `files`, .* at the base\n/);
    assert.doesNotMatch(stderr, /names "README\.md"/);
  });

  it('prints a cost line in order, with files by their size', async () => {
    const files = { 'small.md': 'x\n', 'large.md': 'word '.repeat(40_000) };
    const costs = async (file: string) => {
      const name = file.replace('.md', '');
      const tasks = [{ id: 'cart', title: 'Cart', files: [file] }];
      const { options } = makeProject(scratch.path, `cost-${name}`, tasks, { files });
      const model = ['--model', 'claude-sonnet-5-5'];
      const { stdout } = await cli.exits(0, ['run', '--dry-run', ...model, ...options]);
      const line = /^Cost with claude-sonnet-5-5: likely \$(\S+); \$(\S+) to \$(\S+) in the worst case$/m;
      const [, likely, low, high] = (line.exec(stdout) ?? assert.fail(stdout)).map(Number);
      return { likely: likely ?? 0, low: low ?? 0, high: high ?? 0 };
    };
    const [small, large] = [await costs('small.md'), await costs('large.md')];
    for (const { low, likely, high } of [small, large]) assert.ok(low <= likely && likely <= high);
    // 57,000 tokens more in each prompt.
    assert.ok(large.low > 2 * small.low, JSON.stringify({ small, large }));
  });

  it('removes the files of a command that was killed while it looked for a sandbox', async () => {
    const { trees } = homePaths(cli.home);
    mkdirSync(join(trees, `${deadOwner()}.00000000`), { recursive: true });
    const { options } = makeProject(scratch.path, 'swept', [{ id: 'a', title: 'A' }]);
    await cli.exits(0, ['run', '--dry-run', ...options]);
    assert.deepEqual(readdirSync(trees), []);
  });

  it('refuses a base whose test fails or cannot be found', async () => {
    const red = makeProject(scratch.path, 'red', [{ id: 'a', title: 'A' }], {
      files: { 'a.txt': 'broken\n' },
    });
    const refused = await cli.exits(3, ['run', '--dry-run', ...red.options]);
    assert.match(refused.stderr, /red before anything was changed[^]*--allow-red-base/);
    await cli.exits(0, ['run', '--dry-run', '--allow-red-base', ...red.options]);
  });

  it('warns of a test of a task in which a command is not found', async () => {
    const { options } = makeProject(scratch.path, 'mistyped', [
      { id: 'a', title: 'A', test: 'cd . && pytst' },
    ]);
    const { stderr } = await cli.exits(0, ['run', '--dry-run', ...options]);
    assert.match(
      stderr,
      /warning: a task has a test of its own in which a command is not found\. .*: a \(cd \./,
    );
  });

  it('refuses what `run` refuses when every task has a test of its own', async () => {
    const table: readonly (readonly [name: string, test: string, plan: object, refusal: RegExp])[] = [
      [
        'no-setup',
        'grep x a.txt',
        { setup: 'echo no registry; exit 1' },
        /The set-up .* failed[^]*no registry/,
      ],
      ['no-word', '! grep x a.txt', { setup: 'exit 7', test: undefined }, /The set-up \(exit 7\) failed/],
      ['no-command', 'no-such-command --all', {}, /no-such-command was not found/],
      ['no-command-with', 'TZ=UTC A=1 no-such-command --all', {}, /no-such-command was not found/],
      [
        'no-verify',
        'grep x a.txt',
        { verify: 'no-such-command --all' },
        /`verify` \(no-such-command --all\) cannot run: no-such-command was not found/,
      ],
    ];
    for (const [name, test, plan, refusal] of table) {
      const own = makeProject(scratch.path, name, [{ id: 'a', title: 'A', test }], { ...plan });
      const { stderr } = await cli.exits(3, ['run', '--dry-run', '--allow-red-base', ...own.options]);
      assert.match(stderr, refusal, name);
    }
  });
});
