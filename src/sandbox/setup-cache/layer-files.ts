/** A set-up layer on disk: the files that `setup` created next to the commit's files. Creates, reads and copies it. */
import {
  chmod,
  lstat,
  readdir,
  readFile,
  realpath,
  rm,
  rmdir,
  stat,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { EnvironmentError } from '../../contract/errors.js';
import { pathBytes } from '../../git/objects/path-bytes.js';
import { runProcess } from '../../shared/process/child-process.js';
import type { Folders } from '../../results/command-folders.js';
import type { ScratchFolder } from '../scratch-folder.js';

const MANIFEST = 'layer.json';
/** The scratch folders that a layer keeps. HOME is one, because some tools install into it (Go, Cargo, pip). */
const PARTS = ['tree', 'home'] as const;
/** Download caches in HOME. A finished set-up does not need them, and they would be copied for every test. */
const CACHES = ['.npm/_cacache', '.npm/_logs', '.cache/pip', '.cache/yarn'];

const manifestShape = z.object({
  /** The folders that the set-up saw. Some installers write these paths into their files (Python's venv). */
  builtIn: z.object({ tree: z.string(), home: z.string(), tmp: z.string() }),
  /** The text files that contain these paths, relative to the layer. */
  naming: z.array(z.string()),
  /** Disk space of the layer. */
  bytes: z.number(),
});
type Manifest = z.infer<typeof manifestShape>;

/**
 * The bytes of file paths and of all their parent folders. Each folder comes before its content. Pure.
 * @param files in the string form of paths in a git tree
 */
export function addParentFolders(files: readonly string[]): Buffer[] {
  const found = new Set<string>();
  for (const file of files) {
    // A character for each byte: a path need not be UTF-8.
    const path = pathBytes(file).toString('latin1');
    for (let end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1))
      found.add(path.slice(0, end));
    found.add(path);
  }
  return Array.from(found, (path) => Buffer.from(path, 'latin1'));
}

/**
 * Turns a scratch folder in which `setup` has run into a layer: removes the commit's files and writes the manifest. All of
 * it is then on disk.
 * @param visible the folders as the set-up saw them
 * @param committed the commit's paths, as `addParentFolders` returns them
 */
export async function finishLayer(
  scratch: ScratchFolder,
  visible: Folders,
  committed: readonly Buffer[],
): Promise<void> {
  // In reverse order, so that a folder comes after its content.
  const tree = Buffer.from(`${scratch.tree}/`);
  for (const path of committed.toReversed()) await removeUnlessFilled(Buffer.concat([tree, path]));
  for (const cache of CACHES) {
    const folder = join(scratch.home, cache);
    if (await hasNoLinkAbove(Buffer.from(folder))) await rm(folder, { recursive: true, force: true });
  }
  await rm(scratch.tmp, { recursive: true, force: true });
  const manifest: Manifest = {
    builtIn: { tree: visible.tree, home: visible.home, tmp: visible.tmp },
    naming: await findFilesNaming([visible.tree, visible.home], scratch.root),
    bytes: await measureBytes(scratch.root),
  };
  // The caller renames the folder. After a power failure, the new name may be on disk without what was written before:
  // tests would then run with empty files, or the layer would have an empty manifest.
  await syncFiles(scratch.root);
  await writeFile(join(scratch.root, MANIFEST), JSON.stringify(manifest), { flush: true });
}

/** Waits until the files of a folder are on disk, in one call for all: a layer may have a hundred thousand. */
async function syncFiles(folder: string): Promise<void> {
  // The disk of the folder. The sync of macOS has no option, and waits for all disks.
  const ofFolder = process.platform === 'linux' ? ['-f', '--', folder] : [];
  await runProgram('sync', ofFolder, folder, [0]);
}

/** Removes a file, a link or an empty folder. A folder with files from the set-up stays. */
async function removeUnlessFilled(path: Buffer): Promise<void> {
  const stats = await lstat(path).catch(() => null);
  if (stats === null || !(await hasNoLinkAbove(path))) return;
  if (!stats.isDirectory()) await unlink(path);
  else if ((await readdir(path)).length === 0) await rmdir(path);
}

/** Whether no parent of a path is a link. The set-up may replace a folder by a link, whose target must not be changed. */
async function hasNoLinkAbove(path: Buffer): Promise<boolean> {
  const folder = path.subarray(0, path.lastIndexOf('/'));
  const real = await realpath(folder, { encoding: 'buffer' }).catch(() => null);
  return real?.equals(folder) === true;
}

