/** Gathers the observations of a run after its faults. */
import pg from 'pg';
import { readFile } from 'node:fs/promises';
import { homePaths } from '../../src/shared/config.js';
import { runViewSchema, type RunView } from '../../src/contract/run-view.js';
import { messageOf } from '../../src/contract/errors.js';
import { runBranch } from '../../src/contract/names.js';
import { runId } from '../../src/contract/ids.js';
import type { StackHold } from '../../src/local-stack/hold-stack.js';
import type { Ran } from '../support/cli.js';
import type { TestProject } from '../support/project.js';
import { eventually } from '../support/eventually.js';
import type { Facts, LedgerEntry, InjectedFault } from './facts.js';
import { lostLeadTasks } from './lead-task.js';
import { callsNeeded, DEPENDS_ON, mcpCallsOf } from './project.js';
import type { Stage } from './stage.js';
import type { Watcher } from './watcher.js';

interface Gathering {
  readonly stage: Stage;
  readonly run: string;
  readonly watcher: Watcher;
  readonly project: TestProject;
  readonly ran: Ran | null;
  readonly faults: readonly InjectedFault[];
  readonly expectedTree: string;
  /** Whether one of its tasks asks a person. */
  readonly person: boolean;
}

/** Gathers the facts for the judgement, once nothing changes any more. */
export async function gather(given: Gathering): Promise<Facts> {
  const { stage, run, watcher, project, ran, faults, expectedTree } = given;
  const hold = await stage.hold();
  try {
    const ledger = await settledLedger(hold, run);
    const view = await viewOf(hold, stage.home, run);
    // The client receives the last event over its own connection, possibly later than the command.
    const rested = () => watcher.events.at(-1)?.type === 'run.status';
    await eventually(rested, 'the client receives the end of the run').catch(() => undefined);
    const clean = () => stage.leftovers().length === 0;
    await eventually(clean, 'commands leave nothing').catch(() => undefined);
    return {
      exitCode: ran?.code ?? null,
      stderr: ran?.stderr ?? '',
      view,
      tree: treeOf(project, run),
      expectedTree,
      callsNeeded: callsNeeded(given.person),
      dependsOn: DEPENDS_ON,
      mcpCalls: mcpCallsOf(stage.folder, run),
      calls: stage.model.callsOf(run),
      ledger,
      faults,
      lostLeadTasks: await lostLeadTasks(hold, run),
      events: watcher.events,
      seqProblems: watcher.problems,
      leftovers: stage.leftovers(),
    };
  } finally {
    await hold.release({ wait: false });
  }
}

/** Reads the run from the API, once a notifier is running; null when none answers in time. */
async function viewOf({ notifierUrl }: StackHold, home: string, run: string): Promise<RunView | null> {
  const token = (await readFile(homePaths(home).token, 'utf8')).trim();
  let view: RunView | null = null;
  const answered = async () => {
    const answer = await fetch(new URL(`/api/runs/${run}`, notifierUrl), {
      headers: { Authorization: `Bearer ${token}` },
    }).catch(() => null);
    if (answer?.ok !== true) return false;
    view = runViewSchema.parse(await answer.json());
    return true;
  };
  await eventually(answered, 'the API returns the run').catch(() => undefined);
  return view;
}

function treeOf(project: TestProject, run: string): string | null {
  try {
    return project.repository.git('rev-parse', `${runBranch(runId(run))}^{tree}`);
  } catch (error) {
    return messageOf(error);
  }
}

/** Reads the ledger once no call is open, because a late answer may still arrive. */
async function settledLedger({ databaseUrl }: StackHold, run: string): Promise<LedgerEntry[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    let ledger: LedgerEntry[] = [];
    const settled = async () => {
      const found = await client.query<LedgerEntry>(LEDGER, [run]);
      ledger = found.rows;
      return ledger.every(({ state }) => state !== 'open' && state !== 'waiting');
    };
    await eventually(settled, 'calls are settled').catch(() => undefined);
    return ledger;
  } finally {
    await client.end();
  }
}

const LEDGER = `SELECT task_id AS task, turn, state, extract(epoch FROM claimed_at)::float8 * 1000 AS "claimedAt",
    extract(epoch FROM ended_at)::float8 * 1000 AS "endedAt"
  FROM model_calls WHERE run_id = $1 ORDER BY id`;
