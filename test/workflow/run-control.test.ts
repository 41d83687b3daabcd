import assert from 'node:assert/strict';
import { FRESH_COUNTS } from '../../src/contract/payloads.js';
import { Context } from '@temporalio/activity';
import { WorkflowFailedError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { Activities } from '../../src/activities/index.js';
import type { RunId } from '../../src/contract/ids.js';
import { cancelRun } from '../../src/db/task-status.js';
import type { RunControlContext } from '../../src/runs/control/lead.js';
import { pauseOrResume, setConcurrency } from '../../src/runs/control/run-control.js';
import { NO_PROGRESS, node } from '../support/graph.js';
import {
  askedOr,
  begun,
  Gate,
  gated,
  landAll,
  sha,
  stubs,
  submitted,
  type Stubs,
} from '../support/lead-stubs.js';
import { assertCancelled } from '../support/continue-as-new.js';
import { useBench } from '../support/activity-bench.js';
import { eventually } from '../support/eventually.js';
import { useWorkflows } from '../support/use-workflows.js';
import { called, isCancelRequested, untilQuiet, type LeadHandle } from '../support/workflow-bench.js';

describe('a person’s control of the lead agent', () => {
  const bench = useWorkflows();

  it('starts nothing while it is paused, and continues there after the resume', async () => {
    const turns = gated('a');
    const all = stubs([node('a'), node('b', { dependsOn: ['a'] })], () => ({ turn: turns.turn }));
    const lead = await bench().lead(all);
    await called(all, 'turn a 1');
    await lead.executeUpdate('pause');
    assert.equal(all.calls.at(-1), 'report paused');
    await assert.rejects(
      lead.executeUpdate('pause'),
      saying(lead, 'The run RUN is paused already. Continue it with:  leadwright resume RUN'),
    );
    turns.open('a');
    // Once this query is answered, the end of the turn is in the history.
    await bench().env.client.workflow.getHandle(`${lead.workflowId}/a`).query('__stack_trace');
    assert.equal(all.calls.at(-1), 'report paused', 'no further activity of the running task');
    await lead.executeUpdate('resume');
    assert.deepEqual(await lead.result(), { status: 'completed' });
    assert.ok(all.calls.includes('report running') && all.calls.includes('turn b 1'));
  });

  it('refuses to resume a running run and to pause one that has ended', async () => {
    const turns = gated('a');
    const all = stubs([node('a')], () => ({ turn: turns.turn }));
    const lead = await bench().lead(all);
    await called(all, 'turn a 1');
    await assert.rejects(
      lead.executeUpdate('resume'),
      saying(lead, 'The run RUN is running, not paused: there is nothing to resume.'),
    );
    turns.open('a');
    await lead.result();
    await assert.rejects(lead.executeUpdate('pause'));
  });

  it('also pauses tasks that are just being started', async () => {
    const ids = Array.from({ length: 40 }, (_, at) => `t${at}`);
    let paused: Promise<unknown> | undefined;
    const all: Stubs = stubs(
      ids.map((id) => node(id)),
      () => ({
        turn: () => {
          // In the first turn: the other tasks are being started at this moment.
          paused ??= lead.then((handle) => handle.executeUpdate('pause'));
          return Promise.resolve({ next: 'continue', counts: FRESH_COUNTS });
        },
      }),
    );
    all.settings = { ...all.settings, concurrency: 100 };
    const lead = bench().lead(all);
    await called(all, 'report paused');
    await paused;
    // A task that missed the pause would read forever, and the calls would never stop.
    await untilQuiet(all);
    await (await lead).terminate();
  });

  it('cancels the running tasks, waits for their end, and only then reports it', async () => {
    const all = stubs([node('a'), node('b'), node('c', { dependsOn: ['a'] })], (made) => ({
      turn: async ({ taskId }) => {
        const heartbeat = setInterval(() => Context.current().heartbeat(), 50);
        try {
          return await Context.current().cancelled;
        } finally {
          clearInterval(heartbeat);
          made.calls.push(`ended ${taskId}`);
        }
      },
    }));
    const lead = await bench().lead(all);
    await called(all, 'turn a 1');
    await called(all, 'turn b 1');
    await lead.cancel();
    await assert.rejects(lead.result(), (error) => {
      assert.ok(error instanceof WorkflowFailedError);
      assert.ok(error.cause instanceof CancelledFailure);
      return true;
    });
    assert.deepEqual(all.calls.slice(-3).sort(), ['cancel', 'ended a', 'ended b']);
    assert.equal(all.calls.at(-1), 'cancel');
    assert.ok(!all.calls.some((call) => call.startsWith('fail')), 'a cancellation is not a failure');
  });

  it('waits for a person when no task can continue, and continues after the answer', async () => {
    const all = stubs([node('a'), node('b', { dependsOn: ['a'] }), node('c')], () => ({
      turn: (input) => Promise.resolve(askedOr(input.taskId === 'a' && input.turn === 1, input)),
    }));
    const lead = await bench().lead(all);
    await called(all, 'report blocked');
    assert.deepEqual(begun(all).sort(), ['a', 'c']);
    await assert.rejects(
      lead.executeUpdate('resume'),
      saying(
        lead,
        'The run RUN is blocked, not paused: it waits for a person. List its questions with:  leadwright blockers RUN',
      ),
    );
    all.tasks = [
      node('a', { status: 'blocked', answered: true, progress: { ...NO_PROGRESS, turns: 1 } }),
      node('b', { dependsOn: ['a'] }),
      node('c', { status: 'completed' }),
    ];
    await lead.signal('refresh');
    assert.deepEqual(await lead.result(), { status: 'completed' });
    assert.ok(all.calls.includes('turn a 2') && all.calls.includes('turn b 1'));
    const second = await bench().env.client.workflow.getHandle(`${lead.workflowId}/a/2`).describe();
    assert.equal(second.status.name, 'COMPLETED');
  });

  it('reports that it is blocked again when one of two answers is missing', async () => {
    const all = stubs([node('a')], () => ({ turn: () => Promise.resolve({ next: 'waiting_on_run' }) }));
    const lead = await bench().lead(all);
    await called(all, 'report blocked');
    // One of two questions was answered, so the record says running for now.
    all.tasks = [node('a', { status: 'blocked' })];
    await lead.signal('refresh');
    await called(all, 'report blocked', 2);
    await lead.terminate();
  });

  it('starts no other task while one waits on the run, also after a new start of the lead', async () => {
    const all = stubs([node('a', { status: 'blocked', waitingOnRun: true }), node('b')]);
    const lead = await bench().lead(all);
    await called(all, 'report blocked');
    assert.deepEqual(begun(all), []);
    all.tasks = [node('a', { status: 'blocked', answered: true }), node('b')];
    await lead.signal('refresh');
    assert.deepEqual(await lead.result(), { status: 'completed' });
    assert.deepEqual(begun(all).sort(), ['a', 'b']);
  });

  it('goes on when a person retries while a failed lead still tells of its end', async () => {
    const all = stubs([node('a')], () => ({
      land: (input) =>
        all.calls.includes('report failed')
          ? Promise.resolve(landAll(input, sha(1)))
          : Promise.reject(ApplicationFailure.nonRetryable('the store is gone')),
      // It is told only to a receiver that never answers.
      notifyEnd: async () => {
        if (all.calls.filter((call) => call === 'notify of the end').length === 1)
          await Context.current().cancelled;
      },
    }));
    all.settings = { ...all.settings, notifiesOfEnd: true };
    const lead = await bench().lead(all);
    await called(all, 'notify of the end');
    assert.ok(all.calls.includes('report failed'));
    await lead.signal('refresh');
    assert.deepEqual(await lead.result(), { status: 'completed' });
  });

  it('goes on when a person retries while a lead that fails still ends its tasks', async () => {
    const slow = gated('b');
    const all = stubs([node('a'), node('b')], () => ({
      turn: async (input) => (all.calls.includes('report failed') ? submitted(input) : slow.turn(input)),
      land: (input) =>
        all.calls.includes('report failed')
          ? Promise.resolve(landAll(input, sha(1)))
          : called(all, 'turn b 1').then(() =>
              Promise.reject(ApplicationFailure.nonRetryable('the store is gone')),
            ),
    }));
    const lead = await bench().lead(all);
    await called(all, 'land a');
    const task = bench().env.client.workflow.getHandle(`${lead.workflowId}/b`);
    await eventually(() => isCancelRequested(task), 'the lead cancels b');
    await lead.signal('refresh');
    slow.open('b');
    assert.deepEqual(await lead.result(), { status: 'completed' });
  });

  it('fails only a task whose workflow was ended from outside, and its dependants', async () => {
    for (const how of ['terminate', 'cancel'] as const) {
      const turns = gated('a');
      const all = stubs([node('a'), node('b', { dependsOn: ['a'] }), node('c')], () => ({
        turn: async (input) => {
          const heartbeat = setInterval(() => Context.current().heartbeat(), 50);
          try {
            return await Promise.race([turns.turn(input), Context.current().cancelled]);
          } finally {
            clearInterval(heartbeat);
          }
        },
      }));
      const lead = await bench().lead(all);
      await called(all, 'land c');
      await bench().env.client.workflow.getHandle(`${lead.workflowId}/a`)[how]();
      assert.deepEqual(await lead.result(), { status: 'failed' }, how);
      assert.deepEqual(begun(all).sort(), ['a', 'c']);
      assert.ok(
        all.calls.some((call) => call.startsWith('fail a: ')),
        how,
      );
      assert.equal(all.calls.at(-1), 'report failed');
      turns.open('a');
    }
  });
});

describe('a command that loses against a cancel', function () {
  this.timeout(60_000);
  const bench = useWorkflows();
  const records = useBench();

  const start = async (changes: (stubs: Stubs) => Partial<Activities>) => {
    const run = await records().start({ test: 'true', tasks: [{ id: 'a', title: 'A' }] }, {});
    const all = stubs([node('a')], (made) => ({
      // The task is busy until the cancel.
      turn: async () => {
        const heartbeat = setInterval(() => Context.current().heartbeat(), 50);
        return Context.current().cancelled.finally(() => clearInterval(heartbeat));
      },
      cancelRun: () => cancelRun(records().db, run.id),
      ...changes(made),
    }));
    const lead = await bench().lead(all, run.id);
    await called(all, 'turn a 1');
    return { id: run.id, all, lead };
  };
  const context = (temporal = () => Promise.resolve(bench().env.client)): RunControlContext => ({
    db: records().db,
    temporal,
  });
  const commands = {
    pause: (from: RunControlContext, id: RunId) => pauseOrResume(from, id, 'pause'),
    resume: (from: RunControlContext, id: RunId) => pauseOrResume(from, id, 'resume'),
    setConcurrency: (from: RunControlContext, id: RunId) => setConcurrency(from, id, 3),
  } as const;

  it('says that the run is being cancelled when the cancel reaches the lead first', async () => {
    const gate = new Gate();
    const { id, all, lead } = await start(() => ({
      cancelRun: async ({ runId }) => {
        await gate.pass();
        await cancelRun(records().db, runId);
      },
    }));
    await lead.cancel();
    await called(all, 'cancel');
    try {
      await assert.rejects(commands.pause(context(), id), {
        name: 'UsageError',
        message: `The run ${id} is being cancelled, and there is nothing to pause.`,
      });
    } finally {
      gate.open();
    }
    await assertCancelled(lead);
  });

  for (const [name, message] of [
    ['pause', 'The run RUN is cancelled: it has ended, and there is nothing to pause.'],
    ['resume', 'The run RUN is cancelled. Continue it with:  leadwright resume RUN'],
    ['setConcurrency', 'The run RUN is cancelled: it has ended, and its concurrency cannot be changed.'],
  ] as const) {
    it(`says that the run is cancelled when its lead has just ended (${name})`, async () => {
      const { id, lead } = await start(() => ({}));
      let calls = 0;
      const raced = context(async () => {
        // The first call makes sure that the lead is open; the next one sends the update to it.
        if (++calls === 2) {
          await lead.cancel();
          await assertCancelled(lead);
        }
        return bench().env.client;
      });
      const refusal = { name: 'UsageError', message: message.replaceAll('RUN', id) };
      await assert.rejects(commands[name](raced, id), refusal);
      await assert.rejects(commands[name](context(), id), refusal, 'and after that');
    });
  }

  const endedLead = (id: RunId) => ({
    name: 'EnvironmentError',
    message: `The lead agent of run ${id} ended before it carried out the request.`,
    fix: 'Repeat the command: it starts a new lead agent.',
  });

  it('says what to do when the lead has ended before it, and the run has not', async () => {
    const { id, lead } = await start(() => ({}));
    let calls = 0;
    const raced = context(async () => {
      if (++calls === 2) await lead.terminate();
      return bench().env.client;
    });
    await assert.rejects(commands.pause(raced, id), endedLead(id));
  });

  it('says what to do when the lead ends in the middle of it, and the run does not', async () => {
    const gate = new Gate();
    const { id, all, lead } = await start(() => ({
      reportRun: ({ status }) => gate.pass().then(() => status),
    }));
    const refused = assert.rejects(commands.pause(context(), id), endedLead(id));
    await called(all, 'report paused');
    await lead.terminate();
    gate.open();
    await refused;
  });
});

function saying({ workflowId }: LeadHandle, text: string) {
  const message = text.replaceAll('RUN', workflowId.replace(/^.*\//, ''));
  return (error: unknown): boolean => {
    assert.ok(error instanceof WorkflowUpdateFailedError);
    assert.equal(error.cause?.message, message);
    return true;
  };
}
