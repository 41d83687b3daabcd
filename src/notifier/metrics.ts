import type { Queryable } from '../db/events.js';

/** What `/metrics` tells, before it is text. */
export interface Counts {
  readonly runs: readonly { readonly status: string; readonly count: number }[];
  readonly tasks: readonly { readonly status: string; readonly role: string; readonly count: number }[];
  readonly events: number;
  readonly clients: number;
  readonly dropped: number;
  /** Requests refused for coming too often. */
  readonly limited: number;
}

/** What the database has to say to it. */
export async function readCounts(database: Queryable): Promise<Pick<Counts, 'runs' | 'tasks' | 'events'>> {
  const [runs, tasks, events] = await Promise.all([
    database.query<Counts['runs'][number]>(
      'SELECT status::text, count(*)::int FROM runs GROUP BY status ORDER BY status',
    ),
    database.query<Counts['tasks'][number]>(
      `SELECT status::text, assigned_to::text AS role, count(*)::int FROM tasks
       GROUP BY status, assigned_to ORDER BY status, assigned_to`,
    ),
    database.query<{ events: number }>('SELECT coalesce(sum(last_seq), 0)::float8 AS events FROM runs'),
  ]);
  return { runs: runs.rows, tasks: tasks.rows, events: events.rows[0]?.events ?? 0 };
}

/** Prometheus' text format, version 0.0.4. Label values are names from the schema: nothing to escape. */
export function renderMetrics(counts: Counts): string {
  return [
    ...metric('leadwright_runs', 'gauge', 'Runs by status.'),
    ...counts.runs.map(({ status, count }) => `leadwright_runs{status="${status}"} ${count}`),
    ...metric('leadwright_tasks', 'gauge', 'Tasks by status and role.'),
    ...counts.tasks.map(
      ({ status, role, count }) => `leadwright_tasks{status="${status}",role="${role}"} ${count}`,
    ),
    ...metric('leadwright_events_total', 'counter', 'Events of all runs that are kept.'),
    `leadwright_events_total ${counts.events}`,
    ...metric('leadwright_websocket_clients', 'gauge', 'Clients that follow a run now.'),
    `leadwright_websocket_clients ${counts.clients}`,
    ...metric('leadwright_websocket_dropped_total', 'counter', 'Clients dropped for not keeping up.'),
    `leadwright_websocket_dropped_total ${counts.dropped}`,
    ...metric('leadwright_requests_limited_total', 'counter', 'Requests refused for coming too often.'),
    `leadwright_requests_limited_total ${counts.limited}`,
    '',
  ].join('\n');
}

function metric(name: string, type: 'gauge' | 'counter', help: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}
