import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { CommitSha } from '../../contract/ids.js';
import type { ObjectReader } from '../objects/object-reader.js';
import { pathBytes, pathText } from '../objects/path-bytes.js';
import { nulRecords, resolvePath } from '../objects/tree-reader.js';
import { TIME_LIMIT } from '../process/git-limits.js';
import { runGit } from '../process/git-process.js';
import { ProcessTimeoutError } from '../../shared/process/child-process.js';
import { foldersAbove } from '../../shared/files/folders-above.js';
import { temporaryFolder } from '../../shared/files/temporary-folder.js';

/** In front of each path, so that git takes none for a pattern (`:(glob)*`). */
const HERE = Buffer.from('./');

/**
 * Finds the paths that the `.gitignore` files of a commit ignore. Whether files exist there makes no difference. A pattern can
 * be made so that git takes years to compare it with a path: when it takes longer than the limit, all of them count.
 */
export async function findIgnoredPaths(
  { gitDir, reader }: { readonly gitDir: string; readonly reader: ObjectReader },
  commit: CommitSha,
  paths: readonly string[],
  timeLimitMs: number = TIME_LIMIT.few,
): Promise<ReadonlySet<string>> {
  const files = await readIgnoreFiles(reader, commit, paths);
  if (files.size === 0) return new Set();
  // git reads ignore files from a work tree only: this one has nothing else.
  const folder = await mkdtemp(join(temporaryFolder(), 'leadwright-ignored-'));
  try {
    for (const [path, content] of files) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), content);
    }
    const { stdout } = await runGit({
      gitDir,
      cwd: folder,
      options: ['--work-tree=.'],
      args: ['check-ignore', '--no-index', '--stdin', '-z'],
      input: Buffer.concat(paths.flatMap((path) => [HERE, pathBytes(path), Buffer.of(0)])),
      // Exit code 1: none is ignored.
      accept: [0, 1],
      timeLimitMs,
    });
    return new Set([...nulRecords(stdout)].map((record) => pathText(record.subarray(HERE.length))));
  } catch (error) {
    if (error instanceof ProcessTimeoutError) return new Set(paths);
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The ignore files that apply to some paths, by their own paths. git does not follow one that is a link. */
async function readIgnoreFiles(
  reader: ObjectReader,
  commit: CommitSha,
  paths: readonly string[],
): Promise<ReadonlyMap<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const folders = new Set(['', ...paths.flatMap(foldersAbove)]);
  for (const folder of folders) {
    const path = `${folder}.gitignore`;
    const { found } = await resolvePath(reader, commit, path);
    const content = found.kind === 'file' ? await reader.read(found.sha) : null;
    if (content !== null) files.set(path, content);
  }
  return files;
}
