import { count } from '../shared/words/format.js';
import { summaryLine } from '../shared/words/summary-line.js';
import { showInvisible } from '../shared/words/visible-text.js';
import type { TaskId } from '../contract/ids.js';
import type { IndexedGraph } from './indexed-graph.js';
import type { LeadState, TaskOutcome } from '../contract/payloads.js';
import { entriesWith } from './task-graph.js';
import type { Entry, TaskState } from './task-entry.js';

/** The Temporal UI shows some fifty rows on a page; a table of thousands would be slow. */
const MAX_ROWS = 50;

/** Characters: a longer title would push the status beside it out of sight. */
const MAX_TITLE_LENGTH = 60;

/** The tasks that need a person come first. */
const ORDER: readonly TaskState[] = [
  'blocked',
  'waiting_on_run',
  'failed',
  'running',
  'ready',
  'pending',
  'skipped',
  'cancelled',
  'completed',
];

const WORDS: Record<TaskState, string> = {
  pending: 'waiting',
  running: 'running',
  ready: 'landing',
  blocked: '**waits for an answer**',
  waiting_on_run: '**waiting on the run**',
  completed: 'done',
  failed: '**failed**',
  skipped: 'skipped',
  cancelled: 'cancelled',
};

/** Progress of the whole run. The graph may lack tasks that were completed before this lead workflow. */
export interface RunProgress {
  readonly done: number;
  readonly total: number;
}

/** The lead's answer to the query `state`. */
export function leadState(
  lead: Pick<LeadState, 'paused' | 'concurrency' | 'landing'>,
  graph: IndexedGraph,
  { done, total }: RunProgress,
): LeadState {
  const ids = (...states: readonly TaskState[]) =>
    entriesWith(graph, ...states).map((entry) => entry.node.id);
  return { ...lead, running: ids('running'), blocked: ids('blocked', 'waiting_on_run'), done, total };
}

/** Renders the lead's current details for the Temporal UI: its tasks as a Markdown table. */
export function renderDetails(graph: IndexedGraph, paused: boolean, done: RunProgress): string {
  const shown: Entry[] = [];
  for (const state of ORDER) {
    // Runs in every iteration of the lead's loop, so it must not visit all tasks of a large plan.
    for (const entry of graph.state(state)) {
      if (shown.length === MAX_ROWS) break;
      shown.push(entry);
    }
  }
  return [
    `${paused ? '**Paused.** ' : ''}${done.done} of ${count(done.total, 'task')} done.`,
    '',
    '| task | agent | status | attempts | needs |',
    '| --- | --- | --- | --- | --- |',
    ...shown.map(renderRow),
    ...(done.total > shown.length ? ['', `… and ${done.total - shown.length} more.`] : []),
  ].join('\n');
}

/** How a task's workflow ended; what became of its commit or its question is in the lead's details. */
const ENDS: Record<TaskOutcome['kind'], string> = {
  ready: 'Handed in a commit to land',
  blocked: '**Asked a question**',
  waiting_on_run: '**Stopped until the run goes on**',
  failed: '**Failed**',
};

/** Renders the current details of a task's workflow when it ends. */
export function renderEnd({ kind, progress }: Pick<TaskOutcome, 'kind' | 'progress'>): string {
  return `${ENDS[kind]} (attempts: ${progress.attempts}). The workflow of the run shows what became of the task.`;
}

function renderRow({ node, state, progress }: Entry): string {
  return `| ${escapeCell(`${node.id}: ${summaryLine(node.title, MAX_TITLE_LENGTH)}`)} | ${node.role} | ${WORDS[state]} | ${progress.attempts} | ${renderNeeds(node.dependsOn)} |`;
}

function renderNeeds(ids: readonly TaskId[]): string {
  return ids.length <= 3 ? ids.join(', ') : `${ids.slice(0, 3).join(', ')} … (${ids.length})`;
}

/** Escapes a title for a table cell: Markdown, HTML and links are shown as text, invisible characters visibly. */
function escapeCell(text: string): string {
  return showInvisible(text.replaceAll('\n', ' ')).replace(
    /[\\`*_{}[\]()<>#!|~&]/g,
    (character) => `\\${character}`,
  );
}
