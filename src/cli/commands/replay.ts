import type { DataConverter } from '@temporalio/common';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { Environment } from '../../shared/config.js';
import { dataConverterOf } from '../../encryption/data-converter.js';
import { refuseEncrypted } from '../../encryption/payload-codec.js';
import { EXIT, messageOf, UsageError, type ExitCode } from '../../contract/errors.js';
import { NO_SINKS } from '../../tracing/workflow-spans.js';
import { workflowBundle } from '../../worker/bundle.js';
import { existingRun, typedRunId } from '../following.js';
import { print, printJson, say } from '../output.js';
import {
  historiesOfOpenRuns,
  historiesOfRun,
  keptFiles,
  readKept,
  type KeptHistory,
} from '../replay/histories.js';
import { eventsInWords, inWords } from '../replay/explain-break.js';
import { withSession } from '../session.js';

export interface Replayed {
  readonly name: string;
  readonly workflowId: string;
  readonly ok: boolean;
  /** What differs; null when nothing does. */
  readonly problem: string | null;
  /** The events of the history that the problem is about, as far as that can be told. */
  readonly events: readonly number[];
}

export interface ReplayOptions {
  readonly run?: string;
  readonly open?: boolean;
  readonly json?: boolean;
}

/** `leadwright replay`: kept histories, a run's, or those of all open runs, against this build's code. */
export async function replay(
  env: Environment,
  files: readonly string[],
  options: ReplayOptions,
): Promise<ExitCode> {
  if ([files.length > 0, options.run !== undefined, options.open === true].filter(Boolean).length > 1) {
    throw new UsageError('Give files, --run RUN or --open: one of them');
  }
  // The states of the workers that replay are nobody's concern, and what breaks is said below.
  const logging = { filter: 'OFF' };
  Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined), telemetryOptions: { logging } });
  const results = await replayed(env, files, options);
  if (options.json === true) printJson(results);
  else for (const result of results) print(lineOf(result));
  const broken = results.filter((result) => !result.ok).length;
  if (results.length === 0) say('No run is open: nothing could break.');
  else say(`${results.length} replayed, ${broken} would break.`);
  if (broken > 0) say('Put what changed behind patched() (docs/upgrades.md), and replay again.');
  return broken === 0 ? EXIT.completed : EXIT.unfinished;
}

async function replayed(
  env: Environment,
  files: readonly string[],
  { run, open }: ReplayOptions,
): Promise<Replayed[]> {
  const converter = dataConverterOf(env);
  if (run === undefined && open !== true) {
    return all(await readKept(files.length > 0 ? files : keptFiles()), converter);
  }
  // Nothing of it needs a worker: the histories are replayed here.
  return withSession(env, 'none', async (session) => {
    const client = await session.temporal();
    if (run === undefined) return all(historiesOfOpenRuns(client), converter);
    const id = typedRunId(run);
    await existingRun(session, id);
    return all(historiesOfRun(client, id), converter);
  });
}

async function all(
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
 * Replays one history: any command that differs from the recorded ones is a break.
 * @param dataConverter decrypts it, where it is encrypted
 * @throws EnvironmentError when it cannot be decrypted
 */
export async function replayOne(
  { name, workflowId, history }: KeptHistory,
  dataConverter: DataConverter = {},
): Promise<Replayed> {
  await refuseUnreadable(history, dataConverter);
  try {
    const options = { workflowBundle: workflowBundle(dataConverter), dataConverter, sinks: NO_SINKS };
    await Worker.runReplayHistory(options, history, workflowId);
    return { name, workflowId, ok: true, problem: null, events: [] };
  } catch (error) {
    const { words, events } = inWords(messageOf(error), history);
    return { name, workflowId, ok: false, problem: `${words}${eventsInWords(events)}`, events };
  }
}

/** A history that cannot be decrypted breaks nothing: it cannot be replayed here. @throws EnvironmentError */
async function refuseUnreadable(
  { events }: KeptHistory['history'],
  { payloadCodecs = [] }: DataConverter,
): Promise<void> {
  const payloads = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  if (payloadCodecs.length === 0) refuseEncrypted(payloads);
  for (const codec of payloadCodecs) await codec.decode(payloads);
}
