import type { TaskId } from '../contract/ids.js';
import type { Graph } from './indexed-graph.js';
import type { LeadState } from '../contract/payloads.js';
import { entriesWith } from './task-graph.js';
import type { Entry, Standing } from './task-entry.js';

/** A page in the Temporal UI shows some fifty rows at a glance; a table of thousands would only be slow. */
const ROWS = 50;

/** What a person looks for first comes first. */
const ORDER: readonly Standing[] = [
  'blocked',
  'held',
  'failed',
  'running',
  'ready',
  'pending',
  'skipped',
  'cancelled',
  'completed',
];

const WORDS: Record<Standing, string> = {
  pending: 'waiting',
  running: 'at work',
  ready: 'landing',
  blocked: '**asks a person**',
  held: '**held with the run**',
  completed: 'done',
  failed: '**failed**',
  skipped: 'skipped',
  cancelled: 'cancelled',
};

/** How far the run is; its graph need not hold what was completed before. */
export interface RunProgress {
  readonly done: number;
  readonly total: number;
}

/** The lead's answer to the query `state`. */
export function leadState(
  lead: Pick<LeadState, 'paused' | 'concurrency' | 'landing'>,
  graph: Graph,
  { done, total }: RunProgress,
): LeadState {
  const ids = (...standings: readonly Standing[]) =>
    entriesWith(graph, ...standings).map((entry) => entry.node.id);
  return { ...lead, running: ids('running'), blocked: ids('blocked', 'held'), done, total };
}

/** The lead's current details in the Temporal UI: its tasks as a Markdown table. */
export function renderDetails(graph: Graph, paused: boolean, done: RunProgress): string {
  const shown: Entry[] = [];
  for (const standing of ORDER) {
    // The lead says this at every turn: it never walks the whole of a large plan.
    for (const entry of graph.standing(standing)) {
      if (shown.length === ROWS) break;
      shown.push(entry);
    }
  }
  return [
    `${paused ? '**Paused.** ' : ''}${done.done} of ${done.total} tasks done.`,
    '',
    '| task | agent | status | attempts | needs |',
    '| --- | --- | --- | --- | --- |',
    ...shown.map(renderRow),
    ...(done.total > shown.length ? ['', `… and ${done.total - shown.length} more.`] : []),
  ].join('\n');
}

function renderRow({ node, standing, progress }: Entry): string {
  return `| ${escapeCell(`${node.id}: ${node.title}`)} | ${node.role} | ${WORDS[standing]} | ${progress.attempts} | ${renderNeeds(node.dependsOn)} |`;
}

function renderNeeds(ids: readonly TaskId[]): string {
  return ids.length <= 3 ? ids.join(', ') : `${ids.slice(0, 3).join(', ')} … (${ids.length})`;
}

/** A title may hold anything; a table's cell may not. */
function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
