import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  computeLayerKey,
  findPathsInCommand,
  type LayerInputs,
} from '../../src/sandbox/setup-cache/dependency-lock-files.js';
import { EnvironmentError } from '../../src/contract/errors.js';
import { chooseRunner } from '../../src/sandbox/runners/choose-runner.js';
import { runOnCommit, type CommitRun } from '../../src/sandbox/run-on-commit.js';
import { pathText } from '../../src/git/objects/path-bytes.js';
import { createScratchFolder } from '../../src/sandbox/scratch-folder.js';
import { addParentFolders, finishLayer } from '../../src/sandbox/setup-cache/layer-files.js';
import { removeLeftoverLayers } from '../../src/sandbox/setup-cache/setup-layer.js';
import { nth, scaffold, sourceOf, type Scaffold } from './sandbox-support.js';
import { eventually } from '../support/eventually.js';
import { useSmallDisk } from '../support/small-disk.js';

/** Logs that it ran, then installs as npm would. */
const INSTALL =
  'echo ran >> "$LOG"; sleep 0.2; mkdir -p node_modules/a; cp package-lock.json node_modules/a/index';

describe('the setup layer', () => {
  let at: Scaffold;
  beforeEach(async () => {
    at = await scaffold();
  });
  afterEach(() => at.remove());

  const timesRun = async (): Promise<number> => (await readFile(at.log, 'utf8')).trim().split('\n').length;
  const ten = <T>(make: (index: number) => Promise<T>): Promise<T[]> =>
    Promise.all(Array.from({ length: 10 }, (_, index) => make(index)));

  it('is built once for ten concurrent runs and reused by later ones', async () => {
    const source = sourceOf({ 'package-lock.json': 'v1', 'a.txt': 'a' });
    const request = at.request(source, 'cat node_modules/a/index a.txt', { setup: at.setup(INSTALL) });
    const runs: CommitRun[] = await ten(() => runOnCommit(request));
    runs.push(await runOnCommit(request));
    assert.deepEqual(new Set(runs.map(({ result }) => result.output)), new Set(['v1a']));
    assert.equal(await timesRun(), 1);
    assert.deepEqual(await at.left(), []);
    assert.equal((await readdir(at.layers)).length, 1);
  });

  it('is shared by commits with the same lock files, and rebuilt for others', async () => {
    const source = sourceOf(
      { 'package-lock.json': 'v1', 'a.txt': 'a' },
      { 'package-lock.json': 'v1', 'a.txt': 'b' },
      { 'package-lock.json': 'v2', 'a.txt': 'b' },
    );
    const setup = at.setup(INSTALL);
    const outputs: string[] = [];
    for (const n of [1, 2, 3]) {
      const request = at.request(source, 'cat node_modules/a/index a.txt', { setup, commit: nth(n) });
      outputs.push((await runOnCommit(request)).result.output);
    }
    assert.deepEqual(outputs, ['v1a', 'v1b', 'v2b']);
    assert.equal(await timesRun(), 2);
  });

  it('never hides files of the commit, and excludes the files of the commit it was built on', async () => {
    const source = sourceOf(
      { 'src/a.txt': 'one', 'only-first.txt': 'x' },
      { 'src/a.txt': 'two', 'made/by-setup.txt': 'committed' },
    );
    const command =
      'mkdir made; echo set up > made/by-setup.txt; echo new > src/new.txt; echo changed > src/a.txt';
    const setup = at.setup(command);
    await runOnCommit(at.request(source, 'true', { setup }));
    const look = 'find . -type f | sort; cat src/a.txt made/by-setup.txt';
    const { result } = await runOnCommit(at.request(source, look, { setup, commit: nth(2) }));
    assert.equal(result.output, './made/by-setup.txt\n./src/a.txt\n./src/new.txt\ntwocommitted');
  });

  it('excludes files of the commit whose paths are not UTF-8', async () => {
    const folders = await createScratchFolder(at.layers);
    const tree = (path: string) => Buffer.from(`${folders.tree}/${path}`, 'latin1');
    for (const folder of ['d\xe9', 'e\xe9']) await mkdir(tree(folder));
    const committed = ['caf\xe9.txt', 'd\xe9/x', 'e\xe9/x'];
    for (const path of [...committed, 'e\xe9/made']) await writeFile(tree(path), '');
    const texts = committed.map((path) => pathText(Buffer.from(path, 'latin1')));
    await finishLayer(folders, folders, addParentFolders(texts));
    const left = await readdir(tree(''), { encoding: 'buffer' });
    assert.deepEqual(
      left.map((name) => name.toString('latin1')),
      ['e\xe9'],
    );
    assert.deepEqual(await readdir(tree('e\xe9')), ['made']);
  });

  it('is a copy that a test cannot change for another test', async () => {
    const setup = at.setup('mkdir deps && echo good > deps/file && ln deps/file deps/hard');
    const spoil = 'cat deps/file; echo bad > deps/file; rm deps/hard; echo x > deps/more';
    const source = sourceOf({});
    for (let run = 0; run < 2; run += 1) {
      const { result } = await runOnCommit(at.request(source, spoil, { setup }));
      assert.equal(result.output, 'good\n');
    }
  });

  it('includes files installed into the home, with valid paths', async () => {
    const setup = at.setup(
      'mkdir -p "$HOME/.local/bin" && printf "#!/bin/sh\\necho from $HOME in $(pwd)\\n" > "$HOME/.local/bin/tool" && chmod 555 "$HOME/.local/bin/tool"',
    );
    const check =
      '"$HOME/.local/bin/tool" > out; echo "from $HOME in $(pwd)" | cmp - out && test -x ~/.local/bin/tool';
    const { result, verdict } = await runOnCommit(at.request(sourceOf({}), check, { setup }));
    assert.equal(verdict.passed, true, result.output);
  });

  it('is not kept after a failure, which is the result of every run', async () => {
    const setup = at.setup('echo ran >> "$LOG"; echo cannot install in "$(pwd)"; exit 4');
    const request = at.request(sourceOf({}), 'echo never', { setup });
    const runs = await ten(() => runOnCommit(request));
    for (const { stage, command, result, verdict } of runs) {
      assert.deepEqual([stage, command, verdict.exitCode], ['setup', setup.command, 4]);
      assert.equal(result.output, 'cannot install in .\n');
    }
    assert.equal(await timesRun(), 1);
    assert.deepEqual(await readdir(at.layers), []);
    await runOnCommit(request);
    assert.equal(await timesRun(), 2);
  });

  it('is abandoned when all waiting runs are cancelled', async () => {
    const setup = at.setup('echo ran >> "$LOG"; sleep 1000');
    const controller = new AbortController();
    const { signal } = controller;
    const runs = ten(() => runOnCommit(at.request(sourceOf({}), 'true', { setup, signal })));
    await eventually(() => existsSync(at.log), 'the setup runs');
    controller.abort(new Error('cancelled'));
    await assert.rejects(runs, /cancelled/);
    await eventually(async () => (await readdir(at.layers)).length === 0, 'no layer is left');
  });

  it('is built once for two processes, and again after the first one was killed', async () => {
    const script = `import { runOnCommit } from ${url('../../src/sandbox/run-on-commit.ts')};
      import { createProcessGroupRunner } from ${url('../../src/sandbox/runners/process-group-runner.ts')};
      import { nth, sourceOf } from ${url('./sandbox-support.ts')};
      const source = sourceOf({ 'package-lock.json': 'v1' });
      const request = JSON.parse(process.argv[1]);
      const { result } = await runOnCommit({ ...request, source, runner: createProcessGroupRunner('a test') });
      process.stdout.write(result.output);`;
    const start = (setup: string): ReturnType<typeof spawn> => {
      const request = JSON.stringify(
        at.request(sourceOf(), 'cat node_modules/a/index', { setup: at.setup(setup) }),
      );
      const args = ['--import', 'tsx', '--input-type=module', '-e', script, '--', request];
      return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    };
    const outputOf = async (child: ReturnType<typeof spawn>): Promise<string> => {
      let output = '';
      child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
      await once(child, 'close');
      return output;
    };
    assert.deepEqual(await Promise.all([INSTALL, INSTALL].map((setup) => outputOf(start(setup)))), [
      'v1',
      'v1',
    ]);
    assert.equal(await timesRun(), 1);

    const slow = `${INSTALL}; if [ ! -e "$LOG.go" ]; then echo > "$LOG.waiting"; sleep 1000; fi`;
    const killed = start(slow);
    await eventually(() => existsSync(`${at.log}.waiting`), 'the setup waits');
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    await writeFile(`${at.log}.go`, '');
    assert.equal(await outputOf(start(slow)), 'v1');
    await removeLeftoverLayers(at.layers);
    assert.deepEqual(
      (await readdir(at.layers)).filter((name) => name.includes('.')),
      [],
    );
  });

  it('is removed above the size limit, the oldest first, but never while in use', async () => {
    const source = sourceOf(...['v1', 'v2', 'v3'].map((version) => ({ 'package-lock.json': version })));
    const setup = { ...at.setup(INSTALL), limitBytes: 0 };
    const run = (n: number, command: string) =>
      runOnCommit(at.request(source, command, { setup, commit: nth(n) }));
    const waiting = run(
      1,
      'echo > "$LOG.waiting"; while [ ! -e "$LOG.go" ]; do sleep 0.05; done; cat node_modules/a/index',
    );
    await eventually(() => existsSync(`${at.log}.waiting`), 'the command waits');
    await run(2, 'true');
    await run(3, 'true');
    const kept = (await readdir(at.layers)).filter((name) => !name.includes('.'));
    assert.equal(kept.length, 2);
    await writeFile(`${at.log}.go`, '');
    assert.equal((await waiting).result.output, 'v1');
    assert.equal(await timesRun(), 3);
    // The layer in use was kept. The next one was removed and is built again.
    assert.equal((await run(1, 'cat node_modules/a/index')).result.output, 'v1');
    assert.equal(await timesRun(), 3);
    assert.equal((await run(2, 'cat node_modules/a/index')).result.output, 'v2');
    assert.equal(await timesRun(), 4);
    assert.equal((await readdir(at.layers)).length, 1);
  });

  it('is removed after two weeks without use', async () => {
    const setup = at.setup(INSTALL);
    await runOnCommit(at.request(sourceOf({ 'package-lock.json': '' }), 'true', { setup }));
    const [name = ''] = await readdir(at.layers);
    await removeLeftoverLayers(at.layers);
    assert.deepEqual(await readdir(at.layers), [name]);
    const longAgo = new Date(Date.now() - 15 * 24 * 60 * 60 * 1000);
    await utimes(join(at.layers, name, 'layer.json'), longAgo, longAgo);
    await mkdir(join(at.layers, 'notes'));
    await removeLeftoverLayers(at.layers);
    assert.deepEqual(await readdir(at.layers), ['notes']);
  });

  for (const left of ['', '{"builtIn":', '[]']) {
    it(`is removed when a power failure left ${JSON.stringify(left)} of its manifest`, async () => {
      const source = sourceOf({ 'package-lock.json': 'v1' });
      const request = at.request(source, 'cat node_modules/a/index', { setup: at.setup(INSTALL) });
      await runOnCommit(request);
      const [name = ''] = await readdir(at.layers);
      const layer = join(at.layers, name);
      await writeFile(join(layer, 'layer.json'), left);
      await assert.rejects(
        runOnCommit(request),
        (error) => error instanceof EnvironmentError && error.message.includes(`layer ${layer} is damaged`),
      );
      await removeLeftoverLayers(at.layers);
      assert.deepEqual(await readdir(at.layers), []);
      assert.equal((await runOnCommit(request)).result.output, 'v1');
      assert.equal(await timesRun(), 2);
    });
  }

  it('is on disk before it has a manifest, so that a power failure leaves no layer with empty files', async () => {
    const bin = join(at.folder, 'bin');
    await mkdir(bin);
    const synced = join(at.folder, 'synced');
    await writeFile(join(bin, 'sync'), `#!/bin/sh\nls -R > ${synced}\n`, { mode: 0o755 });
    const path = process.env['PATH'];
    process.env['PATH'] = `${bin}:${path}`;
    try {
      await runOnCommit(at.request(sourceOf({}), 'true', { setup: at.setup('echo 1 > made') }));
    } finally {
      process.env['PATH'] = path;
    }
    const listed = (await readFile(synced, 'utf8')).split('\n');
    assert.ok(listed.includes('made'));
    assert.ok(!listed.includes('layer.json'));
  });
});

