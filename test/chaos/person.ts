/** A person's actions on a run while the victims are down. */
import type { EventOf, LeadwrightEvent } from '../../src/contract/events.js';
import type { RunStatus } from '../../src/contract/run-status.js';
import type { Reached, Waiting } from './moments.js';
import { ASKING } from './project.js';

/** Reached when only the question is open; the person answers it. */
export async function reachQuestion(scene: Waiting): Promise<Reached> {
  const { blocker, seq } = await theQuestion(scene);
  return { release: () => act(scene, ['answer', blocker, 'Yes, higher.'], seq) };
}

/** Reached when the run has ended without the task that asked and its dependants; the person retries that task. */
export async function reachSkipped(scene: Waiting): Promise<Reached> {
  const { watcher, signal, run } = scene;
  const { blocker } = await theQuestion(scene);
  await command(scene, ['answer', blocker, '--skip']);
  const { seq } = await watcher.first((event) => isRun(event, ['failed', 'completed']), signal);
  return { release: () => act(scene, ['retry', run, ASKING], seq) };
}

/** The task's blocker, once the run only waits for its answer. */
async function theQuestion({ watcher, signal }: Waiting) {
  const raised = await watcher.first(isRaised, signal);
  const { seq } = await watcher.first((event) => isRun(event, ['blocked']), signal);
  return { blocker: isRaised(raised) ? raised.data.blockerId : '', seq };
}

/** Runs a command, and waits until the run, which was at rest at `seq`, is running again. */
async function act(scene: Waiting, args: readonly string[], seq: number): Promise<void> {
  await command(scene, args);
  await scene.watcher.first((event) => event.seq > seq && isRun(event, ['running']), scene.limit);
}

async function command({ stage }: Waiting, args: readonly string[]): Promise<void> {
  const { code, stderr } = await stage.run(args);
  if (code !== 0) throw new Error(`leadwright ${args.join(' ')} ended with ${code ?? 'a signal'}: ${stderr}`);
}

function isRaised(event: LeadwrightEvent): event is EventOf<'blocker.raised'> {
  return event.type === 'blocker.raised';
}

function isRun(event: LeadwrightEvent, statuses: readonly RunStatus[]): boolean {
  return event.type === 'run.status' && statuses.includes(event.data.status);
}
