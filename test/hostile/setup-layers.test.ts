import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { chooseRunner } from '../../src/sandbox/runners/choose-runner.js';
import { LAYER, mountAfterFiles, mountBeforeFiles } from '../../src/sandbox/setup-cache/layer-mount.js';
import { createProcessGroupRunner } from '../../src/sandbox/runners/process-group-runner.js';
import { runOnCommit, type CommitRun } from '../../src/sandbox/run-on-commit.js';
import type { Runner } from '../../src/sandbox/runners/runner.js';
import { shellQuote } from '../../src/shared/process/shell.js';
import { ordinary } from '../support/attempts.js';
import { npmRegistry, type NpmRegistry } from '../support/npm-registry.js';
import { differences, snapshot } from '../support/snapshot.js';
import { scaffold, sourceOf, type Scaffold } from '../unit/sandbox-support.js';

/** A test that reads the installed files, changes all of them, and checks that it sees only its own changes. */
const SPOIL = `
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
const [own] = process.argv.slice(2);
const tiny = 'node_modules/tiny';
const tool = process.env.HOME + '/.tool';
const seen = () => [
  readFileSync(tiny + '/index.js', 'utf8').trim(),
  readdirSync(tiny).join(' '),
  readdirSync('node_modules').filter((name) => !name.startsWith('.')).join(' '),
  readFileSync(tool + '/version', 'utf8').trim(),
].join('; ');
console.log((await import('tiny')).default, '|', seen());
writeFileSync(tiny + '/index.js', 'by ' + own);
rmSync(tiny + '/package.json');
writeFileSync(tiny + '/more', own);
execFileSync('mv', [tool, tool + '-was']);
rmSync(tool + '-was', { recursive: true });
mkdirSync(tool);
writeFileSync(tool + '/version', own);
await sleep(500);
console.log(seen());
`;

const INSTALL = 'npm ci --loglevel=error && mkdir -p "$HOME/.tool" && echo 1.0 > "$HOME/.tool/version"';

describe('npm packages installed once', () => {
  let at: Scaffold;
  let registry: NpmRegistry;
  before(async () => {
    registry = await npmRegistry('as installed');
  });
  after(() => registry.close());
  beforeEach(async () => {
    at = await scaffold();
  });
  afterEach(() => at.remove());

  const runners: readonly (readonly [string, () => Promise<Runner>])[] = [
    [
      'in the sandbox',
      () =>
        chooseRunner({
          ...process.env,
          LEADWRIGHT_HOME: at.folder,
          LEADWRIGHT_SANDBOX: 'require',
          // The registry is on this machine, where only its owner can allow it.
          LEADWRIGHT_SETUP_ALLOW: new URL(registry.url).host,
        }),
    ],
    ['without one', () => Promise.resolve(createProcessGroupRunner('a test'))],
  ];
  for (const [where, runnerOf] of runners) {
    it(`${where} serve ten concurrent agents, and none can change what another sees`, async function () {
      const runner = await runnerOf().catch((error: unknown) => {
        if (process.env['CI'] === 'true') throw error;
        return this.skip();
      });
      const source = sourceOf({ ...registry.project, 'spoil.mjs': SPOIL });
      const setup = { ...at.setup(INSTALL), network: true };
      const before = registry.fetched();
      const run = (command: string): Promise<CommitRun> =>
        runOnCommit(at.request(source, command, { runner, setup, timeoutMs: 60_000 }));
      const first = await run('true');
      assert.equal(first.verdict.passed, true, first.result.output);
      const untouched = snapshot(at.layers);
      const agents = Array.from({ length: 10 }, (_, index) => `agent-${index}`);
      const runs = await Promise.all(agents.map((agent) => run(`node spoil.mjs ${agent}`)));
      for (const [index, agent] of agents.entries()) {
        const output =
          'as installed | export default "as installed";; index.js package.json; tiny; 1.0\n' +
          `by ${agent}; index.js more; tiny; ${agent}\n`;
        // The whole run as message, since its output may be empty.
        assert.equal(runs[index]?.result.output, output, JSON.stringify(runs[index]));
      }
      assert.equal(registry.fetched() - before, 1);
      const changed = differences(untouched, snapshot(at.layers));
      assert.deepEqual(
        changed.filter((path) => !path.includes('/layer.json')),
        [],
      );
      assert.deepEqual(await at.left(), []);
      assert.equal((await readdir(at.layers)).length, 1);
    });
  }

  it('cannot be installed without the network, nor downloaded by a test', async function () {
    const runner = await runners[0]?.[1]().catch((error: unknown) => {
      if (process.env['CI'] === 'true') throw error;
      return this.skip();
    });
    assert.ok(runner !== undefined);
    const source = sourceOf(registry.project);
    const before = registry.fetched();
    const closed = await runOnCommit(at.request(source, 'true', { runner, setup: at.setup(INSTALL) }));
    assert.deepEqual([closed.stage, closed.verdict.passed], ['setup', false]);
    assert.equal(registry.fetched(), before);
    const fetch = `node -e "fetch('${registry.url}').then(() => console.log('out'), () => console.log('kept in'))"`;
    const setup = { ...at.setup(INSTALL), network: true };
    const open = await runOnCommit(at.request(source, fetch, { runner, setup }));
    assert.equal(open.result.output, 'kept in\n');
  });
});

