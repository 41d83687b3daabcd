/** What a task's first message tells of its test, before anything was changed. */
import type { Turn } from '../agent-context.js';
import type { Database } from '../../db/database.js';
import type { TaskRecord } from '../../db/task-record.js';
import { readVerdict, type VerdictRecord } from '../../db/verdicts.js';

/** The verdict of the task's test at its start; null when it has none, or when a first message tells none. */
export async function readTestAtStart(
  db: Database,
  { input, task, findTried }: Turn,
): Promise<VerdictRecord | null> {
  // Once an attempt was tested, its verdict counts.
  if (input.attempt > 1 || !task.run.plan.tryFirst) return null;
  return input.testId === undefined ? findTried() : readVerdict(db, input.testId);
}

/** Whether the task's test has to be tried before its first turn: only then has it a verdict on the task's start. */
export async function needsTry(db: Database, turn: Turn): Promise<boolean> {
  const { input, task, earlier } = turn;
  // A conversation that goes on after a person's answer has its first message.
  if (earlier.length > 0 || input.attempt > 1 || input.testId !== undefined) return false;
  return task.run.plan.tryFirst && hasOwnTest(task) && (await readTestAtStart(db, turn)) === null;
}

/**
 * The plan's default test is known at the run's base, and tasks that landed since have passed it. Trying it on each new tip
 * would cost a step and a command per task, and tell the agent little.
 */
function hasOwnTest({ testCommand, run }: TaskRecord): boolean {
  return testCommand !== run.plan.test;
}
