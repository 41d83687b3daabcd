import { readFile } from 'node:fs/promises';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { historyFromJSON, type History } from '@temporalio/common/lib/proto-utils.js';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import type { Environment } from '../../config.js';
import { EnvironmentError, EXIT, messageOf, UsageError, type ExitCode } from '../../errors.js';
import { packageRoot } from '../../package-root.js';
import { workflowBundle } from '../../worker/bundle.js';
import { existingRun, typedRunId } from '../live.js';
import { print, printJson } from '../output.js';
import { withSession } from '../session.js';

/** The histories that this version keeps. */
export const KEPT_HISTORIES = join(packageRoot, 'test', 'replay', 'histories');

/** A history and the workflow that it is of. Child workflows' ids are made from it, so it is kept with it. */
export interface KeptHistory {
  readonly name: string;
  readonly workflowId: string;
  readonly history: History;
}

export interface Replayed {
  readonly name: string;
  readonly workflowId: string;
  readonly ok: boolean;
  readonly problem: string | null;
}

export interface ReplayOptions {
  readonly run?: string;
  readonly open?: boolean;
  readonly json?: boolean;
}

/** `leadwright replay`: kept histories, or a run's, against this version's code. */
export async function replay(
  env: Environment,
  files: readonly string[],
  options: ReplayOptions,
): Promise<ExitCode> {
  if (options.open === true) {
    throw new UsageError('replay --open comes with a later version; replay one run with --run RUN');
  }
  const histories =
    options.run === undefined
      ? await readKept(files.length > 0 ? files : keptFiles())
      : await ofRun(env, options.run);
  // The states of the workers that replay are nobody's concern.
  Runtime.install({ logger: new DefaultLogger('WARN') });
  const results: Replayed[] = [];
  for (const history of histories) results.push(await replayOne(history));
  if (options.json === true) printJson(results);
  else for (const result of results) print(lineOf(result));
  return results.every((result) => result.ok) ? EXIT.completed : EXIT.unfinished;
}

function lineOf({ ok, name, problem }: Replayed): string {
  return ok ? `ok      ${name}` : `BREAKS  ${name}: ${problem ?? ''}`;
}

function keptFiles(): string[] {
  try {
    return readdirSync(KEPT_HISTORIES)
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map((name) => join(KEPT_HISTORIES, name));
  } catch {
    throw new EnvironmentError(
      'This installation keeps no histories',
      'Name a file, or replay a run with --run RUN.',
    );
  }
}

/** Reads kept histories: `{ workflowId, history }`, as `npm run record-histories` writes them. */
export async function readKept(files: readonly string[]): Promise<KeptHistory[]> {
  return Promise.all(
    files.map(async (file) => {
      try {
        const kept: unknown = JSON.parse(await readFile(file, 'utf8'));
        if (typeof kept !== 'object' || kept === null || !('workflowId' in kept) || !('history' in kept)) {
          throw new Error('it is not { workflowId, history }');
        }
        return { name: file, workflowId: String(kept.workflowId), history: historyFromJSON(kept.history) };
      } catch (error) {
        throw new UsageError(`The history ${file} cannot be read: ${messageOf(error)}`);
      }
    }),
  );
}

/** The histories of a run's lead and of all its tasks' workflows. */
async function ofRun(env: Environment, run: string): Promise<KeptHistory[]> {
  const id = typedRunId(run);
  return withSession(env, 'none', async (session) => {
    await existingRun(session, id);
    const { workflow } = await session.temporal();
    const found: KeptHistory[] = [];
    for await (const execution of workflow.list({ query: `LeadwrightRun = '${id}'` })) {
      const handle = workflow.getHandle(execution.workflowId, execution.runId);
      const { workflowId } = execution;
      found.push({ name: workflowId, workflowId, history: await handle.fetchHistory() });
    }
    if (found.length === 0) {
      throw new EnvironmentError(
        `Temporal no longer keeps a history of the run ${id}`,
        'Histories of ended workflows go after the namespace’s retention; replay while the run is recent.',
      );
    }
    return found;
  });
}

/** Replays one history: any command that differs from the recorded ones is a break. */
export async function replayOne({ name, workflowId, history }: KeptHistory): Promise<Replayed> {
  try {
    await Worker.runReplayHistory({ workflowBundle: workflowBundle() }, history, workflowId);
    return { name, workflowId, ok: true, problem: null };
  } catch (error) {
    const what = error instanceof DeterminismViolationError ? 'its commands differ: ' : '';
    return { name, workflowId, ok: false, problem: `${what}${messageOf(error)}` };
  }
}
