import assert from 'node:assert/strict';
import type { FileChange } from '../../src/agent/changes/submission.js';
import { answerBlocker } from '../../src/db/blockers.js';
import { readGraph } from '../../src/db/lead-graph.js';
import { blockerId, taskId } from '../../src/contract/ids.js';
import type { Answer } from '../../src/model/scripted/script.js';
import { AgentSteps } from '../support/agent-steps.js';
import { calls, edits, inOrder, lastMessageOf, submits, writes } from '../support/answers.js';
import { useBench, type TestPlan } from '../support/activity-bench.js';

const FILES = {
  'src/a.ts': 'one\ntwo\ntwo\n',
  'src/b.ts': 'b\n',
  'test/a.test.ts': 'assert\n',
  '.env': 'PORT=1\n',
};
const PLAN: TestPlan = {
  test: 'true',
  tasks: [{ id: 'a', title: 'Do it', files: ['src/a.ts', 'test/a.test.ts'] }],
};

describe('a draft', () => {
  const bench = useBench();
  const begin = async (plan: TestPlan = PLAN) => {
    const run = await bench().start(plan, FILES);
    return { run, agent: new AgentSteps(run, 'a') };
  };
  const answering = (...answers: readonly Answer[]) => {
    bench().answer = inOrder(answers);
  };
  const lastMessage = () => lastMessageOf(bench().model);

  it('is changed by edits, seen by reads, and submitted as one commit', async () => {
    const { run, agent } = await begin();
    answering(
      edits({ path: 'src/a.ts', action: 'modify', edits: [{ search: 'one', replace: '1' }] }),
      edits(
        { path: 'run.sh', action: 'create', content: 'echo\n', executable: true },
        { path: 'src/c.ts', action: 'move', from: 'src/b.ts' },
      ),
      calls('read_file', { path: 'src/a.ts' }),
      calls('submit_changes', { explanation: 'Done.' }),
    );
    assert.equal(await agent.turn(), 'continue');
    const first = agent.work.draft;
    assert.equal(await run.text(first, 'src/a.ts'), '1\ntwo\ntwo\n');
    assert.equal(await agent.turn(), 'continue');
    assert.equal(lastMessage(), 'Changed src/a.ts.');
    assert.equal(await agent.turn(), 'continue');
    assert.equal(lastMessage(), 'Changed run.sh, src/b.ts to src/c.ts.');
    assert.equal(run.branch(), run.base, 'a draft is not on the branch');
    assert.equal(await agent.turn(), 'test');
    assert.match(lastMessage(), /1\t1\n2\ttwo/);
    const applied = await agent.repeat();
    assert.ok(applied.next === 'test');
    const { store } = bench().context;
    assert.equal(await store.parentOf(applied.commit), run.base);
    assert.deepEqual(await store.changedPaths(run.base, applied.commit), [
      'run.sh',
      'src/a.ts',
      'src/b.ts',
      'src/c.ts',
    ]);
    assert.deepEqual(
      await store.lookUp(applied.commit, 'run.sh').then((found) => 'executable' in found && found.executable),
      true,
    );
    assert.deepEqual(
      (await run.events('changes.applied')).map(({ data }) => data.files),
      [['run.sh', 'src/a.ts', 'src/b.ts', 'src/c.ts']],
    );
    assert.deepEqual(await agent.repeat(), applied, 'a repetition makes the same commit');
  });

  it('takes what fits of an edit, and says why the rest does not', async () => {
    const { run, agent } = await begin();
    answering(
      edits(
        { path: 'src/a.ts', action: 'modify', edits: [{ search: 'three', replace: '3' }] },
        { path: 'test/a.test.ts', action: 'modify', content: '' },
        { path: '../x', action: 'create', content: '' },
        { path: 'src/b.ts', action: 'modify', content: '' },
        { path: 'notes.env', action: 'move', from: '.env' },
        { path: 'n.ts', action: 'create', content: 'n\n' },
      ),
      writes({ 'm.ts': 'm\n' }),
    );
    await agent.turn();
    assert.deepEqual(await bench().context.store.changedPaths(run.base, agent.work.draft), ['n.ts']);
    await agent.turn();
    const message = lastMessage();
    assert.match(message, /^Changed n\.ts\.\nNot changed:\n"src\/a\.ts": edit 1: .* is not in the file/);
    assert.match(message, /"test\/a\.test\.ts": .*only tasks of the agent test/);
    assert.match(message, /"\.\.\/x": has a \.\. segment/);
    assert.match(message, /"src\/b\.ts": this task was not shown it/);
    assert.match(message, /"notes\.env": \.env looks like .* cannot be moved/);
    const [refused, ...more] = await run.events('changes.refused');
    assert.deepEqual([refused?.data.attempt, refused?.data.path], [1, 'src/a.ts'], 'the first');
    assert.match(refused?.data.reason ?? '', /^edit 1: .* is not in the file/);
    assert.deepEqual(more, []);
    await agent.repeat();
    assert.equal((await run.events('changes.refused')).length, 1, 'once, when the turn is repeated');
  });

  it('takes the files of an edit that are well-formed, and says what is wrong with each other', async () => {
    const { run, agent } = await begin();
    answering(
      edits(
        { path: 'n.ts', action: 'create', content: 'n\n' },
        { path: 'empty.ts', action: 'create' },
        { path: 'src/a.ts', action: 'move' },
        { path: 'src/b.ts', action: 'delete', content: '' },
      ),
      writes({ 'm.ts': 'm\n' }),
    );
    await agent.turn();
    assert.deepEqual(await run.changed(run.base, agent.work.draft), ['n.ts']);
    await agent.turn();
    assert.equal(
      lastMessage(),
      [
        'Changed n.ts.',
        'Not changed:',
        '"empty.ts": create needs content or edits.',
        '"src/a.ts": move needs from.',
        '"src/b.ts": delete takes neither content nor edits nor executable.',
      ].join('\n'),
    );
  });

  it('says which changes made no difference', async () => {
    const { run, agent } = await begin();
    answering(
      edits(
        { path: 'src/a.ts', action: 'modify', edits: [{ search: 'one', replace: 'one' }] },
        { path: 'n.ts', action: 'create', content: 'n\n' },
      ),
      edits({ path: 'n.ts', action: 'create', content: 'n\n' }),
      edits({ path: 'n.ts', action: 'modify', executable: true }),
      writes({ 'm.ts': 'm\n' }),
    );
    await agent.turn();
    assert.deepEqual(await run.changed(run.base, agent.work.draft), ['n.ts']);
    await agent.turn();
    assert.equal(lastMessage(), 'Changed n.ts.\nThe same as before: src/a.ts.');
    await agent.turn();
    assert.equal(lastMessage(), 'The same as before: n.ts.');
    await agent.turn();
    assert.equal(lastMessage(), 'Changed n.ts.');
  });

  it('is the same commit when a worker lost the record of it, and its recorded result counts', async () => {
    const { run, agent } = await begin();
    answering(edits({ path: 'n.ts', action: 'create', content: 'n\n' }));
    const input = agent.turnInput();
    const first = await run.model.turn(input);
    assert.deepEqual(await run.model.turn(input), first);
    await bench().db.pool.query('DELETE FROM call_results WHERE run_id = $1', [run.id]);
    assert.deepEqual(await run.model.turn(input), first);
  });

  it('lets each call of one answer see what the calls before it did', async () => {
    const { agent } = await begin();
    const read = { name: 'read_file', input: { path: 'n.ts' } };
    const writing = (content: string) => ({
      name: 'edit_files',
      input: { files: [{ path: 'n.ts', action: 'create', content }] },
    });
    answering({ tools: [read, writing('first'), read, writing('second'), read] }, writes({ 'm.ts': '' }));
    await agent.turn();
    await agent.turn();
    assert.match(lastMessage(), /no file "n\.ts"[^]*Changed[^]*1\tfirst[^]*Changed[^]*1\tsecond/);
  });

  it('keeps the valid calls beside an invalid one, and counts only invalid submissions', async () => {
    const { run, agent } = await begin();
    const edit = { name: 'edit_files', input: { files: [{ path: 'n.ts', action: 'create', content: 'n' }] } };
    answering(
      { tools: [{ name: 'read_file', input: {} }, edit, { name: 'rm', input: {} }] },
      { tools: [{ name: 'rm', input: {} }] },
      { tools: [{ name: 'submit_changes', input: {} }] },
      calls('read_file', { path: 'n.ts' }),
      writes({ 'm.ts': '' }),
    );
    await agent.turn();
    assert.deepEqual(agent.counts, { invalidSubmissions: 0, turns: 1 });
    await agent.turn();
    assert.match(
      lastMessage(),
      /^Malformed: the input of read_file [^]*\nChanged n\.ts\.\nMalformed: there is no tool "rm"\. Your tools are /,
    );
    await agent.turn();
    await agent.turn();
    assert.deepEqual(await run.events('changes.refused').then((all) => all.length), 1);
    await agent.turn();
    assert.equal(await run.text(agent.work.draft, 'n.ts'), 'n');
  });

  const submit = { name: 'submit_changes', input: { explanation: 'All done.' } };
  const edit = (...files: readonly FileChange[]) => ({ name: 'edit_files', input: { files } });
  const good: FileChange = { path: 'n.ts', action: 'create', content: 'n\n' };
  const bad: FileChange = {
    path: 'src/a.ts',
    action: 'modify',
    edits: [{ search: 'three', replace: '3' }],
  };
  const incomplete: readonly [string, NonNullable<Answer['tools']>][] = [
    ['an edit that was refused', [edit(good), edit(bad), submit]],
    ['an edit of which a part was refused', [edit(good, bad), submit]],
    ['an edit that is malformed', [edit(good), { name: 'edit_files', input: {} }, submit]],
    ['a call of an unknown tool', [edit(good), { name: 'str_replace', input: {} }, submit]],
    ['more changes than an answer may have', [...Array.from({ length: 65 }, () => edit(good)), submit]],
  ];
  for (const [what, tools] of incomplete) {
    it(`is not submitted by an answer with ${what}`, async () => {
      const { run, agent } = await begin();
      answering({ tools }, { tools: [submit] });
      assert.equal(await agent.turn(), 'continue');
      assert.deepEqual(await agent.repeat(), await agent.repeat());
      const [refused] = (await run.events('changes.refused')).slice(-1);
      assert.match(
        refused?.data.reason ?? '',
        /^a change before the submission, in the same answer, was not made$/,
      );
      assert.deepEqual(await bench().context.store.changedPaths(run.base, agent.work.draft), ['n.ts']);
      assert.equal(await agent.turn(), 'test');
      assert.match(lastMessage(), /Refused: a change before it in the same answer was not made/);
      assert.equal((await run.task('a')).attempts, 0, 'nothing was tested');
    });
  }

  it('is submitted beside calls that change nothing and fail, and those after the submission', async () => {
    const { run, agent } = await begin();
    const missing = { name: 'read_file', input: { path: 'nowhere' } };
    answering({ tools: [edit(good), missing, { name: 'read_file', input: {} }, submit, edit(bad)] });
    assert.equal(await agent.turn(), 'test');
    assert.deepEqual(await run.events('changes.refused'), []);
  });

  it('resets the count of invalid submissions by a valid step', async () => {
    const { agent } = await begin();
    answering(
      { tools: [{ name: 'submit_changes', input: {} }] },
      edits({ path: 'n', action: 'create', content: '' }),
    );
    await agent.turn();
    assert.deepEqual(agent.counts, { invalidSubmissions: 1, turns: 1 });
    await agent.turn();
    assert.deepEqual(agent.counts, { invalidSubmissions: 0, turns: 2 });
  });

  it('takes the files of a submission completely or not at all, with every problem', async () => {
    const { run, agent } = await begin();
    answering(
      edits({ path: 'n.ts', action: 'create', content: 'n\n' }),
      submits(
        { path: 'm.ts', action: 'create', content: 'm\n' },
        { path: '../x', action: 'create', content: '' },
        { path: 'src/a.ts', action: 'modify', edits: [{ search: 'three', replace: '3' }] },
      ),
      submits({ path: 'm.ts', action: 'create', content: 'm\n' }),
    );
    await agent.turn();
    const { draft } = agent.work;
    await agent.turn();
    assert.equal((await agent.repeat()).next, 'continue');
    assert.equal(agent.work.draft, draft);
    await agent.turn();
    assert.match(lastMessage(), /^Refused: Nothing [^]*"\.\.\/x"[^]*"src\/a\.ts": edit 1/);
    const applied = await agent.repeat();
    assert.ok(applied.next === 'test');
    assert.deepEqual(await bench().context.store.changedPaths(run.base, applied.commit), ['m.ts', 'n.ts']);
  });

  it('is the tested commit after a red verdict', async () => {
    const { run, agent } = await begin({ ...PLAN, test: 'false' });
    answering(
      {
        tools: [
          ...(edits({ path: 'n', action: 'create', content: '1' }).tools ?? []),
          submission({ path: 'm', action: 'create', content: '1' }),
        ],
      },
      edits({ path: 'm', action: 'modify', edits: [{ search: '1', replace: '2' }] }),
      calls('submit_changes', { explanation: '' }),
    );
    assert.equal(await agent.turn(), 'test');
    const first = await agent.repeat();
    assert.ok(first.next === 'test');
    assert.equal(await agent.test(first.commit), 'correct');
    await agent.turn();
    assert.match(lastMessage(), /^Changed n\.\nThe tests failed/);
    await agent.turn();
    const second = await agent.repeat();
    assert.ok(second.next === 'test');
    assert.equal(await bench().context.store.parentOf(second.commit), first.commit);
    assert.equal(await run.text(second.commit, 'm'), '2');
    assert.equal(await run.text(second.commit, 'n'), '1');
  });

  it('that ends where it began is an empty submission', async () => {
    const { run, agent } = await begin();
    answering(
      edits({ path: 'n', action: 'create', content: '1' }),
      edits({ path: 'n', action: 'delete' }),
      calls('submit_changes', { explanation: 'Nothing to do' }),
    );
    for (let turn = 0; turn < 3; turn++) await agent.turn();
    assert.notEqual(agent.work.draft, run.base);
    assert.deepEqual(await agent.repeat(), { next: 'test', commit: run.base });
  });

  it('is part of the progress that a new lead reads, also after a question in the same answer', async () => {
    const { run, agent } = await begin();
    answering(
      edits({ path: 'n', action: 'create', content: '1' }),
      {
        tools: [
          ...(edits({ path: 'm', action: 'create', content: '1' }).tools ?? []),
          { name: 'ask_human', input: { question: 'Which?' } },
        ],
      },
      calls('submit_changes', { explanation: '' }),
    );
    const progress = async () => (await readGraph(bench().db, run.id, 0)).tasks[0]?.progress;
    assert.equal(await agent.turn(), 'continue');
    assert.equal(await agent.turn(), 'blocked');
    assert.deepEqual(
      await run.model.turn({
        ...agent.turnInput(),
        turn: 2,
        work: { start: run.base, commit: run.base, draft: run.base },
      }),
      {
        next: 'blocked',
        draft: agent.work.draft,
      },
    );
    assert.deepEqual((await progress())?.work, agent.work);
    assert.equal(await run.text(agent.work.draft, 'm'), '1');
    await answerBlocker(bench().db, blockerId(`${run.id}:a:1`), 'ada', 'That one');
    assert.equal(await agent.turn(), 'test');
    assert.match(lastMessage(), /^Changed m\.\nA person answered/);
    const applied = await agent.repeat();
    assert.ok(applied.next === 'test');
    await agent.test(applied.commit);
    assert.deepEqual((await progress())?.work, {
      start: run.base,
      commit: applied.commit,
      draft: applied.commit,
    });
    assert.equal((await readGraph(bench().db, run.id, 0)).tasks[0]?.id, taskId('a'));
  });
});

function submission(...files: readonly FileChange[]) {
  return { name: 'submit_changes', input: { explanation: '', files } };
}
