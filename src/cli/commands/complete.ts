import type { Command } from 'commander';
import { EXIT, type ExitCode } from '../../contract/errors.js';
import { listOpenBlockers } from '../../db/blockers.js';
import { findRunIds } from '../../db/run-view.js';
import { describeStack } from '../../local-stack/describe-stack.js';
import type { Environment } from '../../shared/config.js';
import type { Act } from '../command.js';
import { print } from '../print/output.js';
import { findRunId, requireRun } from '../requested-run.js';
import { pathsOf, withReader, type Reader } from '../session/session.js';

/** Ids for the completion scripts, one a line. Nothing is started for them: a key press must not take a second. */
export function declare(command: Command, act: Act): void {
  command.action((what: string, run: string | undefined) => act((env) => complete(env, what, run)));
}

async function complete(env: Environment, what: string, run: string | undefined): Promise<ExitCode> {
  const stack = await describeStack(pathsOf(env).home);
  if (stack.state !== 'running') return EXIT.completed;
  return withReader(env, async (reader) => {
    for (const id of await listIds(reader, what, run)) print(id);
    return EXIT.completed;
  });
}

async function listIds(reader: Reader, what: string, run: string | undefined): Promise<readonly string[]> {
  switch (what) {
    case 'runs':
      return ['latest', ...(await findRunIds(reader.db, ''))];
    case 'tasks': {
      if (run === undefined) return [];
      const { tasks } = await requireRun(reader, await findRunId(reader, run));
      return tasks.map(({ id }) => id);
    }
    case 'blockers':
      return (await listOpenBlockers(reader.db, null)).map(({ id }) => id);
    default:
      return [];
  }
}
