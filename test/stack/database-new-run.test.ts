import assert from 'node:assert/strict';
import { eventsOf, planOf, recordRun, useDatabase } from '../support/run-record.js';

const TASKS = [
  { id: 'price', issue: 'Cart', files: ['src/price.ts'], mayChange: ['test/**'] },
  { id: 'cart', issue: 'Cart', dependsOn: ['price'], agent: 'frontend', priority: 0, canParallelize: false },
] as const;

describe('starting a run', () => {
  const { db } = useDatabase();

  it('records the plan, each task as the plan has it, and one event', async () => {
    assert.deepEqual(await recordRun(db(), 'first', TASKS), { kind: 'created' });
    const run = await db().prisma.run.findUniqueOrThrow({
      where: { id: 'first' },
      include: { tasks: { orderBy: { number: 'asc' }, include: { issue: true } }, project: true },
    });
    // The tasks are rows of their own.
    assert.deepEqual(run.plan, JSON.parse(JSON.stringify({ ...planOf(TASKS), tasks: undefined })));
    assert.equal(run.project.name, 'bookshop');
    assert.deepEqual(
      run.tasks.map((task) => [task.number, task.id, task.issue?.title, task.dependsOn, task.assignedTo]),
      [
        [1, 'price', 'Cart', [], 'backend'],
        [2, 'cart', 'Cart', ['price'], 'frontend'],
      ],
    );
    assert.deepEqual(
      run.tasks.map((task) => [task.files, task.mayChange, task.priority, task.canParallelize]),
      [
        [['src/price.ts'], ['test/**'], 2, true],
        [[], [], 0, false],
      ],
    );
    assert.deepEqual(
      (await eventsOf(db(), 'first')).map(({ seq, type, data }) => [seq, type, data]),
      [[1, 'run.status', { status: 'running', from: null }]],
    );
  });

  it('makes one run for ten concurrent requests', async () => {
    const claims = await Promise.all(Array.from({ length: 10 }, () => recordRun(db(), 'once', TASKS)));
    assert.deepEqual(claims.map(({ kind }) => kind).sort(), ['created', ...Array<string>(9).fill('same')]);
    assert.equal(await db().prisma.task.count({ where: { runId: 'once' } }), 2);
    assert.equal((await eventsOf(db(), 'once')).length, 1);
  });

  it('refuses an id that belongs to another plan or repository, and leaves nothing behind', async () => {
    await recordRun(db(), 'taken', TASKS);
    const before = await db().prisma.project.findMany();
    assert.deepEqual(await recordRun(db(), 'taken', TASKS, { planHash: 'another' }), {
      kind: 'other',
      differs: 'plan',
    });
    assert.deepEqual(await recordRun(db(), 'taken', TASKS, { repository: '/elsewhere' }), {
      kind: 'other',
      differs: 'repository',
    });
    assert.deepEqual(await db().prisma.project.findMany(), before);
  });

  it('stores a whole plan or none of it', async () => {
    await assert.rejects(recordRun(db(), 'half', [{ id: 'price' }, { id: 'cart', dependsOn: ['cart'] }]));
    assert.equal(await db().prisma.run.count({ where: { id: 'half' } }), 0);
  });

  it('can be undone: removing the run removes all its rows', async () => {
    await recordRun(db(), 'gone', TASKS);
    await db().prisma.run.delete({ where: { id: 'gone' } });
    assert.equal(await db().prisma.task.count({ where: { runId: 'gone' } }), 0);
    assert.deepEqual(await eventsOf(db(), 'gone'), []);
  });
});
