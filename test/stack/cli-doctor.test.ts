import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildFinding } from '../../src/cli/doctor/check-fleet.js';
import type { Environment } from '../../src/shared/config.js';
import { packageRoot } from '../../src/shared/files/package-root.js';
import { listen } from '../../src/shared/network/listen.js';
import { testCli, type TestCli } from '../support/cli.js';
import { startProgram } from '../support/program.js';
import { doctorReport } from '../support/doctor.js';

/** What is present, what is missing, and how to fix it. */
describe('leadwright doctor', function () {
  this.timeout(120_000);
  let cli: TestCli;
  beforeEach(async () => {
    cli = await testCli();
  });
  afterEach(() => cli.remove());

  it('checks each part in a new home: exit code 0, nothing started', async () => {
    const ran = await cli.exits(0, ['doctor', '--json']);
    const { findings, temporal, temporalMissing } = doctorReport(ran);
    assert.equal(temporal, null, 'no server is running');
    assert.match(temporalMissing ?? '', /the stack is not running.*leadwright up/);
    assert.deepEqual(
      findings.map(({ what }) => what),
      ['Node', 'git', 'home', 'PostgreSQL', 'Temporal', 'stack', 'notifier', 'sandbox', 'model'],
    );
    const model = findings.find(({ what }) => what === 'model');
    assert.equal(model?.state, 'note');
    assert.match(model.fix ?? '', /ANTHROPIC_API_KEY .* ANTHROPIC_BASE_URL .* LEADWRIGHT_PROVIDER/);
    assert.deepEqual(cli.processes(), []);
    assert.ok(!existsSync(join(cli.home, 'postgres')), 'no database was created');

    const printed = await cli.exits(0, ['doctor']);
    for (const { what } of findings) assert.match(printed.stdout, new RegExp(`^(ok|note) +${what} `, 'm'));
  });

  const missing: readonly (readonly [string, string, Record<string, string>, RegExp, RegExp])[] = [
    ['git', 'git', { PATH: '/nonexistent' }, /git/, /git/i],
    [
      'the Temporal server',
      'Temporal',
      { TEMPORAL_CLI_PATH: '/bin/true' },
      /not the Temporal CLI/,
      /`temporal` binary/,
    ],
    [
      'a database that does not answer',
      'PostgreSQL',
      { DATABASE_URL: 'postgresql://me:hunter2@127.0.0.1:1/db' },
      /cannot be used/,
      /DATABASE_URL/,
    ],
    [
      'an external Temporal server',
      'Temporal',
      { TEMPORAL_ADDRESS: '127.0.0.1:1' },
      /127\.0\.0\.1:1 does not answer/,
      /TEMPORAL_ADDRESS/,
    ],
    [
      'an address of the model',
      'model',
      { ANTHROPIC_BASE_URL: '127.0.0.1:4999' },
      /ANTHROPIC_BASE_URL is "127\.0\.0\.1:4999", which is no web address/,
      /scheme/,
    ],
    ['an address to listen on', 'notifier', { LEADWRIGHT_LISTEN: 'nonsense' }, /host:port/, /./],
    [
      'a home where no folder can be made',
      'home',
      { LEADWRIGHT_HOME: '/proc/leadwright' },
      /cannot be written: ENOENT/,
      /LEADWRIGHT_HOME/,
    ],
    [
      'a token that no request can carry',
      'notifier',
      { LEADWRIGHT_TOKEN: 'hunter2 again' },
      /LEADWRIGHT_TOKEN holds a space/,
      /openssl/,
    ],
    [
      'keys that encrypt payloads',
      'Temporal',
      { LEADWRIGHT_ENCRYPTION_KEYS: 'hunter2' },
      /LEADWRIGHT_ENCRYPTION_KEYS cannot be used/,
      /id:key/,
    ],
    [
      'an address for metrics',
      'Temporal',
      { LEADWRIGHT_TEMPORAL_METRICS: '9464' },
      /LEADWRIGHT_TEMPORAL_METRICS is "9464": expected address:port/,
      /^/,
    ],
  ];
  for (const [name, what, env, said, fix] of missing) {
    it(`reports what is missing, with the fix and exit code 3: ${name}`, async () => {
      const ran = await cli.exits(3, ['doctor', '--json'], env);
      const found = doctorReport(ran).findings.find((one) => one.what === what);
      assert.equal(found?.state, 'missing');
      assert.match(found.said, said);
      assert.match(found.fix ?? '', fix);
      assert.doesNotMatch(ran.stdout + ran.stderr, /hunter2/);
      assert.deepEqual(cli.processes(), []);
    });
  }

  for (const [status, said, key = 'test-key'] of [
    [200, /^claude-sonnet-5-5 is available at (.*), with ANTHROPIC_API_KEY$/],
    [
      404,
      /^claude-sonnet-5-5 could not be checked at (.*), with ANTHROPIC_API_KEY: the server lists no such/,
    ],
    [500, /^claude-sonnet-5-5 could not be checked at (.*), with ANTHROPIC_API_KEY: 500/],
    [401, /^the API key is not accepted by (.*)$/],
    [200, /^claude-sonnet-5-5 is available at (.*), without a key$/, ''],
    [401, /^(.*) wants a key, and ANTHROPIC_API_KEY is not set$/, ''],
  ] as const) {
    it(`names the model, its address and the credentials, after ${status}${key === '' ? ' without a key' : ''}`, async () => {
      const server = createServer((_request, response) => {
        response.writeHead(status, { 'content-type': 'application/json', 'x-should-retry': 'false' });
        response.end('{"id":"claude-sonnet-5-5","type":"model"}');
      });
      const url = `http://127.0.0.1:${await listen(server, '127.0.0.1', 0)}`;
      const ran = await cli.run(['doctor', '--json'], {
        ANTHROPIC_BASE_URL: url,
        ANTHROPIC_API_KEY: key,
      });
      server.close();
      const found = doctorReport(ran).findings.find(({ what }) => what === 'model');
      assert.equal(said.exec(found?.said ?? '')?.[1], url, found?.said);
      assert.doesNotMatch(ran.stdout + ran.stderr, /test-key/);
    });
  }

  it('shows no password that the address of the model holds', async () => {
    for (const key of ['', 'test-key']) {
      const env = { ANTHROPIC_BASE_URL: 'http://me:hunter2@127.0.0.1:9/api/', ANTHROPIC_API_KEY: key };
      const ran = await cli.run(['doctor'], env);
      assert.match(ran.stdout, /^\w+ +model .*http:\/\/127\.0\.0\.1:9\/api, /m);
      assert.doesNotMatch(ran.stdout + ran.stderr, /hunter2/);
    }
  });

  it('gives the settings with which the temporal command reaches the embedded server', async () => {
    const up = cli.start(['up']);
    await up.untilSaid(/Leadwright is up/);
    const { temporal, temporalMissing } = doctorReport(await cli.exits(0, ['doctor', '--json']));
    assert.equal(temporalMissing, null);
    assert.ok(temporal !== null);
    assert.ok(Object.keys(temporal).every((name) => name.startsWith('TEMPORAL_')));
    const program = cli.env['TEMPORAL_CLI_PATH'] ?? assert.fail('a test has one');
    const list = (env: Environment) =>
      startProgram([program, 'operator', 'namespace', 'list'], { env: { HOME: cli.home, ...env } }).done;
    assert.match((await list(temporal)).stdout, /NamespaceInfo.Name +default/);
    const { TEMPORAL_ADDRESS } = temporal;
    assert.notEqual((await list({ TEMPORAL_ADDRESS })).code, 0, 'not without the keys');
    const { stdout } = await cli.exits(0, ['doctor']);
    assert.ok(stdout.includes(`env TEMPORAL_ADDRESS=${TEMPORAL_ADDRESS} `));
    up.process.kill('SIGINT');
    await up.done;
  });

  it('says how to replace a git store that has lost a part, and a stack that cannot use it names the doctor', async () => {
    writeFileSync(join(cli.home, 'layout'), '1\n');
    mkdirSync(join(cli.home, 'store.git', 'objects'), { recursive: true });
    const env = { ANTHROPIC_API_KEY: 'key' };
    const up = await cli.exits(3, ['up'], env);
    assert.match(
      up.stderr,
      /the git store \S+\/store\.git is damaged: it has no HEAD\n[^\n]*leadwright doctor\n/,
    );
    const { findings } = doctorReport(await cli.run(['doctor', '--json'], env));
    const record = findings.find(({ what }) => what === 'record');
    assert.match(record?.said ?? '', /store\.git is damaged: it has no HEAD$/);
    assert.match(record?.fix ?? '', /mv \S+\/store\.git \S+\.damaged && leadwright doctor --repair$/);
  });

  it('says that a record cannot be checked, with the fix, when a newer PostgreSQL wrote it', async () => {
    writeFileSync(join(cli.home, 'layout'), '1\n');
    mkdirSync(join(cli.home, 'postgres'));
    writeFileSync(join(cli.home, 'postgres', 'PG_VERSION'), '99\n');
    const ran = await cli.exits(3, ['doctor', '--repair', '--json']);
    const record = doctorReport(ran).findings.find(({ what }) => what === 'record');
    assert.equal(record?.state, 'missing');
    assert.match(record.said, /written by PostgreSQL 99/);
    assert.match(ran.stderr, /The stack is not running\. One is started for the check of the record/);
    assert.match(record.fix ?? '', /LEADWRIGHT_HOME/);
  });
});

