/** Loads the histories to replay: from files, of one run, or of all open runs. */
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { historyFromJSON, type History } from '@temporalio/common/lib/proto-utils.js';
import type { Client } from '@temporalio/client';
import { EnvironmentError, messageOf, UsageError } from '../../contract/errors.js';
import type { RunId } from '../../contract/ids.js';
import { packageRoot } from '../../shared/files/package-root.js';

/** The folder of the histories in this repository: one for each path through a workflow. */
export const KEPT_HISTORIES = join(packageRoot, 'test', 'replay', 'histories');

/** A history with its workflow's id. A replay needs the id, because the ids of child workflows contain it. */
export interface KeptHistory {
  readonly name: string;
  readonly workflowId: string;
  readonly history: History;
}

/** @throws EnvironmentError when this installation has no histories: the npm package does not include them */
export function listKeptFiles(): string[] {
  try {
    return readdirSync(KEPT_HISTORIES)
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map((name) => join(KEPT_HISTORIES, name));
  } catch {
    throw new EnvironmentError(
      'There are no histories to replay: this installation does not include any',
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

/** Yields the histories of a run's lead agent and of all its tasks. */
export async function* historiesOfRun(client: Client, id: RunId): AsyncGenerator<KeptHistory> {
  let any = false;
  for await (const found of listHistories(client, `LeadwrightRun = '${id}'`)) {
    any = true;
    yield found;
  }
  if (any) return;
  throw new EnvironmentError(
    `Temporal no longer has a history of the run ${id}`,
    'Temporal deletes the histories of ended workflows after the namespace’s retention period. Replay a recent run.',
  );
}

/** Yields the histories of the lead agents of all open runs, and of their running tasks. */
export function historiesOfOpenRuns(client: Client): AsyncGenerator<KeptHistory> {
  return listHistories(client, `ExecutionStatus = 'Running' AND LeadwrightRun IS NOT NULL`);
}

/** Loads one history at a time: each may have megabytes, and there may be thousands. */
async function* listHistories({ workflow }: Client, query: string): AsyncGenerator<KeptHistory> {
  for await (const { workflowId, runId } of workflow.list({ query })) {
    const history = await workflow.getHandle(workflowId, runId).fetchHistory();
    yield { name: workflowId, workflowId, history };
  }
}
