import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { homePaths } from '../../src/shared/config.js';
import { readStackFile } from '../../src/local-stack/stack-file.js';
import { runOf } from '../support/cli.js';
import { eventually } from '../support/eventually.js';
import { bundledServer, server, SERVER, SERVER_PATH } from '../support/mcp-servers.js';
import { creates } from '../support/model.js';
import { makeProject } from '../support/project.js';
import { useCli } from '../support/use-cli.js';

const OFFICIAL = ['everything', 'filesystem', 'memory'] as const;

/** Puts a program for each server where npm would put it. */
const SETUP = [
  'mkdir -p node_modules/.bin',
  `for name in ${OFFICIAL.join(' ')}; do`,
  'program=node_modules/.bin/mcp-server-$name',
  `printf '#!/bin/sh\\nexec node "$(dirname "$0")/../../servers/%s.mjs" "$@"\\n' $name >$program`,
  'chmod +x $program',
  'done',
].join('\n');

describe('a run whose tasks need MCP servers', function () {
  this.timeout(180_000);
  const { cli, model, scratch } = useCli({ up: () => ({}) });

  const lastResultsOf = (title: string): string => {
    const requests = model.requests.filter(({ body }) => JSON.stringify(body.messages[0]).includes(title));
    return JSON.stringify(requests.at(-1)?.body.messages.at(-1));
  };

  it('completes with the official ones, which come from the set-up', async () => {
    const files = Object.fromEntries(
      await Promise.all(OFFICIAL.map(async (name) => [`servers/${name}.mjs`, await bundledServer(name)])),
    ) as Record<string, string>;
    model.answers('Ask the servers', [
      {
        tools: [
          { name: 'files__read_text_file', input: { path: 'README.md' } },
          { name: 'files__write_file', input: { path: 'new.txt', content: 'x' } },
          {
            name: 'memory__create_entities',
            input: { entities: [{ name: 'Ada', entityType: 'person', observations: ['wrote'] }] },
          },
          { name: 'memory__search_nodes', input: { query: 'Ada' } },
          { name: 'all__get-sum', input: { a: 20, b: 22 } },
        ],
      },
      creates('sum.txt', '42\n', { on: 'tool' }),
    ]);
    const { repository, options } = makeProject(
      scratch.path,
      'official',
      [{ id: 'ask', title: 'Ask the servers', mcp: ['files', 'memory', 'all'] }],
      {
        files: { 'README.md': 'Read me first.\n', ...files },
        setup: SETUP,
        mcp: {
          files: { command: 'mcp-server-filesystem', args: ['.'] },
          memory: { command: 'env', args: ['MEMORY_FILE_PATH=/tmp/memory.json', 'mcp-server-memory'] },
          all: { command: 'mcp-server-everything', tools: ['get-sum'] },
        },
      },
    );
    const ran = runOf(await cli.exits(0, ['run', ...options, '--id', 'official', '--json']));
    assert.equal(ran.tasks[0]?.status, 'completed');
    assert.deepEqual(repository.git('diff', '--name-only', ran.base, ran.branch), 'sum.txt');
    const results = lastResultsOf('Ask the servers');
    assert.match(results, /Read me first\./);
    assert.match(results, /Ada/);
    assert.match(results, /sum of 20 and 22 is 42/);
    const { stdout } = await cli.exits(0, ['show', 'official', 'ask']);
    assert.match(stdout, /all__get-sum \{"a":20,"b":22\}\n\s+Answered, \d/);
    const shown = JSON.parse((await cli.exits(0, ['show', 'official', 'ask', '--json'])).stdout) as {
      readonly turns: readonly {
        readonly toolCalls: readonly { readonly result: { readonly mcp: unknown } }[];
      }[];
    };
    const { ms, ...last } = (shown.turns[0]?.toolCalls.at(-1)?.result.mcp ?? assert.fail()) as { ms: number };
    assert.ok(ms >= 0);
    assert.deepEqual(last, { server: 'all', tool: 'get-sum' });
  });

  it('completes when its worker is killed in a call, which is not sent again', async () => {
    const [program, log] = [join(scratch.path, 'server.mjs'), join(scratch.path, 'calls.log')];
    writeFileSync(program, SERVER);
    model.answers('Call slowly', [
      { tools: [{ name: 'slow__echo', input: { say: 'once' } }] },
      creates('done.txt', 'x', { on: 'tool' }),
    ]);
    const { options } = makeProject(
      scratch.path,
      'killed',
      [{ id: 'call', title: 'Call slowly', mcp: ['slow'] }],
      { mcp: { slow: { command: process.execPath, args: [program, 'slow', log], trusted: true } } },
    );
    const followed = cli.start(['run', ...options, '--id', 'killed', '--json']);
    await eventually(() => existsSync(log), 'the call is sent');
    const stack = await readStackFile(homePaths(cli.home).stackFile);
    const worker = stack?.services.find(({ name }) => name === 'worker') ?? assert.fail('a worker runs');
    process.kill(worker.pid, 'SIGKILL');
    const ran = await followed.done;
    assert.equal(ran.code, 0, ran.stderr);
    assert.equal(runOf(ran).status, 'completed');
    assert.equal(readFileSync(log, 'utf8'), 'echo\n');
    assert.match(lastResultsOf('Call slowly'), /Unknown outcome\./);
    const { stdout } = await cli.exits(0, ['show', 'killed', 'call']);
    assert.match(stdout, /slow__echo \{"say":"once"\}\n\s+Unknown outcome/);
  });

  it('is refused, before anything is spent, when a server does not start or has no such tool', async () => {
    const cases = [
      [
        { command: 'no-such-server' },
        /docs \(no-such-server\) cannot be used: the command no-such-server was not found/,
      ],
      [server('exits'), /it ended with exit code 7: no licence found/],
      [server('plain', undefined, { tools: ['x'] }), /server docs has no tool "x"/],
    ] as const;
    for (const [index, [docs, reason]] of cases.entries()) {
      const { options } = makeProject(
        scratch.path,
        `refused-${index}`,
        [{ id: 'a', title: `Never asked ${index}`, mcp: ['docs'] }],
        { files: { [SERVER_PATH]: SERVER }, mcp: { docs } },
      );
      const dry = await cli.exits(3, ['run', '--dry-run', ...options]);
      assert.match(dry.stderr, reason);
      const ran = await cli.exits(3, ['run', ...options, '--id', `refused-${index}`]);
      assert.match(ran.stderr + ran.stdout, reason);
      assert.equal(model.callsFor(`Never asked ${index}`), 0);
    }
  });
});