const url = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);

describe('a setup layer on a full disk (root only)', () => {
  const disk = useSmallDisk('size=4m');
  let at: Scaffold;
  beforeEach(async () => {
    at = await scaffold();
  });
  afterEach(() => at.remove());

  it('is not made of what the disk had room for', async function () {
    this.timeout(60_000);
    const env = { ...process.env, LEADWRIGHT_HOME: at.folder, LEADWRIGHT_SANDBOX: 'require' };
    const runner = await chooseRunner(env).catch(() => this.skip());
    const install = 'mkdir deps; for n in 1 2 3 4 5 6 7 8; do head -c 1048576 /dev/zero >deps/$n; done';
    const setup = { ...at.setup(install), layersFolder: disk().path };
    await assert.rejects(
      runOnCommit(at.request(sourceOf({}), 'ls deps', { runner, setup })),
      (error) => error instanceof EnvironmentError && /No space left on device/.test(error.message),
    );
    assert.deepEqual(await readdir(disk().path), []);
  });
});

describe("a layer's key", () => {
  const files = {
    'package-lock.json': '1',
    'package.json': '1',
    'web/yarn.lock': '1',
    'setup.sh': '1',
    a: '1',
  };
  const inputs: LayerInputs = {
    source: sourceOf(files),
    commit: nth(1),
    command: './setup.sh && yarn --cwd=web',
    scope: 'shop',
    environment: {
      host: { TZ: 'UTC', OTHER: '1', LEADWRIGHT_TOKEN: '1' },
      allow: ['TZ', 'LEADWRIGHT_TOKEN'],
    },
  };
  const { host, allow } = inputs.environment;
  const table: readonly [string, boolean, Partial<LayerInputs>][] = [
    ['a lock file', true, { source: sourceOf({ ...files, 'package-lock.json': '2' }) }],
    [
      'a lock file in a folder that the command names',
      true,
      { source: sourceOf({ ...files, 'web/yarn.lock': '2' }) },
    ],
    ['a script that the command names', true, { source: sourceOf({ ...files, 'setup.sh': '2' }) }],
    ['the command', true, { command: 'npm ci' }],
    ['the scope', true, { scope: 'other' }],
    ['a passed variable', true, { environment: { host: { ...host, TZ: 'CET' }, allow } }],
    ['a variable that is not passed on', false, { environment: { host: { ...host, OTHER: '2' }, allow } }],
    ['a secret of Leadwright', false, { environment: { host: { ...host, LEADWRIGHT_TOKEN: '2' }, allow } }],
    ['another file', false, { source: sourceOf({ ...files, a: '2' }) }],
    ['the package registry', true, { source: sourceOf({ ...files, '.npmrc': 'registry=https://other' }) }],
    [
      'an install script of a manifest beside a lock file',
      true,
      { source: sourceOf({ ...files, 'package.json': '{"scripts":{"postinstall":"./plant"}}' }) },
    ],
    [
      'another script of that manifest',
      false,
      { source: sourceOf({ ...files, 'package.json': '{"scripts":{"test":"mocha"}}' }) },
    ],
    [
      'a package that a manifest beside a lock file declares',
      true,
      { source: sourceOf({ ...files, 'package.json': '{"dependencies":{"left-pad":"1.3.0"}}' }) },
    ],
    [
      'other keys of a manifest beside a lock file',
      false,
      { source: sourceOf({ ...files, 'package.json': '{"version":"2.0.0"}' }) },
    ],
    [
      'a manifest beside a lock file that is not JSON',
      false,
      { source: sourceOf({ ...files, 'package.json': '2' }) },
    ],
  ];
  for (const [what, changes, change] of table) {
    it(`${changes ? 'changes' : 'stays the same'} with ${what}`, async () => {
      assert.equal(
        (await computeLayerKey({ ...inputs, ...change })) !== (await computeLayerKey(inputs)),
        changes,
      );
    });
  }

  it('changes with a manifest if there is no lock file', async () => {
    const keyOf = (manifest: string): Promise<string> =>
      computeLayerKey({ ...inputs, source: sourceOf({ 'package.json': manifest }) });
    assert.notEqual(await keyOf('1'), await keyOf('2'));
  });

  it('changes with a manifest beside the lock files of other languages only', async () => {
    const keyOf = (locks: Readonly<Record<string, string>>, manifest: string): Promise<string> =>
      computeLayerKey({ ...inputs, source: sourceOf({ ...locks, 'pyproject.toml': manifest }) });
    const table: readonly [Readonly<Record<string, string>>, boolean][] = [
      [{ 'package-lock.json': '1', 'go.sum': '1' }, true],
      // It locks nothing that pyproject.toml declares: `pip install -r requirements-dev.txt -e .`
      [{ 'requirements-dev.txt': 'pytest' }, true],
      [{ 'uv.lock': '1' }, false],
      [{ 'poetry.lock': '1', 'package.json': '{}' }, false],
    ];
    for (const [locks, changes] of table) {
      const [before, after] = await Promise.all([keyOf(locks, '1'), keyOf(locks, '2')]);
      assert.equal(before !== after, changes, Object.keys(locks).join());
    }
  });

  it('changes with the packages that a workspace declares, which the lock file at the root holds', async () => {
    const keyOf = (root: Readonly<Record<string, string>>, version: string): Promise<string> => {
      const api = JSON.stringify({ version, dependencies: version === '2' ? { 'left-pad': '1.3.0' } : {} });
      const more = { 'package-lock.json': '1', 'packages/api/package.json': api };
      return computeLayerKey({ ...inputs, source: sourceOf({ ...root, ...more }) });
    };
    for (const root of [
      { 'package.json': '{"workspaces":["packages/*"]}' },
      { 'pnpm-workspace.yaml': 'packages: ["packages/*"]' },
    ]) {
      assert.notEqual(await keyOf(root, '1'), await keyOf(root, '2'));
      assert.equal(await keyOf(root, '1'), await keyOf(root, '1.1'));
    }
    assert.equal(await keyOf({}, '1'), await keyOf({}, '2'), 'no workspaces');
  });

  it('changes with what a requirements file includes', async () => {
    const requirements = {
      'requirements.txt': '-r requirements/prod.txt',
      'requirements/dev.txt': '-r base.txt\n-r dev.txt\n-c ../constraints.txt',
      'requirements/prod.txt': '--requirement=base.txt',
      'requirements/base.txt': 'flask==3.0.0',
      'constraints.txt': 'jinja2==3.1.4',
      'other.txt': '1',
    };
    const keyOf = (command: string, changed: Readonly<Record<string, string>> = {}): Promise<string> =>
      computeLayerKey({ ...inputs, command, source: sourceOf({ ...requirements, ...changed }) });
    for (const command of ['pip install -r requirements/dev.txt', 'make deps']) {
      const key = await keyOf(command);
      assert.notEqual(await keyOf(command, { 'requirements/base.txt': 'flask==3.0.1' }), key, command);
      assert.equal(await keyOf(command, { 'other.txt': '2' }), key, command);
    }
    const command = 'pip install -r requirements/dev.txt';
    assert.notEqual(await keyOf(command, { 'constraints.txt': '' }), await keyOf(command));
  });

  it('includes files that the command names', () => {
    const command = 'cd ./web/ && npm ci --prefix=api; pip install -r "deps/dev.txt" ../up /etc/x $HOME -q';
    assert.deepEqual(findPathsInCommand(command), [
      'cd',
      'web',
      'npm',
      'ci',
      'api',
      'pip',
      'install',
      'deps/dev.txt',
    ]);
  });
});
