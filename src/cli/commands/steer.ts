/** A person's hand on a run: pause, resume, cancel, retry, answer, clean. */
import { WorkflowNotFoundError, WorkflowUpdateFailedError, type WorkflowHandle } from '@temporalio/client';
import { userInfo } from 'node:os';
import type { Environment } from '../../config.js';
import type { RunView } from '../../contract.js';
import { findBlocker, recordAnswer } from '../../db/blockers.js';
import { askCancel } from '../../db/cancel.js';
import { cancelRun, retryTask } from '../../db/task-status.js';
import { EXIT, UsageError, type ExitCode } from '../../errors.js';
import { branchOf } from '../../git/branch.js';
import { GitStore } from '../../git/store.js';
import { ID_PATTERN, taskId, type RunId } from '../../ids.js';
import { SCRIPTED_MODEL } from '../../model/prices.js';
import { UPDATES } from '../../workflows/interface.js';
import { fittingAnswer, readAnswer, type TypedAnswer } from '../answer-choice.js';
import { atRest } from '../follow/follow-run.js';
import { existingRun, typedRunId } from '../live.js';
import { print, printJson } from '../output.js';
import { checkModel } from '../project.js';
import { withSession, type Session } from '../session.js';
import { startLead } from '../start-run.js';

interface Json {
  readonly json?: boolean;
}

export async function pause(env: Environment, run: string, options: Json): Promise<ExitCode> {
  return update(env, run, UPDATES.pause, options, `Paused: what runs now ends, and nothing new starts.`);
}

export async function resume(env: Environment, run: string, options: Json): Promise<ExitCode> {
  return update(env, run, UPDATES.resume, options, `Resumed: the run goes on in the background.`);
}

async function update(
  env: Environment,
  run: string,
  name: 'pause' | 'resume',
  options: Json,
  done: string,
): Promise<ExitCode> {
  const id = typedRunId(run);
  const steered = async (session: Session) => {
    const view = await existingRun(session, id);
    if (view.status !== 'blocked' && atRest(view.status)) throw ended(view);
    await startLead(session, id, false);
    await accepted((await lead(session, id)).executeUpdate(name));
    return said(session, id, options, done);
  };
  // A pause continues no model work: any worker will do, whatever its key.
  return name === 'pause' ? withSession(env, 'scripted', steered) : withRun(env, id, steered);
}

/** A validator's no is the person's to read. */
async function accepted<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError)
      throw new UsageError(error.cause?.message ?? error.message);
    throw error;
  }
}

export async function cancel(env: Environment, run: string, options: Json): Promise<ExitCode> {
  const id = typedRunId(run);
  // Whoever cancels needs no model: what runs is stopped by whatever worker there is.
  return withSession(env, 'scripted', async (session) => {
    const view = await existingRun(session, id);
    if (view.status === 'cancelled') return said(session, id, options, `The run ${id} is cancelled already.`);
    if (view.status === 'completed' || view.status === 'failed') throw ended(view);
    try {
      const running = await lead(session, id);
      // In Temporal first: killed in between, this command leaves a run that is cancelled a little later, and
      // never one that nobody goes on with and nobody cancels.
      await running.cancel();
      await askCancel(session.db, id);
      await running.result().catch(() => undefined);
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
    // Where no lead was left to do it.
    await cancelRun(session.db, id);
    return said(session, id, options, `Cancelled. What had landed stays on ${view.branch}.`);
  });
}

export async function retry(env: Environment, run: string, task: string, options: Json): Promise<ExitCode> {
  const id = typedRunId(run);
  if (!ID_PATTERN.test(task)) throw new UsageError(`${JSON.stringify(task)} cannot be the id of a task`);
  return withRun(env, id, async (session) => {
    const view = await existingRun(session, id);
    const known = view.tasks.find((candidate) => candidate.id === task);
    if (known === undefined) throw new UsageError(`The run ${id} has no task ${task}`);
    if (known.status !== 'failed' && known.status !== 'skipped') {
      throw new UsageError(
        `The task ${task} is ${known.status}: only a failed or skipped one is tried again`,
      );
    }
    const again = await retryTask(session.db, { runId: id, taskId: taskId(task) });
    if (again.length === 0) {
      const { status } = await existingRun(session, id);
      throw new UsageError(`There is nothing to try again: the run ${id} is ${status}`);
    }
    await startLead(session, id, true);
    return said(
      session,
      id,
      options,
      `Tried again: ${again.join(', ')}. Follow it with:  leadwright watch ${id}`,
    );
  });
}

export async function answer(
  env: Environment,
  blocker: string,
  typed: TypedAnswer & Json,
): Promise<ExitCode> {
  const read = readAnswer(typed);
  return withSession(env, 'none', async (looking) => {
    const found = await findBlocker(looking.db, blocker);
    if (found === null)
      throw new UsageError(`There is no blocker ${blocker}. The open ones are: leadwright blockers`);
    if (found.resolvedBy !== null) {
      // The command that answered may have been killed before it told the lead.
      if ((await existingRun(looking, found.runId)).status === 'running') {
        await startLead(looking, found.runId, true);
      }
      throw new UsageError(`The blocker ${blocker} was answered before, by ${found.resolvedBy}`);
    }
    const given = fittingAnswer(found, read, userInfo().username);
    return withRun(env, found.runId, async (session) => {
      const first = await recordAnswer(session.db, found.id, given);
      await startLead(session, found.runId, true);
      if (!first) throw new UsageError(`Somebody else answered the blocker ${blocker} at this moment`);
      return said(session, found.runId, typed, `Answered: the run ${found.runId} goes on in the background.`);
    });
  });
}

export async function clean(env: Environment, run: string, { json }: Json): Promise<ExitCode> {
  const id = typedRunId(run);
  return withSession(env, 'none', async (session) => {
    const view = await existingRun(session, id);
    if (view.status !== 'completed' && view.status !== 'failed' && view.status !== 'cancelled') {
      throw new UsageError(
        `The run ${id} is ${view.status}: only one that has ended can be forgotten. Cancel it first`,
      );
    }
    await session.db.prisma.run.delete({ where: { id } });
    const store = await GitStore.open(session.paths.store);
    await store.maintenance();
    store.close();
    if (json === true) printJson({ runId: id, cleaned: true });
    else print(`Forgotten. The branch ${view.branch} in ${view.repo} is yours and stays.`);
    return EXIT.completed;
  });
}

/**
 * Uses a stack whose worker may go on with the run: one with this command's model settings, or any for a
 * scripted run.
 */
function withRun<T>(env: Environment, id: RunId, use: (session: Session) => Promise<T>): Promise<T> {
  return withSession(env, 'none', async (looking) => {
    await existingRun(looking, id);
    const { model } = await looking.db.prisma.run.findUniqueOrThrow({
      where: { id },
      select: { model: true },
    });
    if (model === SCRIPTED_MODEL) return withSession(env, 'scripted', use);
    checkModel(env, model);
    return withSession(env, 'model', use);
  });
}

async function lead(session: Session, id: RunId): Promise<WorkflowHandle> {
  return (await session.temporal()).workflow.getHandle(branchOf(id));
}

function ended(view: RunView): UsageError {
  return new UsageError(`The run ${view.runId} is ${view.status}: it has ended`);
}

async function said(session: Session, id: RunId, { json }: Json, text: string): Promise<ExitCode> {
  if (json === true) printJson(await existingRun(session, id));
  else print(text);
  return EXIT.completed;
}
