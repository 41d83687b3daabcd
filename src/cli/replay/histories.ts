/** Histories to replay: those in files, of one run, or of all open runs. */
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { historyFromJSON, type History } from '@temporalio/common/lib/proto-utils.js';
import type { Client } from '@temporalio/client';
import { EnvironmentError, messageOf, UsageError } from '../../contract/errors.js';
import type { RunId } from '../../contract/ids.js';
import { packageRoot } from '../../shared/package-root.js';

/** The histories that are kept with the source, one for each path of a workflow. */
export const KEPT_HISTORIES = join(packageRoot, 'test', 'replay', 'histories');

/** A history with its workflow's id, which a replay needs because child workflows' ids contain it. */
export interface KeptHistory {
  readonly name: string;
  readonly workflowId: string;
  readonly history: History;
}

export function listKeptFiles(): string[] {
  try {
    return readdirSync(KEPT_HISTORIES)
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map((name) => join(KEPT_HISTORIES, name));
  } catch {
    throw new EnvironmentError(
      'There are no histories to replay: this installation has none of its own',
      'Name a file, or replay a run with --run RUN.',
    );
  }
}

/** Reads kept histories: `{ workflowId, history }`, as `npm run record-histories` writes them. */
export async function readKeptHistories(files: readonly string[]): Promise<KeptHistory[]> {
  return Promise.all(
    files.map(async (file) => {
      try {
        const kept: unknown = JSON.parse(await readFile(file, 'utf8'));
        if (typeof kept !== 'object' || kept === null || !('workflowId' in kept) || !('history' in kept)) {
          throw new Error('expected { workflowId, history }');
        }
        return { name: file, workflowId: String(kept.workflowId), history: historyFromJSON(kept.history) };
      } catch (error) {
        throw new UsageError(`The history ${file} cannot be read: ${messageOf(error)}`);
      }
    }),
  );
}

/** The histories of a run's lead agent and of all its tasks. */
export async function* historiesOfRun(client: Client, id: RunId): AsyncGenerator<KeptHistory> {
  let any = false;
  for await (const found of listHistories(client, `LeadwrightRun = '${id}'`)) {
    any = true;
    yield found;
  }
  if (any) return;
  throw new EnvironmentError(
    `Temporal has no history of the run ${id} any more`,
    'Temporal deletes the histories of ended workflows after the namespace’s retention period. Replay a recent run.',
  );
}

/** The histories of the lead agents of all open runs, and of their running tasks. */
export function historiesOfOpenRuns(client: Client): AsyncGenerator<KeptHistory> {
  return listHistories(client, `ExecutionStatus = 'Running' AND LeadwrightRun IS NOT NULL`);
}

/** Yields one at a time: a history may have megabytes, and there may be thousands. */
async function* listHistories({ workflow }: Client, query: string): AsyncGenerator<KeptHistory> {
  for await (const { workflowId, runId } of workflow.list({ query })) {
    const history = await workflow.getHandle(workflowId, runId).fetchHistory();
    yield { name: workflowId, workflowId, history };
  }
}
