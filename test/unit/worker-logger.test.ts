import assert from 'node:assert/strict';
import { Context } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { z } from 'zod';
import { activityAttributes } from '../../src/worker/span-attributes.js';
import { workerLogger } from '../../src/worker/logger.js';

const line = z.looseObject({
  level: z.int(),
  msg: z.string(),
  run: z.string().optional(),
  task: z.string().optional(),
  attempt: z.int().optional(),
});

describe('a log line of a worker', () => {
  let lines: z.output<typeof line>[];
  const logger = () =>
    workerLogger({ write: (text: string) => void lines.push(line.parse(JSON.parse(text))) });
  beforeEach(() => (lines = []));

  it('names an activity’s run, task and attempt, independent of Temporal’s attempt', async () => {
    const environment = new MockActivityEnvironment(
      { attempt: 7 },
      { interceptors: [activityAttributes], logger: logger() },
    );
    const work = (input: object) => {
      Context.current().log.warn('slow', { ms: 5 });
      return Promise.resolve(input);
    };
    await environment.run(work, { runId: 'shop', taskId: 'price', attempt: 2, commit: 'unsaid' });
    const [logged] = lines;
    assert.deepEqual([logged?.level, logged?.msg, logged?.['ms']], [40, 'slow', 5]);
    assert.deepEqual([logged?.run, logged?.task, logged?.attempt], ['shop', 'price', 2]);
    assert.ok(!JSON.stringify(lines).includes('unsaid'));
  });

  it('names a workflow’s run and task', () => {
    const log = logger();
    log.warn('late', { workflowId: 'leadwright/shop/price/2' });
    log.warn('late', { workflowId: 'leadwright/shop' });
    log.warn('late');
    assert.deepEqual(
      lines.map(({ run, task }) => [run, task]),
      [
        ['shop', 'price'],
        ['shop', undefined],
        [undefined, undefined],
      ],
    );
  });

  it('contains an error with its stack, and numbers of any size', () => {
    logger().error('broke', { error: new Error('why'), size: 2n ** 70n });
    assert.match(JSON.stringify(lines), /"message":"why","stack":"Error: why/);
  });
});
