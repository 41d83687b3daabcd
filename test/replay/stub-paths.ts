/** The paths that a run can take, each played by the real workflows with stub activities. */
import type { Activities } from '../../src/activities/index.js';
import { Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { taskId } from '../../src/contract/ids.js';
import type { LeadState, TurnResult } from '../../src/contract/payloads.js';
import { NO_PROGRESS, node } from '../support/graph.js';
import {
  askedOr,
  landAll,
  landing,
  sha,
  stubs,
  submitted,
  untestedMerges,
  type Stubs,
} from '../support/lead-stubs.js';
import { called, type LeadHandle, type WorkflowBench } from '../support/workflow-bench.js';

export interface RecordedPath {
  readonly name: string;
  readonly stubs: Pick<Stubs, 'activities'>;
  /** The tasks whose workflows are kept with the lead's; all of them when absent. */
  readonly tasks?: readonly string[];
  /** Performs the person's actions; the run has ended when it returns. */
  play(lead: LeadHandle): Promise<unknown>;
}

/** Two independent tasks, and one that depends on both. */
const TASKS = [
  node('price'),
  node('cart', { priority: 1 }),
  node('checkout', { dependsOn: ['price', 'cart'] }),
];

const toTheEnd = (lead: LeadHandle) => lead.result();

/** Every path of the design, from a run without failures to a cancelled one. */
export function allPaths(): RecordedPath[] {
  return [
    allPass(),
    selfCorrection(),
    blocked(),
    failedAndSkipped(),
    mergeConflict(),
    cancelled(),
    pausedFromStart(),
  ];
}

function allPass(): RecordedPath {
  return { name: 'all-pass', stubs: stubs(TASKS), play: toTheEnd };
}

/** A test that is tried at the start, an edit, an invalid submission, a timeout whose repeated call runs a command, and two red verdicts. */
function selfCorrection(): RecordedPath {
  const counts = { invalidSubmissions: 1, turns: 1 };
  const turns: readonly TurnResult[] = [
    { next: 'try' },
    { next: 'continue', counts, draft: sha(50) },
    { next: 'continue', counts },
    { next: 'again' },
    { next: 'too_long' },
    { next: 'run', timeoutMs: 1_000 },
  ];
  const verdicts = ['correct', 'start_again'] as const;
  let asked = 0;
  const made = stubs([node('price')], () => ({
    turn: (input) => Promise.resolve(turns[asked++] ?? submitted(input)),
    runCalls: () => Promise.resolve({ next: 'continue', counts, draft: sha(51) }),
    test: ({ attempt }) => Promise.resolve({ next: verdicts[attempt - 1] ?? 'land' }),
  }));
  return { name: 'self-correction', stubs: made, play: toTheEnd };
}

/** A question and a failed verify, both answered; paused and resumed in between. */
function blocked(): RecordedPath {
  let verified = 0;
  const made = stubs(TASKS, () => ({
    turn: (input) => Promise.resolve(askedOr(input.taskId === 'price' && input.turn === 1, input)),
    verify: () => Promise.resolve(++verified > 1),
  }));
  return {
    name: 'blocked',
    stubs: made,
    play: async (lead) => {
      await called(made, 'report blocked');
      await lead.executeUpdate('pause');
      made.tasks = [
        node('price', {
          status: 'blocked',
          answered: true,
          progress: { ...NO_PROGRESS, turns: 1 },
          workflows: 1,
        }),
        node('cart', { status: 'completed' }),
        node('checkout', { dependsOn: ['price', 'cart'] }),
      ];
      await lead.signal('refresh');
      await lead.executeUpdate('setConcurrency', { args: [2] });
      await lead.executeUpdate('resume');
      await called(made, 'verify');
      await called(made, 'report blocked', 2);
      made.tasks = TASKS.map(({ id }) => node(id, { status: 'completed' }));
      await lead.signal('refresh');
      await lead.result();
    },
  };
}

function failedAndSkipped(): RecordedPath {
  const made = stubs(TASKS, () => ({
    turn: (input) => Promise.resolve(input.taskId === 'price' ? { next: 'failed' } : submitted(input)),
  }));
  return { name: 'failed-and-skipped', stubs: made, play: toTheEnd };
}

/** A task is requeued with a conflict, then tested on the merged tree before it lands. */
function mergeConflict(): RecordedPath {
  let landings = 0;
  const land: Activities['land'] = (input) => {
    switch (++landings) {
      case 1:
        return Promise.resolve(
          landing(sha(1), { requeued: [{ taskId: taskId('price'), start: sha(1), draft: sha(9) }] }),
        );
      case 2:
        return Promise.resolve(untestedMerges(sha(1), input.candidates, sha(2)));
      default:
        return Promise.resolve(landAll(input, sha(landings)));
    }
  };
  return { name: 'merge-conflict', stubs: stubs([node('price')], () => ({ land })), play: toTheEnd };
}

function cancelled(): RecordedPath {
  const made = stubs(TASKS, () => ({
    turn: async () => {
      // Heartbeats deliver the cancellation.
      const heartbeat = setInterval(() => Context.current().heartbeat(), 50);
      try {
        return await Context.current().cancelled;
      } finally {
        clearInterval(heartbeat);
      }
    },
  }));
  return {
    name: 'cancelled',
    stubs: made,
    play: async (lead) => {
      await called(made, 'turn price 1');
      await called(made, 'turn cart 1');
      await lead.cancel();
      await lead.result().catch(() => undefined);
    },
  };
}

/** A lead that finds its run paused in the record, as after a restart, and is resumed. */
function pausedFromStart(): RecordedPath {
  const made = stubs([node('price')]);
  made.settings = { ...made.settings, status: 'paused' };
  return {
    name: 'paused-from-start',
    stubs: made,
    play: async (lead) => {
      while (!(await lead.query<LeadState>('state')).paused) await called(made, 'load');
      await lead.executeUpdate('resume');
      await lead.result();
    },
  };
}

/** A workflow of a played path. A lead is named after the path; a task's name is appended to it. */
export interface PlayedWorkflow {
  readonly name: string;
  readonly handle: WorkflowHandle;
}

/** Plays a path to its end and returns all of its workflows; task ids derive from the lead's id. */
export async function playPath(bench: WorkflowBench, path: RecordedPath): Promise<PlayedWorkflow[]> {
  const lead = await bench.lead(path.stubs, path.name);
  await path.play(lead);
  const histories = await bench.histories(lead);
  const children = histories
    .flatMap(({ history }) => childrenIn(history))
    .filter(({ workflowId }) => path.tasks?.includes(workflowId.split('/')[2] ?? '') ?? true);
  const ofTasks = await Promise.all(
    children.map(async (child) => {
      const name = child.workflowId.replace(/^leadwright\//, '').replaceAll('/', '-');
      return named(await bench.histories(child), (number) => `${name}-renewed-${number}`, name);
    }),
  );
  return [...named(histories, (number) => `${path.name}-lead-${number}`, path.name), ...ofTasks.flat()];
}

/** A workflow that continues as new has one more history. */
function named(
  histories: readonly { readonly handle: WorkflowHandle }[],
  nameOf: (number: number) => string,
  first: string,
): PlayedWorkflow[] {
  return histories.map(({ handle }, at) => ({ name: at === 0 ? first : nameOf(at + 1), handle }));
}

/** The first executions of the workflows that a lead has started. */
function childrenIn({ events }: History): { workflowId: string; firstExecutionRunId: string }[] {
  return (events ?? []).flatMap((event) => {
    const { workflowId, runId } = event.childWorkflowExecutionStartedEventAttributes?.workflowExecution ?? {};
    const isNamed = typeof workflowId === 'string' && typeof runId === 'string';
    return isNamed ? [{ workflowId, firstExecutionRunId: runId }] : [];
  });
}