describe('a layer below the files of a commit', function () {
  let at: Scaffold;
  beforeEach(async () => {
    at = await scaffold();
  });
  afterEach(() => at.remove());

  const isRoot = process.getuid?.() === 0;
  /** Mounts a layer as the sandbox's launcher does, in a separate mount namespace. */
  function mountLayer(first: string, files: string, look: string): string {
    const layer = join(at.folder, "a, b: c's layer");
    const made = {
      'tree/deps/a': 'a',
      'tree/deps/b': 'b',
      'tree/src/gen': 'gen',
      'tree/odd/x': 'x',
      'home/.tool': 't',
    };
    for (const [path, content] of Object.entries(made)) {
      mkdirSync(dirname(join(layer, path)), { recursive: true });
      writeFileSync(join(layer, path), content);
    }
    mkdirSync(join(at.folder, 'stage'));
    const script = [
      `set -eu; uid=0; mount -t tmpfs stage '${at.folder}/stage'; cd '${at.folder}/stage'; mkdir ${LAYER}; as=`,
      `mount --bind ${shellQuote(layer)} ${LAYER}`,
      first,
      ...mountBeforeFiles(isRoot),
      `(cd tree; ${files})`,
      ...mountAfterFiles(),
      look,
    ];
    const own = isRoot ? [] : ['--user', '--map-root-user'];
    const args = [...own, '--mount', '--propagation', 'private', 'sh', '-c', script.join('\n')];
    return execFileSync('unshare', args, { encoding: 'utf8', stdio: 'pipe' });
  }
  const NO_OVERLAY = 'mount() { case "$*" in *overlay*) return 1 ;; esac; command mount "$@"; }';
  const LOOK =
    'cd tree; find . -type f | sort; cat src/* ../home/.tool; echo; rm deps/a; echo spoilt > deps/b';

  for (const [how, first] of [
    ['as an overlay', ''],
    ['as a copy without overlay support', NO_OVERLAY],
  ] as const) {
    it(`is visible ${how}, and never changes`, function () {
      if (process.platform !== 'linux') return this.skip();
      const seen = mountLayer(first, 'mkdir -p src; echo own > src/own', LOOK);
      assert.equal(seen, './deps/a\n./deps/b\n./odd/x\n./src/gen\n./src/own\ngenown\nt\n');
      const layer = join(at.folder, "a, b: c's layer");
      assert.equal(snapshot(layer).get('tree/deps/b')?.split(' ')[1], Buffer.from('b').toString('hex'));
      assert.equal(snapshot(layer).size, 5);
    });
  }

  ordinary('yields to a file of the commit in place of a folder, and to a link', function () {
    if (process.platform !== 'linux') return this.skip();
    const seen = mountLayer('', 'echo file > odd; ln -s /etc deps', 'cat tree/odd; readlink tree/deps');
    assert.equal(seen, 'file\n/etc\n');
  });
});
