import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Answer } from '../../src/model/scripted/script.js';
import { AgentSteps } from '../support/agent-steps.js';
import { calls, edits, inOrder, lastMessageOf } from '../support/answers.js';
import { useBench, type TestPlan } from '../support/activity-bench.js';

const FILES = {
  'a.txt': 'a\n',
  'package.json': '{ "dependencies": {} }\n',
  'package-lock.json': '{}\n',
  'test/a.test.ts': 'assert\n',
};
const PLAN: TestPlan = { test: 'test -e good.txt', tasks: [{ id: 'a', title: 'Do it', files: ['a.txt'] }] };
const SECRET = `ghp_${'a1B2'.repeat(9)}`;

describe('a command on the draft', () => {
  const bench = useBench();
  const begin = async (plan: TestPlan = PLAN) => {
    const run = await bench().start(plan, FILES);
    return { run, agent: new AgentSteps(run, 'a') };
  };
  const answering = (...answers: readonly Answer[]) => {
    bench().answer = inOrder(answers);
  };
  const lastMessage = () => lastMessageOf(bench().model);
  /** The result of a command, as the next request has it. */
  const resultOf = async (input: Record<string, unknown>, plan: TestPlan = PLAN) => {
    const { run, agent } = await begin(plan);
    answering(runs(input), SUBMITS);
    assert.equal(await agent.turn(), 'continue');
    await agent.turn();
    return { run, agent, result: lastMessage() };
  };

  it('returns its exit code and its output, and writes one event', async () => {
    const { run, result } = await resultOf({ command: 'cat a.txt; echo oops >&2; exit 3' });
    assert.match(result, /^Exit code 3\.\n\n<material \w+>\na\noops\n/);
    const [event, ...others] = await run.events('command.finished');
    assert.deepEqual(others, []);
    const { ms, ...data } = event?.data ?? assert.fail();
    assert.ok(ms >= 0);
    assert.deepEqual(data, {
      ...{ attempt: 1, turn: 1, command: 'cat a.txt; echo oops >&2; exit 3' },
      ...{ exitCode: 3, kept: [] },
    });
    assert.equal((await run.task('a')).corrections, 0);
  });

  it('sees the edits before it in the same answer, and what it keeps is submitted after it', async () => {
    const { run, agent } = await begin();
    const edit = {
      name: 'edit_files',
      input: { files: [{ path: 'n.txt', action: 'create', content: 'n' }] },
    };
    const command = {
      name: 'run_command',
      input: { command: 'cp n.txt good.txt; chmod +x good.txt; echo lost >lost.txt', keep: ['good.txt'] },
    };
    const submit = { name: 'submit_changes', input: { explanation: '' } };
    answering({ tools: [edit, command, submit] });
    assert.equal(await agent.turn(), 'test');
    const applied = await agent.repeat();
    assert.ok(applied.next === 'test');
    const { store } = bench().context;
    assert.deepEqual(await store.changedPaths(run.base, applied.commit), ['good.txt', 'n.txt']);
    const found = await store.lookUp(applied.commit, 'good.txt');
    assert.ok(found.kind === 'file' && found.executable);
    assert.equal(await agent.test(applied.commit), 'land');
  });

  it('and an edit leave a file as unknown as it was: whole content needs the whole file', async () => {
    const files = { 'part.txt': '1\n2\n3\n', 'whole.txt': 'w\n' };
    const task = { id: 'a', title: 'Do it', files: ['whole.txt'] };
    const run = await bench().start({ test: 'true', tasks: [task] }, files);
    const agent = new AgentSteps(run, 'a');
    const writesBoth = edits(
      ...['part.txt', 'whole.txt', 'new.txt'].map((path) => ({
        path,
        action: 'modify' as const,
        content: path,
      })),
    );
    const command = 'for f in part whole new; do echo more >>$f.txt; done';
    answering(
      calls('read_file', { path: 'part.txt', last_line: 2 }),
      edits({ path: 'part.txt', action: 'modify', edits: [{ search: '2', replace: 'two' }] }),
      runs({ command, keep: ['part.txt', 'whole.txt', 'new.txt'] }),
      writesBoth,
      calls('read_file', { path: 'part.txt', first_line: 3 }),
      calls('read_file', { path: 'part.txt', last_line: 2 }),
      writesBoth,
      SUBMITS,
    );
    const results: string[] = [];
    for (let turn = 1; turn <= 7; turn++) {
      assert.equal(await agent.turn(), 'continue');
      const before = agent.work.draft;
      const { next, ...repeated } = await agent.repeat();
      assert.deepEqual([next, 'draft' in repeated ? repeated.draft : before], ['continue', before]);
      results.push(lastMessage());
    }
    assert.equal(await agent.turn(), 'test');
    results.push(lastMessage());
    assert.match(results[2] ?? '', /^Changed part\.txt\./);
    assert.match(
      results[4] ?? '',
      /^Changed whole\.txt, new\.txt\.\nNot changed:\n"part\.txt": .* only a part of it/,
    );
    assert.match(results[5] ?? '', /3\t3\n4\tmore/);
    assert.match(results[6] ?? '', /1\t1\n2\ttwo/);
    assert.match(results[7] ?? '', /^Changed part\.txt\.\nThe same as before: whole\.txt, new\.txt\.$/);
  });

  it('is not submitted by its answer without a file that it was to keep; a failed command alone is no reason', async () => {
    const { run, agent } = await begin();
    const submit = { name: 'submit_changes', input: { explanation: '' } };
    const fails = { name: 'run_command', input: { command: 'exit 1' } };
    const keeps = { name: 'run_command', input: { command: 'true', keep: ['gone.txt'] } };
    answering({ tools: [keeps, submit] }, { tools: [fails, submit] });
    assert.equal(await agent.turn(), 'continue');
    assert.match(
      (await run.events('changes.refused')).at(-1)?.data.reason ?? '',
      /in the same answer, was not made/,
    );
    assert.equal(await agent.turn(), 'test');
  });

  it('keeps files under the rules for edits, and reports each path', async () => {
    const { run, agent, result } = await resultOf({
      command: [
        'echo new >new.txt; echo x >test/a.test.ts; ln -s /etc/passwd link; mkdir dir; ln -s /etc etc',
        'mkdir .husky; echo x >.husky/pre-commit; mkfifo pipe; truncate -s 1T huge',
        "printf '<<<<<<< a\\n=======\\n>>>>>>> b\\n' >merge.txt; false",
      ].join('\n'),
      keep: [
        ...['new.txt', 'test/a.test.ts', 'link', 'dir', 'etc/passwd', 'gone', '.husky/pre-commit'],
        ...['pipe', 'huge', 'merge.txt', 'a.txt'],
      ],
    });
    assert.deepEqual(await bench().context.store.changedPaths(run.base, agent.work.draft), ['new.txt']);
    assert.match(result, /^Exit code 1\.\nKept new\.txt, a\.txt\.\nNot changed:\n/);
    for (const path of ['link', 'dir', 'etc/passwd', 'gone', 'pipe', 'huge']) {
      assert.ok(result.includes(`"${path}": it is not there after the command`), path);
    }
    assert.match(result, /"test\/a\.test\.ts": .*only tasks of the agent test/);
    assert.match(result, /"\.husky\/pre-commit": /);
    assert.match(result, /"merge\.txt": conflict markers .* are left in it/);
    assert.deepEqual((await run.events('command.finished'))[0]?.data.kept, ['new.txt', 'a.txt']);
    assert.deepEqual(
      (await run.events('changes.refused')).map(({ data }) => [data.attempt, data.path]),
      [[1, 'test/a.test.ts']],
      'the first that a rule refuses',
    );
  });

  it('shows the head and tail of a long output, and the rest on request, without secrets', async () => {
    const { agent } = await begin();
    answering(
      runs({ command: `seq 20000; printf 'ghp\\033[0m_%s\\n' ${SECRET.slice(4)}; seq 20000` }),
      calls('read_output', { id: 'command-1-1', first_line: 20_000, last_line: 20_002 }),
      calls('read_output', { id: 'command-2-1' }),
      SUBMITS,
    );
    await agent.turn();
    await agent.turn();
    assert.ok(lastMessage().length < 8_500, String(lastMessage().length));
    assert.match(lastMessage(), /the id command-1-1 [^]*\n1\n2\n[^]*characters left out[^]*\n20000\n/);
    await agent.turn();
    assert.match(lastMessage(), /\n20000\t20000\n20001\t\[redacted:[^\]]*\]\n20002\t1\n/);
    await agent.turn();
    assert.match(lastMessage(), /Error: this task has no output "command-2-1"\./);
  });

  it('shows the failures of a long test run that failed: the first ones are in its middle', async () => {
    const run = (code: number) =>
      `${[
        'seq 1 2000 | sed "s/.*/test_& (t.C.test_&) ... ok/"',
        'for n in 1 2 3 4 5 6 7 8 9; do seq 1 70 | tr "0-9" "=" | tr -d "\\n" | cut -c1-70; echo "FAIL: test_f$n (t.C.test_f$n)"; seq 1 600; echo "AssertionError: $n"; done',
        'echo "FAILED (failures=9)"',
      ].join('; ')}; exit ${code}`;
    const { result } = await resultOf({ command: run(1) });
    assert.match(
      result,
      /^Exit code 1\.\nOf the output, the failures are shown: read_output with the id command-1-1 shows all of it\.\n\n<material \w+>\n={70}\nFAIL: test_f1 /,
    );
    assert.match(result, /\nAssertionError: 9\nFAILED \(failures=9\)\n/);
    assert.ok(result.length < 8_300);
    const passed = await resultOf({ command: run(0) });
    assert.match(passed.result, /^Exit code 0\.\nThe output is shortened: [^]*>\ntest_1 /);
  });

  it('and a failed test show no secret of which colours split the words', async () => {
    const printed = String.raw`printf 'it is correct-\033[31mhorse-battery\n'; exit 1`;
    const run = await bench().start(
      { ...PLAN, test: printed },
      { ...FILES, '.env': 'PASSWORD=correct-horse-battery\n' },
    );
    const agent = new AgentSteps(run, 'a');
    answering(runs({ command: printed }), SUBMITS, SUBMITS);
    await agent.turn();
    await agent.turn();
    assert.match(lastMessage(), /it is \[redacted:/);
    const applied = await agent.repeat();
    assert.ok(applied.next === 'test');
    assert.equal(await agent.test(applied.commit), 'correct');
    await agent.turn();
    assert.match(lastMessage(), /^The tests failed[^]*it is \[redacted:/);
    const { rows } = await bench().db.pool.query<{ output: string }>(
      'SELECT output FROM test_results WHERE run_id = $1',
      [run.id],
    );
    for (const { output } of rows) assert.doesNotMatch(output, /horse/);
  });

  it('and a failed test have their whole output read by the id in their result', async () => {
    const { agent } = await begin({ ...PLAN, test: `seq 5000; echo ${SECRET}; exit 1` });
    answering(SUBMITS);
    await agent.turn();
    const applied = await agent.repeat();
    assert.ok(applied.next === 'test');
    assert.equal(await agent.test(applied.commit), 'correct');
    answering(SUBMITS, SUBMITS);
    await agent.turn();
    const [, id] = /^The tests failed[^]*read_output with the id (test-\d+) /.exec(lastMessage()) ?? [];
    answering(
      SUBMITS,
      SUBMITS,
      calls('read_output', { id, first_line: 2_500, last_line: 2_500 }),
      calls('read_output', { id, first_line: 5_001 }),
      SUBMITS,
    );
    await agent.turn();
    await agent.turn();
    assert.match(lastMessage(), /\n2500\t2500\n/);
    await agent.turn();
    assert.match(lastMessage(), /\n5001\t\[redacted:/);
  });

  it('has no output of another task', async () => {
    const { run, agent } = await begin({ ...PLAN, tasks: [...PLAN.tasks, { id: 'b', title: 'Do that' }] });
    answering(runs({ command: 'echo mine' }), SUBMITS);
    await agent.turn();
    const other = new AgentSteps(run, 'b');
    answering(calls('read_output', { id: 'command-1-1' }), SUBMITS);
    await other.turn();
    await other.turn();
    assert.match(lastMessage(), /this task has no output/);
  });

  it('has no output of another task’s test, until its own work has the same verdict', async () => {
    const plan = { test: 'echo theirs; exit 1', tasks: [...PLAN.tasks, { id: 'b', title: 'Do that' }] };
    const { run, agent } = await begin(plan);
    answering(SUBMITS);
    await agent.turn();
    assert.equal(await agent.test(await agent.submitted()), 'correct');
    const { rows } = await bench().db.pool.query<{ test: number }>(
      'SELECT test_id AS test FROM attempts WHERE run_id = $1',
      [run.id],
    );
    const reads = calls('read_output', { id: `test-${rows[0]?.test}` });
    const other = new AgentSteps(run, 'b');
    answering(reads, SUBMITS, reads, SUBMITS);
    await other.turn();
    await other.turn();
    assert.match(lastMessage(), /this task has no output/);
    assert.equal(await other.test(await other.submitted()), 'correct');
    await other.turn();
    await other.turn();
    assert.match(lastMessage(), /\n1\ttheirs\n/);
  });

  it('is killed at its time limit, which the plan bounds, and keeps nothing then', async () => {
    const plan: TestPlan = { ...PLAN, commands: { timeout: '1s' } };
    const { run, agent, result } = await resultOf(
      { command: 'echo begun; echo x >n.txt; sleep 60', timeout_s: 600, keep: ['n.txt'] },
      plan,
    );
    assert.match(result, /^Killed: it was still running after 1 s\.\nNot changed:\n"n\.txt": [^]*begun/);
    assert.equal(agent.work.draft, run.base);
    assert.equal((await run.events('command.finished'))[0]?.data.exitCode, null);
  });

  it('is refused once the plan’s number of commands is used up', async () => {
    const { run, agent } = await begin({ ...PLAN, commands: { max: 1 } });
    const command = { name: 'run_command', input: { command: 'true' } };
    answering({ tools: [command, command] }, SUBMITS);
    await agent.turn();
    await agent.turn();
    assert.match(lastMessage(), /^Exit code 0\.\nIt printed nothing\.\nNot run: the plan allows 1 command/);
    assert.equal((await run.events('command.finished')).length, 1);
  });

  it('says when the set-up failed, and does not run then', async () => {
    const plan: TestPlan = { ...PLAN, setup: 'echo no network; exit 7' };
    const { result } = await resultOf({ command: 'echo never' }, plan);
    assert.match(
      result,
      /^The set-up \(echo no network; exit 7\) failed, so the command did not run\.[^]*no network/,
    );
    assert.ok(!result.includes('never'));
  });

  it('runs once: its recorded result counts when the turn is repeated', async () => {
    const { run, agent } = await begin();
    const log = join(bench().folder, 'log-of-commands');
    answering(runs({ command: `echo x >>${log}; echo n >n.txt`, keep: ['n.txt'] }), SUBMITS);
    const input = agent.turnInput();
    assert.deepEqual(await run.model.turn(input), { next: 'run', timeoutMs: 300_000 });
    const first = await run.sandbox.runCalls(input);
    assert.deepEqual(await run.sandbox.runCalls(input), first);
    assert.deepEqual(await run.model.turn(input), { next: 'run', timeoutMs: 300_000 });
    assert.equal(existsSync(log) && readFileSync(log, 'utf8'), 'x\n');
    assert.equal((await run.events('command.finished')).length, 1);
    // A worker that died between the command and its record runs it again, from the same draft.
    await bench().db.pool.query('DELETE FROM call_results WHERE run_id = $1', [run.id]);
    assert.deepEqual(await run.sandbox.runCalls(input), first);
    assert.equal(readFileSync(log, 'utf8'), 'x\nx\n');
  });

  it('asks the question of its answer only after it ran, once', async () => {
    const { run, agent } = await begin();
    answering({
      tools: [
        { name: 'run_command', input: { command: 'true' } },
        { name: 'ask_human', input: { question: 'Which?' } },
      ],
    });
    const input = agent.turnInput();
    assert.equal((await run.model.turn(input)).next, 'run');
    assert.deepEqual(await run.events('blocker.raised'), []);
    assert.equal((await run.sandbox.runCalls(input)).next, 'blocked');
    assert.equal((await run.sandbox.runCalls(input)).next, 'blocked');
    assert.equal((await run.events('blocker.raised')).length, 1);
  });
});

function runs(input: Record<string, unknown>): Answer {
  return calls('run_command', input);
}

const SUBMITS = calls('submit_changes', { explanation: 'Done.' });
