import type { TaskId } from '../ids.js';
import type { Entry, Graph, Standing } from './task-graph.js';

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

/** The lead's current details in the Temporal UI: its tasks as a Markdown table. */
export function detailsOf(graph: Graph, paused: boolean): string {
  const entries = [...graph.values()];
  const done = entries.filter((entry) => entry.standing === 'completed').length;
  const rows = ORDER.flatMap((standing) => entries.filter((entry) => entry.standing === standing));
  const shown = rows.slice(0, ROWS);
  return [
    `${paused ? '**Paused.** ' : ''}${done} of ${entries.length} tasks done.`,
    '',
    '| task | agent | status | attempts | needs |',
    '| --- | --- | --- | --- | --- |',
    ...shown.map(row),
    ...(rows.length > ROWS ? ['', `… and ${rows.length - ROWS} more.`] : []),
  ].join('\n');
}

function row({ node, standing, progress }: Entry): string {
  return `| ${cell(`${node.id}: ${node.title}`)} | ${node.role} | ${WORDS[standing]} | ${progress.attempts} | ${needs(node.dependsOn)} |`;
}

function needs(ids: readonly TaskId[]): string {
  return ids.length <= 3 ? ids.join(', ') : `${ids.slice(0, 3).join(', ')} … (${ids.length})`;
}

/** A title may hold anything; a table's cell may not. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
