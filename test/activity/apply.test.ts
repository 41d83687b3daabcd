import assert from 'node:assert/strict';
import type { FileChange } from '../../src/agent/changes/submission.js';
import { listOpenBlockers } from '../../src/db/blockers.js';
import { AgentSteps } from '../support/agent-steps.js';
import { calls, lastText, submits, writes } from '../support/answers.js';
import { useBench, type TestPlan } from '../support/activity-bench.js';

const FILES = {
  'src/a.ts': 'one\ntwo\ntwo\n',
  'src/b.ts': 'b\n',
  'test/a.test.ts': 'assert\n',
  'bin.dat': Buffer.from([0xff, 0x00, 0x41, 0x0a]),
  link: { link: 'src/a.ts' },
};
/** Its first message shows some of the files. */
const TASK = { id: 'a', title: 'Do it', files: ['src/a.ts', 'bin.dat', 'test/a.test.ts'] };
const PLAN: TestPlan = { test: 'true', tasks: [TASK] };

describe('applying a submission', () => {
  const bench = useBench();
  const begin = async (plan: TestPlan = PLAN) => {
    const run = await bench().start(plan, FILES);
    return { run, agent: new AgentSteps(run, 'a') };
  };

  it('makes one commit that names its task; a repetition makes the same commit', async () => {
    const { run, agent } = await begin();
    bench().answer = () =>
      submits(
        { path: 'src/new.ts', action: 'create', content: 'n\n' },
        { path: 'src/a.ts', action: 'modify', edits: [{ search: 'one', replace: '1' }] },
        { path: 'src/b.ts', action: 'delete' },
      );
    await agent.turn();
    const applied = await agent.repeat();
    assert.ok(applied.next === 'test');
    assert.deepEqual(await agent.repeat(), applied);
    assert.equal(await run.text(applied.commit, 'src/new.ts'), 'n\n');
    assert.equal(await run.text(applied.commit, 'src/a.ts'), '1\ntwo\ntwo\n');
    assert.equal(await run.text(applied.commit, 'src/b.ts'), null);
    assert.equal(await bench().context.store.parentOf(applied.commit), run.base);
    const events = await run.events('changes.applied');
    assert.deepEqual(
      events.map(({ data }) => data),
      [{ attempt: 1, commit: applied.commit, files: ['src/new.ts', 'src/a.ts', 'src/b.ts'] }],
    );
    assert.equal(run.branch(), run.base, 'the branch does not move yet');
  });

  it('makes the same commit again for a worker that lost the record of it', async () => {
    const { run, agent } = await begin();
    bench().answer = () => writes({ 'n.ts': 'n\n' });
    await agent.turn();
    const first = await agent.repeat();
    await bench().db.pool.query('DELETE FROM attempts WHERE run_id = $1', [run.id]);
    assert.deepEqual(await agent.repeat(), first);
  });

  it('builds on the last tested commit and keeps bytes that no edit touches', async () => {
    const { run, agent } = await begin({ ...PLAN, test: 'false' });
    bench().answer = ({ body }) =>
      body.messages.length === 1
        ? writes({ 'n.ts': 'first\n' })
        : submits(
            { path: 'n.ts', action: 'create', content: 'second\n' },
            { path: 'bin.dat', action: 'modify', edits: [{ search: 'A', replace: 'B' }] },
          );
    await agent.turn();
    const first = await agent.repeat();
    assert.ok(first.next === 'test');
    await agent.test(first.commit);
    await agent.turn();
    const second = await agent.repeat();
    assert.ok(second.next === 'test');
    assert.equal(await bench().context.store.parentOf(second.commit), first.commit);
    assert.equal(await run.text(second.commit, 'n.ts'), 'second\n');
    const bytes = await bench().context.store.readFile(second.commit, 'bin.dat');
    assert.deepEqual(bytes, Buffer.from([0xff, 0x00, 0x42, 0x0a]));
  });

  it('returns the start commit for an empty submission', async () => {
    const { run, agent } = await begin();
    bench().answer = () => submits();
    await agent.turn();
    assert.deepEqual(await agent.repeat(), { next: 'test', commit: run.base });
  });

  const refused: [string, readonly FileChange[], RegExp][] = [
    ['a path out of the repository', [create('../x')], /\.\. segment/],
    ['an absolute path', [create('/etc/passwd')], /absolute/],
    ['git’s own folder', [create('src/.GIT/hooks/x')], /git's own folder/],
    ['a path through a link', [create('link/x')], /below "link", which is a symbolic link/],
    ['writing through a link', [create('link')], /symbolic link/],
    ['a folder as a file', [create('src')], /is a folder/],
    ['a file as a folder', [create('src/a.ts/x')], /below "src\/a\.ts", which is a file/],
    ['the same file twice', [create('n'), create('n')], /listed twice/],
    ['a file and a file below it', [create('n'), create('n/m')], /below "n"/],
    ['creating what is there unseen', [create('src/b.ts')], /exists already/],
    ['modifying what is there unseen', [{ ...create('src/b.ts'), action: 'modify' }], /was not shown it/],
    ['modifying what is not there', [{ path: 'n', action: 'modify', content: '' }], /no such file to modify/],
    ['deleting what is not there', [{ path: 'n', action: 'delete' }], /no such file|does not exist/],
    ['content with a zero byte', [{ ...create('n'), content: 'split("\0")' }], /U\+FFFD, which stands for/],
    ['an edit that matches nothing', [edit('three')], /is not in the file/],
    ['an edit that matches twice', [edit('two')], /more than once/],
    [
      'a protected test',
      [{ path: 'test/a.test.ts', action: 'modify', content: '' }],
      /only tasks of the agent test/,
    ],
    [
      'deleting a protected test',
      [{ path: 'test/a.test.ts', action: 'delete' }],
      /only tasks of the agent test/,
    ],
  ];
  for (const [what, files, reason] of refused) {
    it(`refuses ${what}, writes nothing, and tells the model why`, async () => {
      const { run, agent } = await begin();
      const good: FileChange = { path: 'good.ts', action: 'create', content: 'g\n' };
      bench().answer = ({ body }) => (body.messages.length === 1 ? submits(good, ...files) : submits(good));
      await agent.turn();
      const { counts } = agent;
      assert.deepEqual(await agent.repeat(), {
        next: 'continue',
        counts: { invalidSubmissions: 1, turns: 1 },
      });
      agent.counts = counts;
      assert.deepEqual(
        await agent.repeat(),
        { next: 'continue', counts: { invalidSubmissions: 1, turns: 1 } },
        'a repetition has the same result',
      );
      const events = await run.events('changes.refused');
      assert.equal(events.length, 1);
      assert.match(JSON.stringify(events[0]?.data).replaceAll('\\', ''), reason);
      assert.deepEqual(await run.events('changes.applied'), []);
      await agent.turn();
      const message = lastText(bench().model.requests.at(-1) ?? assert.fail());
      assert.match(message, /^Refused: /);
      assert.match(message, reason);
      const applied = await agent.repeat();
      assert.equal(applied.next, 'test');
      assert.equal((await run.task('a')).attempts, 0, 'a refused submission is not an attempt');
    });
  }

  it('blocks the task after three refused submissions in a row', async () => {
    const { run, agent } = await begin();
    bench().answer = () => submits(create('../x'));
    const next = [];
    for (let at = 0; at < 3; at++) {
      await agent.turn();
      next.push((await agent.repeat()).next);
    }
    assert.deepEqual(next, ['continue', 'continue', 'blocked']);
    const [blocker] = (await listOpenBlockers(bench().db, run.id)).filter(({ taskId }) => taskId === 'a');
    assert.equal(blocker?.reason, 'refused');
    assert.match(blocker.question, /"\.\.\/x"/);
    assert.match(blocker.question, /hand in a commit.*`may_change`/, 'what a hint cannot allow');
    assert.equal((await run.task('a')).status, 'blocked');
  });

  it('allows what the plan permits: may_change, the agent test, a new test, a file that was read', async () => {
    const existing: FileChange = { path: 'test/a.test.ts', action: 'modify', content: 'better\n' };
    const lifted: TestPlan[] = [
      { test: 'true', tasks: [{ ...TASK, may_change: ['test/**'] }] },
      { test: 'true', tasks: [{ ...TASK, agent: 'test' }] },
      { test: 'true', tasks: [TASK], protect: [] },
    ];
    for (const plan of lifted) {
      const { agent } = await begin(plan);
      bench().answer = () => submits(existing);
      await agent.turn();
      assert.equal((await agent.repeat()).next, 'test');
    }
    const { agent } = await begin();
    bench().answer = ({ body }) =>
      body.messages.length === 1
        ? calls('read_file', { path: 'src/b.ts' })
        : submits(create('src/b.ts'), create('test/new.test.ts'));
    await agent.turn();
    await agent.turn();
    assert.equal((await agent.repeat()).next, 'test');
  });

  it('uses the plan’s own list of protected files', async () => {
    const { agent } = await begin({ ...PLAN, protect: ['src/*.ts'] });
    bench().answer = () => submits({ path: 'src/b.ts', action: 'delete' });
    await agent.turn();
    assert.equal((await agent.repeat()).next, 'continue');
  });
});

function create(path: string): FileChange {
  return { path, action: 'create', content: 'x\n' };
}

function edit(search: string): FileChange {
  return { path: 'src/a.ts', action: 'modify', edits: [{ search, replace: '' }] };
}
