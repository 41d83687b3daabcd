import assert from 'node:assert/strict';
import { Context } from '@temporalio/activity';
import type { Activities } from '../../src/activities/index.js';
import { commitSha } from '../../src/contract/ids.js';
import { node } from '../support/graph.js';
import { eachActivity, stubs, untestedMerges } from '../support/lead-stubs.js';
import { useWorkflows } from '../support/use-workflows.js';

const MERGE = commitSha('1'.repeat(40));

/** Task queues take turns by this key (`matching.enableFairness`), so that a small run does not wait for a large one. */
describe('fairness between runs', () => {
  const bench = useWorkflows();

  it('has the run as the key of all activities that queue, with the same weight for each run', async () => {
    const keys = new Map<string, Set<string>>();
    const priorities = new Map<string, number | undefined>();
    const stubbed = stubs([node('a'), node('b', { dependsOn: ['a'] })]).activities;
    let lands = 0;
    // The first landing needs a test of the merge.
    const land: Activities['land'] = async (input) => {
      const [first] = input.candidates;
      if (lands++ > 0 || first === undefined) return stubbed.land(input);
      return untestedMerges(MERGE, [first], MERGE);
    };
    const activities: Activities = { ...stubbed, land };
    const noting: Activities = eachActivity((name) => (input: never) => {
      const {
        fairnessKey = 'started without a queue',
        fairnessWeight = 0,
        priorityKey,
      } = Context.current().info.priority ?? {};
      priorities.set(name, priorityKey);
      keys.set(name, (keys.get(name) ?? new Set()).add(`${fairnessKey}, weight ${fairnessWeight}`));
      return activities[name](input);
    });
    const lead = await bench().lead({ activities: noting }, 'fair-run');
    assert.deepEqual(await lead.result(), { status: 'completed' });
    // 0 means the default weight. The server starts activities of the workflows' own queue without queueing them
    // where it can.
    for (const name of ['checkBase', 'turn', 'test', 'testMerge', 'verify'])
      assert.deepEqual([...(keys.get(name) ?? [])], ['fair-run, weight 0'], name);
    assert.deepEqual([priorities.get('testMerge'), priorities.get('test')], [1, 0], 'a landing waits for it');
    for (const [name, found] of keys)
      found.forEach((key) => assert.match(key, /^(?:fair-run|started without a queue), weight 0$/, name));
  });
});
