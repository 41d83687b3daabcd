/** The statements that cost the database most, by the extension `pg_stat_statements` of the embedded PostgreSQL. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { choosePostgresAccount } from '../src/local-stack/postgres/postgres-account.js';
import { findPostgresBinaries } from '../src/local-stack/postgres/postgres-binaries.js';
import { stackPaths } from '../src/local-stack/stack-paths.js';
import type { OpenStack, Stage } from './stage.js';

export interface StatementFigures {
  /** Its beginning. */
  readonly statement: string;
  /** Per task. */
  readonly calls: number;
  readonly ms: number;
}

/**
 * Makes the embedded PostgreSQL of a stage count statements. It needs a library that is loaded at its start, and an
 * extension that only a superuser may create: there is one in single-user mode.
 */
export async function countStatements(stage: Stage): Promise<void> {
  await stage.endStack();
  const { postgres: data } = stackPaths(stage.home);
  await appendFile(join(data, 'postgresql.conf'), "\nshared_preload_libraries = 'pg_stat_statements'\n");
  const binaries = await findPostgresBinaries(stage.home);
  const account = await choosePostgresAccount([stage.home, binaries.folder], await stat(data), stage.env);
  const [program, ...args] = account.wrap([binaries.postgres, '--single', '-D', data, 'leadwright']);
  const child = spawn(program, args, {
    ...{ cwd: '/', env: { PATH: stage.env['PATH'] }, stdio: ['pipe', 'ignore', 'pipe'] },
    ...account.spawnAs,
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stdin.end(
    [
      'CREATE EXTENSION IF NOT EXISTS pg_stat_statements',
      'GRANT pg_read_all_stats TO leadwright',
      'GRANT EXECUTE ON FUNCTION pg_stat_statements_reset TO leadwright',
      '',
    ].join('\n'),
  );
  await once(child, 'close');
  if (child.exitCode !== 0 || said.includes('ERROR:'))
    throw new Error(`PostgreSQL could not count statements: ${said}`);
}

/** Forgets all statements so far. */
export async function resetStatements({ db }: OpenStack): Promise<void> {
  await db.query('SELECT pg_stat_statements_reset()');
}

/** Reads the ten statements that took the database longest since the reset. */
export async function readStatements({ db }: OpenStack, tasks: number): Promise<readonly StatementFigures[]> {
  const found = await db.query<StatementFigures>(
    `SELECT left(regexp_replace(query, '\\s+', ' ', 'g'), 100) AS statement, calls::float / $1 AS calls,
       total_exec_time / $1 AS ms
     FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements%' ORDER BY total_exec_time DESC LIMIT 10`,
    [tasks],
  );
  return found.rows;
}
