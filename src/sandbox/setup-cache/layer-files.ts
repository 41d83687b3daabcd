/** A set-up layer on disk: what `setup` created beside the commit's files, and laying it into another place. */
import { chmod, lstat, readdir, readFile, realpath, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { EnvironmentError } from '../../contract/errors.js';
import { runProcess } from '../../shared/child-process.js';
import type { Folders } from '../../results/command-folders.js';
import type { ScratchFolder } from '../scratch-folder.js';

const MANIFEST = 'layer.json';
/** The parts of a place that a layer keeps: tools install into HOME as well (Go, Cargo, pip). */
const PARTS = ['tree', 'home'] as const;
/** Download caches in HOME that a finished set-up no longer needs, and that would be copied for every test. */
const CACHES = ['.npm/_cacache', '.npm/_logs', '.cache/pip', '.cache/yarn'];

const manifestShape = z.object({
  /** The folders that the set-up saw, which some installers write into their files (Python's venv). */
  builtIn: z.object({ tree: z.string(), home: z.string(), tmp: z.string() }),
  /** The text files that name them, relative to the layer. */
  naming: z.array(z.string()),
  /** What it takes on the disk. */
  bytes: z.number(),
});
type Manifest = z.infer<typeof manifestShape>;

/** The paths of files and of the folders that hold them, a folder before what is in it. Pure. */
export function withFolders(files: readonly string[]): string[] {
  const found = new Set<string>();
  for (const file of files) {
    for (let end = file.indexOf('/'); end >= 0; end = file.indexOf('/', end + 1))
      found.add(file.slice(0, end));
    found.add(file);
  }
  return [...found];
}

/**
 * Turns a place in which `setup` has run into a layer: takes away what the commit brought, as `withFolders` gives
 * it, and notes what must be adapted in a copy.
 */
export async function finishLayer(
  place: ScratchFolder,
  inside: Folders,
  committed: readonly string[],
): Promise<void> {
  // Backwards, so that a folder comes after what was in it.
  for (const path of committed.toReversed()) await removeUnlessFull(join(place.tree, path));
  for (const cache of CACHES) {
    const folder = join(place.home, cache);
    if (await isReached(folder)) await rm(folder, { recursive: true, force: true });
  }
  await rm(place.tmp, { recursive: true, force: true });
  const manifest: Manifest = {
    builtIn: { tree: inside.tree, home: inside.home, tmp: inside.tmp },
    naming: await filesNaming([inside.tree, inside.home], place.root),
    bytes: await bytesOf(place.root),
  };
  await writeFile(join(place.root, MANIFEST), JSON.stringify(manifest));
}

/** Removes a file, a link or an empty folder; a folder that set-up filled stays. */
async function removeUnlessFull(path: string): Promise<void> {
  const stats = await lstat(path).catch(() => null);
  if (stats === null || !(await isReached(path))) return;
  if (!stats.isDirectory()) await rm(path);
  else if ((await readdir(path)).length === 0) await rmdir(path);
}

/** Whether no link leads to a path: where set-up put one in a folder's place, what lies behind it is not ours. */
async function isReached(path: string): Promise<boolean> {
  const folder = dirname(path);
  return (await realpath(folder).catch(() => null)) === folder;
}

/** Paths, relative to `root`, of the text files in it that hold one of `texts`. */
async function filesNaming(texts: readonly string[], root: string): Promise<string[]> {
  const patterns = texts.flatMap((text) => ['-e', text]);
  const args = ['-rlIF', '--null', ...patterns, '--', ...PARTS];
  // Exit code 1 says that there is none, 2 that some file could not be read: the others were listed.
  const stdout = await run('grep', args, root, [0, 1, 2]);
  return stdout.split('\0').filter((path) => path !== '');
}

async function bytesOf(folder: string): Promise<number> {
  const stdout = await run('du', ['-sk', '--', folder], folder, [0]);
  return Number.parseInt(stdout, 10) * 1024;
}

/** What a layer notes of itself; null when there is no manifest, or not one of this shape. */
export async function readManifest(layer: string): Promise<Manifest | null> {
  const text = await readFile(join(layer, MANIFEST), 'utf8').catch(() => 'null');
  const parsed = manifestShape.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : null;
}

/**
 * Copies a layer into a place that holds the commit's files. Where both have something of one name, the
 * commit's stays. It is a copy (of shared blocks, where the file system can), so that what a test writes
 * reaches no other test.
 * @param inside the place's folders as the test will see them
 */
export async function copyLayer(
  layer: string,
  place: ScratchFolder,
  inside: Folders,
  signal?: AbortSignal,
): Promise<void> {
  for (const part of PARTS) await copyMissing(join(layer, part), place[part], signal);
  const { builtIn, naming } = manifestShape.parse(await readManifest(layer));
  for (const path of naming) {
    await rewrite(join(place.root, path), [
      [builtIn.tree, inside.tree],
      [builtIn.home, inside.home],
    ]);
  }
}

async function copyMissing(from: string, to: string, signal?: AbortSignal): Promise<void> {
  const missing: string[] = [];
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const there = await lstat(join(to, entry.name)).catch(() => null);
    if (there === null) missing.push(join(from, entry.name));
    // Through a link that the commit has in a folder's place nothing is written.
    else if (there.isDirectory() && entry.isDirectory()) {
      await copyMissing(join(from, entry.name), join(to, entry.name), signal);
    }
  }
  if (missing.length === 0) return;
  const preserve = process.platform === 'linux' ? ['-a', '--reflink=auto'] : ['-Rp'];
  // A command line holds two megabytes; a thousand of the longest names stay far below.
  const BATCH = 1000;
  for (let at = 0; at < missing.length; at += BATCH) {
    await run('cp', [...preserve, '--', ...missing.slice(at, at + BATCH), `${to}/`], to, [0], signal);
  }
}

/** Replaces texts in a file, byte for byte, keeping its mode; a file that is not there or behind a link stays. */
async function rewrite(path: string, replacements: readonly (readonly [string, string])[]): Promise<void> {
  const stats = await lstat(path).catch(() => null);
  if (stats?.isFile() !== true || !(await isReached(path))) return;
  // latin1 maps every byte to one character and back, whatever the file's encoding.
  let content = await readFile(path, 'latin1');
  for (const [from, to] of replacements) content = content.replaceAll(asLatin1(from), asLatin1(to));
  await chmod(path, 0o600);
  await writeFile(path, content, 'latin1');
  await chmod(path, stats.mode);
}

const asLatin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

/** Whether a folder holds a finished layer. */
export async function isLayer(folder: string): Promise<boolean> {
  return await stat(join(folder, MANIFEST)).then(
    () => true,
    () => false,
  );
}

/** Where a layer notes its last use, as the file's date. */
export const manifestOf = (layer: string): string => join(layer, MANIFEST);

async function run(
  program: string,
  args: readonly string[],
  folder: string,
  accepted: readonly number[],
  signal?: AbortSignal,
): Promise<string> {
  const { exitCode, stdout, stderr } = await runProcess({
    command: program,
    args,
    cwd: folder,
    env: process.env,
    // A layer may have gigabytes on a slow disk. The signal bounds what waits for it.
    timeLimitMs: Infinity,
    signal,
    fix: `Install ${program}, which every Linux and macOS has.`,
  });
  if (exitCode !== null && accepted.includes(exitCode)) return stdout.toString();
  throw new EnvironmentError(
    `${program} failed on a set-up layer: ${stderr.trim().slice(0, 500)}`,
    'Look for a full disk; the layers under cache/setup may be removed at any time.',
  );
}
