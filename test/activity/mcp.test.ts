import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { activitiesOf } from '../../src/activities/index.js';
import { Redactors } from '../../src/activities/support/redactors.js';
import { readServerTools, storeServerTools } from '../../src/db/mcp-calls.js';
import { readRunStop } from '../../src/db/run-stop.js';
import type { Answer } from '../../src/model/scripted/script.js';
import { AgentSteps } from '../support/agent-steps.js';
import { inActivity, useBench, type TestPlan } from '../support/activity-bench.js';
import { calls, inOrder, lastMessageOf } from '../support/answers.js';
import { thenAt } from '../support/faults.js';
import { startRemoteServer } from '../support/remote-mcp-server.js';
import { officialServer, server, SERVER, SERVER_PATH } from '../support/mcp-servers.js';

const FILES = { 'a.txt': 'a\n', [SERVER_PATH]: SERVER };
const SUBMITS = calls('submit_changes', { explanation: 'Done.' });
/** A value that nothing but its variable's name shows to be a secret. */
const TOKEN = 'blue-7-harbour-lamp';

describe('the MCP servers of a task', function () {
  this.timeout(60_000);
  const bench = useBench();
  let logs = 0;

  const planWith = (mcp: TestPlan['mcp'], more: Partial<TestPlan> = {}): TestPlan => ({
    ...{ test: 'true', mcp, ...more },
    tasks: [{ id: 'a', title: 'Do it', mcp: Object.keys(mcp ?? {}) }],
  });
  const answering = (...answers: readonly Answer[]) => {
    bench().answer = inOrder(answers);
  };
  const begin = async (plan: TestPlan) => {
    const run = await bench().start(plan, FILES);
    assert.ok(
      await run.sandbox.checkBase({ runId: run.id }),
      (await readRunStop(bench().db, run.id))?.reason,
    );
    return { run, agent: new AgentSteps(run, 'a') };
  };
  const newLog = () => {
    const path = join(bench().folder, `log-${++logs}`);
    return { path, lines: () => (existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : []) };
  };
  /** The result of one call, as the next request has it. */
  const resultOf = async (mcp: TestPlan['mcp'], name: string, input: Record<string, unknown>) => {
    const { run, agent } = await begin(planWith(mcp));
    answering(calls(name, input), SUBMITS);
    assert.equal(await agent.turn(), 'continue');
    await agent.turn();
    return { run, agent, result: lastMessageOf(bench().model) };
  };
  /** Why a run is stopped before any money is spent. */
  const stopOf = async (mcp: TestPlan['mcp']) => {
    const run = await bench().start(planWith(mcp), FILES);
    assert.equal(await run.sandbox.checkBase({ runId: run.id }), false);
    const stop = await readRunStop(bench().db, run.id);
    assert.equal(stop?.code, 'mcp_server');
    return stop.reason;
  };

  it('have their tools in its conversation, described as material, and only those that it names', async () => {
    const plan = planWith({ docs: server('plain', undefined, { tools: ['echo'] }), other: server('plain') });
    const run = await bench().start(
      {
        ...plan,
        tasks: [...plan.tasks.map((task) => ({ ...task, mcp: ['docs'] })), { id: 'b', title: 'B' }],
      },
      FILES,
    );
    assert.ok(await run.sandbox.checkBase({ runId: run.id }));
    answering(SUBMITS);
    await new AgentSteps(run, 'a').turn();
    const { tools = [], system } = bench().model.requests.at(-1)?.body ?? assert.fail();
    const [own, ...others] = tools.filter(({ name }) => name.includes('__'));
    assert.deepEqual(others, []);
    assert.equal(own?.name, 'docs__echo');
    assert.match(String(own.description), /^A tool of the MCP server docs\.[^]*<material \w+>\nDoes echo\n/);
    assert.deepEqual(own.input_schema, {
      ...{ type: 'object', properties: { say: { type: 'string' } }, required: ['say'] },
    });
    assert.match(JSON.stringify(system), /Tools with __ in their names/);
    await new AgentSteps(run, 'b').turn();
    const request = bench().model.requests.at(-1)?.body ?? assert.fail();
    assert.ok(request.tools?.every(({ name }) => !name.includes('__')));
    assert.doesNotMatch(JSON.stringify(request.system), /__/);
    const { rows } = await bench().db.pool.query(
      'SELECT id, requires_mcp AS needs FROM tasks WHERE run_id = $1 ORDER BY id',
      [run.id],
    );
    assert.deepEqual(rows, [
      { id: 'a', needs: true },
      { id: 'b', needs: false },
    ]);
  });

  it('answer a call once, and its repeated turn has the same result', async () => {
    const log = newLog();
    const { run, agent } = await begin(planWith({ docs: server('plain', log.path) }));
    answering(calls('docs__echo', { say: 'hi' }), SUBMITS);
    const input = agent.turnInput();
    assert.equal((await run.model.turn(input)).next, 'run');
    const first = await run.sandbox.runCalls(input);
    assert.deepEqual(await run.sandbox.runCalls(input), first);
    assert.deepEqual(log.lines(), ['echo']);
    const { rows } = await bench().db.pool.query<{ text: string }>(
      'SELECT server, tool, text, is_error FROM call_results WHERE run_id = $1',
      [run.id],
    );
    const [row, ...more] = rows;
    assert.deepEqual(more, []);
    const { text, ...stored } = row ?? assert.fail();
    assert.deepEqual(stored, { server: 'docs', tool: 'echo', is_error: false });
    assert.match(text, /^Answered\.\n\n<material \w+>\n\{"input":\{"say":"hi"\}/);
    assert.deepEqual(await run.events('command.finished'), []);
    const [event, ...others] = await run.events('mcp.call');
    assert.deepEqual(others, []);
    const { ms, ...data } = event?.data ?? assert.fail();
    assert.deepEqual(data, { attempt: 1, turn: 1, server: 'docs', tool: 'echo', outcome: 'ok' });
    assert.ok(ms >= 0);
  });

  it('report a call as of unknown outcome when its worker was killed before it was recorded', async () => {
    const log = newLog();
    const { run, agent } = await begin(planWith({ docs: server('plain', log.path) }));
    answering(calls('docs__echo', { say: 'hi' }), SUBMITS);
    const input = agent.turnInput();
    await run.model.turn(input);
    const context = await bench().anotherWorker();
    const pool = new Proxy(context.db.pool, {
      get: (of, name) => {
        const value: unknown = Reflect.get(of, name, of);
        if (name !== 'query' || typeof value !== 'function') return value;
        return (...values: unknown[]) => {
          if (JSON.stringify(values[0]).includes('INTO call_results')) throw new Error('killed by the test');
          return Reflect.apply(value, of, values) as unknown;
        };
      },
    });
    const killed = inActivity(activitiesOf('sandbox', { ...context, db: { ...context.db, pool } }));
    await assert.rejects(killed.runCalls(input), /killed by the test/);
    assert.deepEqual(log.lines(), ['echo']);
    const result = await run.sandbox.runCalls(input);
    assert.equal(result.next, 'continue');
    assert.deepEqual(await run.sandbox.runCalls(input), result);
    agent.turns++;
    await agent.turn();
    assert.match(lastMessageOf(bench().model), /^Unknown outcome\./);
    assert.deepEqual(log.lines(), ['echo'], 'it is not sent a second time');
  });

  for (const [what, wake] of [
    ['is asleep beyond its lease', () => ({ holds: () => false })],
    ['goes on under a new name', async () => ({ id: (await bench().anotherWorker()).worker.id })],
  ] as const) {
    it(`get no call from a worker that ${what} after it recorded the call`, async () => {
      const log = newLog();
      const { run, agent } = await begin(planWith({ docs: server('plain', log.path) }));
      answering(calls('docs__echo', { say: 'hi' }), SUBMITS);
      const input = agent.turnInput();
      await run.model.turn(input);
      const context = await bench().anotherWorker();
      const worker = { ...context.worker };
      const asleep = thenAt({ ...context, worker }, 'INTO mcp_calls', async () => {
        Object.assign(worker, await wake());
      });
      await assert.rejects(run.on(asleep).sandbox.runCalls(input), /did not respond for too long/);
      assert.deepEqual(log.lines(), []);
      await run.sandbox.runCalls(input);
      agent.turns++;
      await agent.turn();
      assert.match(lastMessageOf(bench().model), /^Unknown outcome\./);
      assert.deepEqual(log.lines(), [], 'nor is it sent after that was said');
    });
  }

  it('see the draft as it is at each call of an answer', async () => {
    const { agent } = await begin(planWith({ docs: server('plain') }));
    const look = { name: 'docs__echo', input: { say: '', file: 'n.txt' } };
    const edit = (content: string, action: string) => ({
      name: 'edit_files',
      input: { files: [{ path: 'n.txt', action, content }] },
    });
    answering({ tools: [look, edit('1', 'create'), look, look, edit('2', 'modify'), look] }, SUBMITS);
    await agent.turn();
    await agent.turn();
    const found = [...lastMessageOf(bench().model).matchAll(/"file":("\d"|null),"pid":(\d+)/g)];
    assert.deepEqual(
      found.map(([, file]) => file),
      ['null', '"1"', '"1"', '"2"'],
    );
    assert.equal(found[1]?.[2], found[2]?.[2], 'one process as long as the draft is the same');
  });

  it('get the variables of `env` only when they are trusted, and no text shows their values', async () => {
    const env = { ...bench().context.env, DOCS_LAMP: TOKEN, HOME: bench().folder };
    const context = { ...bench().context, env, redactors: new Redactors(bench().context.store, env) };
    const program = join(bench().folder, 'server.mjs');
    writeFileSync(program, SERVER);
    const trusted = { command: process.execPath, args: [program, 'plain', '/dev/null'], trusted: true };
    const run = (
      await bench().start(
        planWith({
          inside: server('plain', undefined, { env: ['DOCS_LAMP'] }),
          outside: { ...trusted, env: ['DOCS_LAMP'] },
        }),
        FILES,
      )
    ).on(context);
    assert.ok(await run.sandbox.checkBase({ runId: run.id }));
    const agent = new AgentSteps(run, 'a');
    const ask = (name: string) => ({
      name: `${name}__echo`,
      input: { say: '', variable: 'DOCS_LAMP', file: 'a.txt' },
    });
    answering({ tools: [ask('inside'), ask('outside')] }, SUBMITS);
    await agent.turn();
    await agent.turn();
    const [inside, outside] = lastMessageOf(bench().model).split('Answered.').slice(1);
    assert.match(inside ?? '', /"variable":null,"file":"a\\n"/);
    assert.match(outside ?? '', /"variable":"\[redacted:docs-lamp:\w+\]","file":null/);
    const tables = ['runs', 'tasks', 'call_results', 'mcp_calls', 'model_turns', 'events'];
    for (const table of tables) {
      const { rows } = await bench().db.pool.query(`SELECT t::text FROM ${table} AS t`);
      assert.ok(!JSON.stringify(rows).includes(TOKEN), table);
    }
    const warnings = await bench().db.prisma.run.findUnique({ where: { id: run.id } });
    assert.match(warnings?.testWarnings.join() ?? '', /inside runs in the sandbox and so gets none/);
  });

  it('give long results in parts, name what is no text, and pass errors on', async () => {
    const { run, agent } = await begin(planWith({ docs: server('plain') }));
    const call = (name: string) => ({ name: `docs__${name}`, input: {} });
    answering(
      {
        tools: [
          ...[call('big'), call('image'), call('fail'), call('nothing')],
          { name: 'docs__big', input: { lines: 200_000 } },
        ],
      },
      calls('read_output', { id: 'call-1-1', first_line: 10_000, last_line: 10_000 }),
      SUBMITS,
    );
    await agent.turn();
    await agent.turn();
    const result = lastMessageOf(bench().model);
    assert.ok(result.length < 45_000, String(result.length));
    assert.match(result, /the id call-1-1 shows all/);
    assert.match(result, /the id call-1-5 shows more of it/);
    assert.match(result, /\[image: "image\/png", 3 bytes; it is not shown\]\n\[a part of the kind "odd"/);
    assert.match(result, /The tool reports an error\.[^]*it does not work/);
    assert.match(result, /Error: this task has no tool "docs__nothing"/);
    assert.deepEqual(
      (await run.events('mcp.call')).map(({ data }) => `${data.tool} ${data.outcome}`),
      ['big ok', 'image ok', 'fail error', 'big ok'],
      'a call that was not sent is none',
    );
    await agent.turn();
    assert.match(lastMessageOf(bench().model), /10000\tline 9999/);
  });

  it('that end or hang in a call have its outcome unknown, and later calls are answered', async () => {
    const ended = await resultOf({ docs: server('exits in a call') }, 'docs__echo', { say: 'x' });
    assert.match(ended.result, /^Unknown outcome\.[^]*it ended with exit code 9/);
    assert.deepEqual(
      (await ended.run.events('mcp.call')).map(({ data }) => data.outcome),
      ['unknown'],
    );
    const { run, agent } = await begin(
      planWith({ docs: server('hangs in a call') }, { commands: { timeout: '1s' } }),
    );
    answering(calls('docs__echo', { say: 'x' }), SUBMITS);
    await agent.turn();
    await agent.turn();
    assert.match(lastMessageOf(bench().model), /^Unknown outcome\.[^]*no answer within 1 s/);
    assert.equal((await run.task('a')).status, 'in_progress');
  });

  it('that are remote and killed in a call: its outcome is unknown, it is not sent again, and the next one is', async () => {
    const killed = await startRemoteServer({ stuck: 'tools/call' });
    const { run, agent } = await begin(planWith({ docs: { url: killed.url } }));
    const echo = (say: string) => ({ name: 'docs__echo', input: { say } });
    answering({ tools: [echo('one'), echo('two')] }, { tools: [echo('three')] }, SUBMITS);
    await Promise.all([agent.turn(), killed.stuckIn('tools/call').then(() => killed.kill())]);
    const again = await startRemoteServer({ port: Number(new URL(killed.url).port) });
    try {
      await agent.turn();
      const [first = '', second = ''] = lastMessageOf(bench().model).split(/^(?=Not sent)/m);
      assert.match(first, /^Unknown outcome\.[^]*the connection broke off before the answer/);
      assert.match(second, /^Not sent: the server docs cannot be used now\.[^]*it cannot be reached \(/);
      await agent.turn();
      assert.match(lastMessageOf(bench().model), /^Answered\.[^]*three/);
    } finally {
      await again.kill();
    }
    assert.deepEqual(
      (await run.events('mcp.call')).map(({ data }) => data.outcome),
      ['unknown', 'ok'],
    );
  });

  it('that are down stop the run before any money is spent, with the cause and what to check', async () => {
    const gone = await startRemoteServer();
    await gone.kill();
    assert.match(
      await stopOf({ docs: { url: gone.url } }),
      /docs \(http:\S+\) cannot be used: it cannot be reached \(connect ECONNREFUSED \S+\)\. Check its `url`, and whether it is running\. Correct the plan or the server\.$/,
    );
  });

  it('that cannot be used stop the run before any money is spent', async () => {
    assert.match(
      await stopOf({ docs: { command: 'no-such-server' } }),
      /docs \(no-such-server\) cannot be used: the command no-such-server was not found\./,
    );
    assert.match(await stopOf({ docs: server('exits') }), /exit code 7: no licence found/);
    assert.match(await stopOf({ docs: { command: 'yes' } }), /printed too much|too many messages/);
    assert.match(await stopOf({ docs: { command: 'cat', args: ['/dev/zero'] } }), /line of more than/);
    assert.match(await stopOf({ docs: server('lies') }), /docs \(node\) cannot be used/);
    assert.match(
      await stopOf({ docs: server('plain', undefined, { tools: ['ecko'] }) }),
      /has no tool "ecko"\. It has "echo", "big"/,
    );
  });

  it('that lack a variable or a program stop the run before its set-up and tests', async () => {
    const bin = join(bench().folder, 'node_modules', '.bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'docs-server'), '#!/bin/sh\n', { mode: 0o755 });
    const env = { ...bench().context.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` };
    const reason = async (server: object) => {
      const run = await bench().start(planWith({ docs: server }, { test: 'false' }), FILES);
      assert.equal(await run.on({ ...bench().context, env }).sandbox.checkBase({ runId: run.id }), false);
      return (await readRunStop(bench().db, run.id))?.reason ?? '';
    };
    assert.match(
      await reason({ command: 'docs-server', trusted: true, env: ['DOCS_ONE', 'DOCS_TWO'] }),
      /docs \(docs-server\) cannot be used: the variable DOCS_ONE is not set[^;]*; the variable DOCS_TWO is not set/,
    );
    assert.match(await reason({ url: 'https://localhost/mcp', env: ['DOCS_ONE'] }), /DOCS_ONE is not set/);
    assert.match(await reason({ command: 'no-such', trusted: true }), /no-such was not found in PATH\./);
    const skipped = await reason({ command: 'docs-server', trusted: true });
    assert.match(skipped, /npm may have added are skipped\. Give its absolute path: \//);
    assert.ok(skipped.includes(join(bin, 'docs-server')));
    assert.match(
      await reason({ command: join(bin, 'docs-server'), trusted: true }),
      /is red before anything was changed/,
    );
  });

  it('that no longer start get no call, and the model is told why, once for an answer', async () => {
    const { agent } = await begin(planWith({ docs: server('plain') }));
    const breaks = {
      name: 'edit_files',
      input: { files: [{ path: SERVER_PATH, action: 'delete' }] },
    };
    const echo = { name: 'docs__echo', input: { say: 'x' } };
    answering(
      { tools: [calls('read_file', { path: SERVER_PATH }).tools?.[0] ?? echo, breaks, echo, echo] },
      SUBMITS,
    );
    await agent.turn();
    await agent.turn();
    const message = lastMessageOf(bench().model);
    assert.equal(message.match(/^Not sent: the server docs cannot be used now\./gm)?.length, 2);
    assert.match(message, /exit code 1: [^]*Cannot find module/);
  });

  it('lists its tools once, so that a run does not change while it lasts', async () => {
    const { run, agent } = await begin(planWith({ docs: server('plain') }));
    const again = await run.sandbox.checkBase({ runId: run.id });
    assert.ok(again);
    await storeServerTools(bench().db, run.id, { docs: [] });
    assert.equal((await readServerTools(bench().db, run.id))?.['docs']?.length, 4);
    answering(SUBMITS);
    await agent.turn();
    const { tools = [] } = bench().model.requests.at(-1)?.body ?? assert.fail();
    assert.equal(tools.filter(({ name }) => name.startsWith('docs__')).length, 4);
  });

  it('may flood their error output', async () => {
    const { result } = await resultOf({ docs: server('floods stderr') }, 'docs__echo', { say: 'x' });
    assert.match(result, /^Answered\./);
  });

  it('name files of the draft as its own tools do, and take such paths', async () => {
    const path = 'src/money/currency.ts';
    const plan = planWith({ files: { command: officialServer('filesystem'), args: ['.'] } });
    const run = await bench().start(plan, { [path]: 'export const EURO = 1;\n' });
    assert.ok(await run.sandbox.checkBase({ runId: run.id }));
    const agent = new AgentSteps(run, 'a');
    answering(
      {
        tools: [
          { name: 'files__search_files', input: { path: '.', pattern: '**/currency.ts' } },
          { name: 'files__read_text_file', input: { path } },
          { name: 'files__read_text_file', input: { path: 'src/none.ts' } },
        ],
      },
      SUBMITS,
    );
    await agent.turn();
    await agent.turn();
    const [, found = '', read = '', failed = ''] = lastMessageOf(bench().model).split(
      /^(?:Answered|The tool reports)/m,
    );
    assert.match(found, /^src\/money\/currency\.ts$/m);
    assert.match(read, /EURO/);
    assert.match(failed, /ENOENT[^]*src\/none\.ts/);
    assert.doesNotMatch(found + read + failed, /\/sandbox|\/tree/);
  });

  it('are the official ones: filesystem, memory and everything', async () => {
    const official = (name: Parameters<typeof officialServer>[0], ...args: string[]) => ({
      command: officialServer(name),
      args,
    });
    const { agent } = await begin(
      planWith({
        files: official('filesystem', '.'),
        memory: {
          command: 'env',
          args: ['MEMORY_FILE_PATH=/tmp/leadwright-memory-of-a-test.json', officialServer('memory')],
        },
        all: official('everything'),
      }),
    );
    answering(
      {
        tools: [
          { name: 'files__read_text_file', input: { path: 'a.txt' } },
          {
            name: 'memory__create_entities',
            input: { entities: [{ name: 'Ada', entityType: 'person', observations: ['writes'] }] },
          },
          { name: 'memory__search_nodes', input: { query: 'Ada' } },
          { name: 'all__echo', input: { message: 'hello' } },
          { name: 'all__get-sum', input: { a: 2, b: 3 } },
        ],
      },
      SUBMITS,
    );
    await agent.turn();
    await agent.turn();
    const results = lastMessageOf(bench().model);
    assert.equal(results.match(/^Answered\./gm)?.length, 5);
    assert.match(results, />\na\n\n<\/material/);
    assert.match(results, /Echo: hello/);
    assert.match(results, /sum of 2 and 3 is 5/);
  });
});
