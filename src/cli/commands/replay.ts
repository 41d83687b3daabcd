import type { Command } from 'commander';
import type { DataConverter } from '@temporalio/common';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { Environment } from '../../shared/config.js';
import { createDataConverter, createFileConverter } from '../../encryption/data-converter.js';
import { EncryptingCodec, refuseEncrypted } from '../../encryption/payload-codec.js';
import { payloadKeyVariable } from '../../local-stack/external-services.js';
import { EXIT, messageOf, UsageError, type ExitCode } from '../../contract/errors.js';
import { ID_PATTERN, type RunId } from '../../contract/ids.js';
import { exists } from '../../shared/files/exists.js';
import { workflowBundle } from '../../worker/bundle.js';
import { workflowSinks } from '../../worker/workflow-sinks.js';
import { addExamples, addJsonOption, type Act, type JsonOption } from '../command.js';
import { print, printJson, say } from '../print/output.js';
import {
  historiesOfOpenRuns,
  historiesOfRun,
  listKeptFiles,
  readKeptHistories,
  type KeptHistory,
} from '../replay/histories.js';
import { describeEvents, explainBreak } from '../replay/explain-break.js';
import { withSessionOf } from '../requested-run.js';
import { withSession, type Session } from '../session/session.js';

export interface Replayed {
  readonly name: string;
  readonly workflowId: string;
  readonly ok: boolean;
  /** What differs; null when the replay succeeded. */
  readonly problem: string | null;
  /** The ids of the history events that the problem is about, as far as they are known. */
  readonly events: readonly number[];
}

interface ReplayOptions extends JsonOption {
  readonly run?: string;
  readonly open?: boolean;
}

export function declare(command: Command, act: Act): void {
  addJsonOption(command)
    .option('--run <run>', 'replay the histories of this run')
    .option('--open', 'replay the histories of all open runs: which of them would break with this code')
    .action((files: string[], options: ReplayOptions) => act((env) => replay(env, files, options)));
  addExamples(command, 'leadwright replay --open');
}

/** Without files and options, replays the histories in the repository. */
async function replay(env: Environment, files: readonly string[], options: ReplayOptions): Promise<ExitCode> {
  if ([files.length > 0, options.run !== undefined, options.open === true].filter(Boolean).length > 1) {
    throw new UsageError('Give only one of these: files, --run RUN or --open');
  }
  // The log of the replaying workers would bury the result.
  const logging = { filter: 'OFF' };
  Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined), telemetryOptions: { logging } });
  const results = await replayAll(env, files, options);
  if (options.json === true) printJson(results);
  else for (const result of results) print(lineOf(result));
  const broken = results.filter((result) => !result.ok).length;
  if (results.length === 0) say('No run is open, so nothing can break.');
  else say(`${results.length} replayed, ${broken} would break.`);
  if (broken > 0) say('Guard the change with patched() (docs/upgrades.md), and replay again.');
  return broken === 0 ? EXIT.completed : EXIT.unfinished;
}

async function replayAll(
  env: Environment,
  files: readonly string[],
  { run, open }: ReplayOptions,
): Promise<Replayed[]> {
  if (run === undefined && open !== true) {
    for (const file of files) await requireFile(file);
    const kept = await readKeptHistories(files.length > 0 ? files : listKeptFiles());
    return replayEach(kept, createFileConverter(env));
  }
  // The histories are replayed in this process, so the stack needs no worker.
  const replayWith = async (session: Session, id: RunId | null): Promise<Replayed[]> => {
    const client = await session.temporal();
    const converter = await createDataConverter({ ...env, ...payloadKeyVariable(env, session.paths.home) });
    return replayEach(id === null ? historiesOfOpenRuns(client) : historiesOfRun(client, id), converter);
  };
  return run === undefined
    ? withSession(env, 'none', (session) => replayWith(session, null))
    : withSessionOf(env, run, replayWith);
}

/** @throws UsageError when there is no such file, with the option that was meant if it can be a run */
async function requireFile(file: string): Promise<void> {
  if (await exists(file)) return;
  const hint = ID_PATTERN.test(file) ? `. For the histories of a run:  leadwright replay --run ${file}` : '';
  throw new UsageError(`There is no file ${file}${hint}`);
}

async function replayEach(
  histories: AsyncIterable<KeptHistory> | Iterable<KeptHistory>,
  converter: DataConverter,
): Promise<Replayed[]> {
  const results: Replayed[] = [];
  for await (const history of histories) results.push(await replayOne(history, converter));
  return results;
}

function lineOf({ ok, name, problem }: Replayed): string {
  return ok ? `ok      ${name}` : `BREAKS  ${name}: ${problem ?? ''}`;
}

/**
 * Replays one history. A command that differs from the recorded ones is a break.
 * @param dataConverter decrypts an encrypted history
 * @throws EnvironmentError when the history cannot be decrypted
 */
export async function replayOne(
  { name, workflowId, history }: KeptHistory,
  dataConverter: DataConverter = {},
): Promise<Replayed> {
  await requireReadable(history, dataConverter);
  try {
    const options = { workflowBundle: workflowBundle(dataConverter), dataConverter, sinks: workflowSinks() };
    await Worker.runReplayHistory(options, history, workflowId);
    return { name, workflowId, ok: true, problem: null, events: [] };
  } catch (error) {
    const { words, events } = explainBreak(messageOf(error), history);
    return { name, workflowId, ok: false, problem: `${words}${describeEvents(events)}`, events };
  }
}

/** Tells a history that cannot be decrypted apart from one that breaks. @throws EnvironmentError */
async function requireReadable(
  { events }: KeptHistory['history'],
  { payloadCodecs = [] }: DataConverter,
): Promise<void> {
  const payloads = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  if (!payloadCodecs.some((codec) => codec instanceof EncryptingCodec)) refuseEncrypted(payloads);
  for (const codec of payloadCodecs) await codec.decode(payloads);
}
