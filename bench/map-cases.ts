/** Tasks with known answers: commits of a repository, their messages and the files that they changed. */
import { commitSha, type CommitSha } from '../src/contract/ids.js';
import { runGit } from '../src/git/process/git-process.js';
import { TIME_LIMIT } from '../src/git/process/git-limits.js';
import { pathText } from '../src/git/objects/path-bytes.js';
import { nulRecords } from '../src/git/objects/tree-reader.js';

export interface MapCase {
  readonly commit: CommitSha;
  readonly parent: CommitSha;
  /** The task's text. */
  readonly message: string;
  /** Paths that the commit changed and that its parent has. */
  readonly changed: readonly string[];
}

/** A commit that changes more files is a sweep. */
const MAX_FILES = 10;

/** Words of a first line that can be a task. */
const MIN_WORDS = 3;

/** Commits that are looked through for each case. */
const LOOKED_THROUGH = 20;

/** The newest ordinary commits: no merge, a message of some words, a few changed files. */
export async function readCases(gitDir: string, head: CommitSha, count: number): Promise<MapCase[]> {
  const { stdout } = await runGit({
    gitDir,
    args: [
      ...['log', '-z', '--no-merges', '--name-status', '--no-renames', '--encoding=UTF-8', '--no-notes'],
      ...['--format=%x00%H %P%x00m%B', `--max-count=${count * LOOKED_THROUGH}`, head],
    ],
    timeLimitMs: TIME_LIMIT.tree,
  });
  return parseCases(stdout).slice(0, count);
}

/** Parses the log. An empty record begins a commit. */
function parseCases(output: Buffer): MapCase[] {
  const cases: MapCase[] = [];
  const records = [...nulRecords(output)];
  for (let at = 0; at < records.length;) {
    at++;
    const [commit = '', parent] = (records[at++]?.toString('latin1') ?? '').split(' ');
    const message = records[at++]?.toString('utf8', 1) ?? '';
    const changes: { readonly status: string; readonly path: string }[] = [];
    for (let status = records[at]; status !== undefined && status.length > 0; status = records[at]) {
      changes.push({
        status: status.toString('latin1').trim(),
        path: pathText(records[at + 1] ?? Buffer.of()),
      });
      at += 2;
    }
    const changed = changes.filter(({ status }) => status !== 'A').map(({ path }) => path);
    const words = message.split('\n', 1)[0]?.match(/\p{L}{2,}/gu) ?? [];
    if (parent === undefined || words.length < MIN_WORDS) continue;
    if (changed.length === 0 || changes.length > MAX_FILES) continue;
    cases.push({ commit: commitSha(commit), parent: commitSha(parent), message, changed });
  }
  return cases;
}