/**
 * Bytes. Installers write paths into scripts and settings of some kilobytes. grep holds a whole line in memory, twice: a
 * line of 900 MB took 1.8 GB.
 */
const LARGEST_NAMING = 16 * 1024 * 1024;

/** Finds the text files in `root` that contain one of `texts`; paths are relative to `root`. */
async function findFilesNaming(texts: readonly string[], root: string): Promise<string[]> {
  const small = ['-type', 'f', '-size', `-${LARGEST_NAMING}c`];
  const grep = ['grep', '-lIF', '--null', ...texts.flatMap((text) => ['-e', text]), '--'];
  // Exit code 1 says that some call of grep found nothing, or that some file could not be read: the others were listed.
  const stdout = await runProgram('find', [...PARTS, ...small, '-exec', ...grep, '{}', '+'], root, [0, 1]);
  return stdout.split('\0').filter((path) => path !== '');
}

async function measureBytes(folder: string): Promise<number> {
  const stdout = await runProgram('du', ['-sk', '--', folder], folder, [0]);
  return Number.parseInt(stdout, 10) * 1024;
}

/** Reads a layer's manifest; null when it is missing or has another shape. A disk that failed may have left it empty. */
export async function readManifest(layer: string): Promise<Manifest | null> {
  try {
    return manifestShape.parse(JSON.parse(await readFile(join(layer, MANIFEST), 'utf8')));
  } catch {
    return null;
  }
}

/**
 * Copies a layer into a scratch folder that already contains the commit's files. Where both have a path, the commit's
 * file stays. A copy keeps one test's writes away from other tests; it shares disk blocks where the file system can.
 * @param visible the scratch folders as the test will see them
 * @throws EnvironmentError when the layer's manifest cannot be read, or a file cannot be copied
 */
export async function copyLayer(
  layer: string,
  scratch: ScratchFolder,
  visible: Folders,
  signal?: AbortSignal,
): Promise<void> {
  const manifest = await readManifest(layer);
  if (manifest === null) {
    throw new EnvironmentError(
      `the set-up layer ${layer} is damaged: its ${MANIFEST} cannot be read`,
      'Delete this folder. The next test then runs the set-up again.',
    );
  }
  const { builtIn, naming } = manifest;
  for (const part of PARTS) await copyMissing(join(layer, part), scratch[part], signal);
  for (const path of naming) {
    await replaceInFile(join(scratch.root, path), [
      [builtIn.tree, visible.tree],
      [builtIn.home, visible.home],
    ]);
  }
}

async function copyMissing(from: string, to: string, signal?: AbortSignal): Promise<void> {
  const missing: string[] = [];
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const there = await lstat(join(to, entry.name)).catch(() => null);
    if (there === null) missing.push(join(from, entry.name));
    // Only into real folders: where the commit has a link, nothing is written through it.
    else if (there.isDirectory() && entry.isDirectory()) {
      await copyMissing(join(from, entry.name), join(to, entry.name), signal);
    }
  }
  if (missing.length === 0) return;
  const preserve = process.platform === 'linux' ? ['-a', '--reflink=auto'] : ['-Rp'];
  // A command line may have 2 MB. A thousand of the longest names (255 bytes) stay far below.
  const BATCH = 1000;
  for (let at = 0; at < missing.length; at += BATCH) {
    await runProgram('cp', [...preserve, '--', ...missing.slice(at, at + BATCH), `${to}/`], to, [0], signal);
  }
}

/** Replaces texts in a file, byte for byte, and keeps its mode. Skips a missing file and a file behind a link. */
async function replaceInFile(
  path: string,
  replacements: readonly (readonly [string, string])[],
): Promise<void> {
  const stats = await lstat(path).catch(() => null);
  if (stats?.isFile() !== true || !(await hasNoLinkAbove(Buffer.from(path)))) return;
  // latin1 maps each byte to one character and back, so the file's encoding does not matter.
  let content = await readFile(path, 'latin1');
  for (const [from, to] of replacements) content = content.replaceAll(asLatin1(from), asLatin1(to));
  await chmod(path, 0o600);
  await writeFile(path, content, 'latin1');
  await chmod(path, stats.mode);
}

const asLatin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

/** Whether a folder is a finished layer. */
export async function isLayer(folder: string): Promise<boolean> {
  return await stat(join(folder, MANIFEST)).then(
    () => true,
    () => false,
  );
}

/** The path of a layer's manifest. Its modification time is the layer's last use. */
export const manifestPath = (layer: string): string => join(layer, MANIFEST);

async function runProgram(
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
    'Check for a full disk. You can delete the layers in cache/setup at any time.',
  );
}