describe('the recipe for the temporal command in operating.md', () => {
  const page = readFileSync(join(packageRoot, 'docs', 'operating.md'), 'utf8');
  const [, recipe = ''] = /## Reach the embedded Temporal server[^]*?```sh\n([^]*?)```/.exec(page) ?? [];
  let tools: string;
  before(() => {
    tools = mkdtempSync(join(tmpdir(), 'leadwright-recipe-'));
  });
  after(() => rmSync(tools, { recursive: true }));

  for (const [name, report, expected] of [
    ['reaches the embedded server', { temporal: { TEMPORAL_ADDRESS: 'embedded:1' } }, 'embedded:1\n'],
    ['runs nothing while the stack is stopped', { temporal: null }, ''],
  ] as const) {
    it(name, async function () {
      if (spawnSync('jq', ['--version']).error !== undefined) this.skip();
      const tool = (program: string, script: string) =>
        writeFileSync(join(tools, program), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      tool('leadwright', `echo '${JSON.stringify(report)}'`);
      tool('temporal', 'echo "$TEMPORAL_ADDRESS"');
      // Another server, on which the command must not act.
      const env = { PATH: `${tools}:${process.env['PATH'] ?? ''}`, TEMPORAL_ADDRESS: 'production:7233' };
      assert.equal((await startProgram(['/bin/sh', '-c', recipe], { env }).done).stdout, expected);
    });
  }
});

describe('the doctor’s finding about a fleet’s builds', () => {
  const own = '0.1.0-aaaaaaaaaaaa';
  const other = '0.1.0-bbbbbbbbbbbb';
  const cases = [
    ['this one is current', { current: own, builds: [own] }, 'ok', null],
    [
      'is a note when another build is current',
      { current: other, builds: [own, other] },
      'note',
      /replay --open.*doctor --set-current/,
    ],
    [
      'is missing when no build is current and this one has workers',
      { current: null, builds: [own] },
      'missing',
      /^Make this one.*--set-current/,
    ],
    [
      'is missing when no build is current and another one has workers',
      { current: null, builds: [other] },
      'missing',
      /^Start a worker of this build/,
    ],
    ['no worker was ever there', { current: null, builds: [] }, 'note', /leadwright worker/],
  ] as const;
  for (const [name, fleet, state, fix] of cases) {
    it(name, () => {
      const found = buildFinding(fleet, own);
      assert.equal(found.state, state);
      if (fix === null) assert.equal(found.fix, null);
      else assert.match(found.fix ?? '', fix);
    });
  }
});
