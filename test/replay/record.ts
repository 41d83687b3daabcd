/**
 * `npm run record-histories`: plays every path with the present workflows, keeps the resulting histories, and
 * enters them in the manifest. With names of paths as arguments it records only these.
 *
 * Until the first release (FIRST_RELEASE) they replace the kept histories of the same paths. From then on they are
 * added, and a kept file is never rewritten: open runs still have old histories. `-- --again`
 * then records once more on the same day, for a patch made after the first recording.
 */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { KEPT_HISTORIES } from '../../src/cli/replay/histories.js';
import { FIRST_RELEASE, manifestOf, readName } from '../support/kept-histories.js';
import { startPostgres } from '../support/postgres.js';
import { TestBench } from '../support/test-bench.js';
import { WorkflowBench } from '../support/workflow-bench.js';
import { allPaths, playPath, type RecordedPath } from './stub-paths.js';
import { REAL_PATHS, SUGGESTED_EARLY } from './real-paths.js';

const AGAIN = '--again';
const names = process.argv.slice(2).filter((word) => word !== AGAIN);
const wanted = ({ name }: { readonly name: string }) => names.length === 0 || names.includes(name);

await mkdir(KEPT_HISTORIES, { recursive: true });
if (FIRST_RELEASE === null) await removeOldHistories();
const date = await dateOf(process.argv.includes(AGAIN));
let kept = 0;
await onBench([], async (bench) => {
  for (const path of allPaths().filter(wanted)) await record(bench, path);
});
const postgres = await startPostgres();
try {
  for (const early of [false, true]) {
    const paths = REAL_PATHS.filter(wanted).filter((path) => (path.suggestedEarly ?? false) === early);
    if (paths.length === 0) continue;
    await onBench(early ? SUGGESTED_EARLY : [], async (bench) => {
      const real = await TestBench.open(postgres);
      try {
        for (const path of paths) await record(bench, await path.begin(real, bench));
      } finally {
        await real.close();
      }
    });
  }
} finally {
  await postgres.stop();
}
await writeFile(join(KEPT_HISTORIES, 'MANIFEST'), `${manifestOf(KEPT_HISTORIES).join('\n')}\n`);
process.stdout.write(`${kept} new histories in ${KEPT_HISTORIES}\n`);

async function onBench(
  serverArgs: readonly string[],
  use: (bench: WorkflowBench) => Promise<void>,
): Promise<void> {
  const bench = await WorkflowBench.open({ serverArgs });
  try {
    await use(bench);
  } finally {
    await bench.close();
  }
}

async function record(bench: WorkflowBench, path: RecordedPath): Promise<void> {
  for (const { name, handle } of await playPath(bench, path)) {
    const history: unknown = JSON.parse(historyToJSON(await handle.fetchHistory()));
    if (await keep(`${date}-${name}.json`, { workflowId: handle.workflowId, history })) kept++;
  }
}

/** Removes the histories that will be recorded again; without names also those of paths that no longer exist. */
async function removeOldHistories(): Promise<void> {
  const paths = [...allPaths(), ...REAL_PATHS].map(({ name }) => name);
  for (const file of await readdir(KEPT_HISTORIES)) {
    const kept = readName(file)?.path ?? '';
    // A file's name is its path's, then its task's; one path's name may be a prefix of another's.
    const [path = ''] = paths
      .filter((name) => kept === name || kept.startsWith(`${name}-`))
      .sort((a, b) => b.length - a.length);
    if (kept !== '' && wanted({ name: path })) await rm(join(KEPT_HISTORIES, file));
  }
}

/** Stack traces name folders of the machine that recorded them, and a replay does not read them. */
function withoutStackTraces(key: string, value: unknown): unknown {
  return key === 'stackTrace' ? '' : value;
}

/** Writes a history. Returns false when one of that name is already kept. */
async function keep(file: string, content: object): Promise<boolean> {
  try {
    const text = `${JSON.stringify(content, withoutStackTraces)}\n`;
    await writeFile(join(KEPT_HISTORIES, file), text, { flag: 'wx' });
    return true;
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'EEXIST') throw error;
    process.stdout.write(`${file} is kept already and stays as it is\n`);
    return false;
  }
}

/** Today's date; a second recording on one day (`--again`) gets a number appended. */
async function dateOf(again: boolean): Promise<string> {
  const today = new Date().toISOString().slice(0, 10);
  const dates = (await readdir(KEPT_HISTORIES)).flatMap((file) => readName(file)?.date ?? []);
  const recorded = new Set(dates.filter((known) => known.startsWith(today))).size;
  if (recorded === 0) return today;
  const number = again ? recorded + 1 : recorded;
  return number === 1 ? today : `${today}.${number}`;
}
