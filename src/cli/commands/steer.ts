/** A person's hand on a run: pause, resume, cancel, retry, answer, clean. */
import { userInfo } from 'node:os';
import type { Environment } from '../../shared/config.js';
import { EXIT, UsageError, type ExitCode } from '../../contract/errors.js';
import { GitStore } from '../../git/store/git-store.js';
import type { RunId } from '../../contract/ids.js';
import { SCRIPTED_MODEL } from '../../model/prices.js';
import { fittingAnswer } from '../../runs/control/answer-choice.js';
import * as steering from '../../runs/control/run-control.js';
import { readAnswer, type TypedAnswer } from '../answer-commands.js';
import { existingRun, typedRunId, typedTaskId } from '../following.js';
import { print, printJson } from '../output.js';
import { checkModel } from '../open-project.js';
import { withSession, type Session } from '../session.js';

interface Json {
  readonly json?: boolean;
}

export async function pause(env: Environment, run: string, options: Json): Promise<ExitCode> {
  const id = typedRunId(run);
  // A pause continues no work: any worker will do, whatever its settings.
  return withSession(env, 'any', async (session) => {
    await steering.pauseOrResume(session, id, 'pause');
    return said(session, id, options, 'Paused: what runs now ends, and nothing new starts.');
  });
}

export async function resume(env: Environment, run: string, options: Json): Promise<ExitCode> {
  const id = typedRunId(run);
  return withRun(env, id, async (session) => {
    await steering.pauseOrResume(session, id, 'resume');
    return said(session, id, options, 'Resumed: the run goes on in the background.');
  });
}

export async function cancel(env: Environment, run: string, options: Json): Promise<ExitCode> {
  const id = typedRunId(run);
  // What runs is stopped by whatever worker there is.
  return withSession(env, 'any', async (session) => {
    const done = await steering.cancel(session, id);
    if (done === 'already') return said(session, id, options, `The run ${id} is cancelled already.`);
    const { branch } = await existingRun(session, id);
    return said(session, id, options, `Cancelled. What had landed stays on ${branch}.`);
  });
}

export async function retry(env: Environment, run: string, task: string, options: Json): Promise<ExitCode> {
  const id = typedRunId(run);
  const chosen = typedTaskId(task);
  return withRun(env, id, async (session) => {
    const again = await steering.retry(session, id, chosen);
    const text = `Tried again: ${again.join(', ')}. Follow it with:  leadwright watch ${id}`;
    return said(session, id, options, text);
  });
}

export async function answer(
  env: Environment,
  blocker: string,
  typed: TypedAnswer & Json,
): Promise<ExitCode> {
  const read = readAnswer(typed);
  const by = userInfo().username;
  return withSession(env, 'none', async (looking) => {
    const found = await steering.blockerToAnswer(looking, blocker);
    // What does not answer it needs no worker to be refused.
    if (found.resolvedBy === null) fittingAnswer(found, read, by);
    const answered = async (session: Session) => {
      await steering.answer(session, found.id, read, by);
      return said(session, found.runId, typed, `Answered: the run ${found.runId} goes on in the background.`);
    };
    return found.resolvedBy === null ? withRun(env, found.runId, answered) : answered(looking);
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
    const { model } = await steering.runToSteer(looking, id);
    if (model === SCRIPTED_MODEL) return withSession(env, 'scripted', use);
    checkModel(env, model);
    return withSession(env, 'model', use);
  });
}

async function said(session: Session, id: RunId, { json }: Json, text: string): Promise<ExitCode> {
  if (json === true) printJson(await existingRun(session, id));
  else print(text);
  return EXIT.completed;
}
