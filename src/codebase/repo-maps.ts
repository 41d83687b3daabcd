/** Makes repo maps from the index and the history of a repository. */
import type { CommitSha } from '../contract/ids.js';
import type { ChangeLogs } from './change-logs.js';
import type { CommitCode } from './code-index.js';
import { CommitCompiler, type CompiledCommit } from './commit-compiler.js';
import { rankFiles, type RankedTask } from './rank-files.js';
import { PLAN_FILE, PLAN_SCHEMA_FILE } from '../contract/names.js';
import { CHARS_PER_TOKEN, renderMap, type RepoMap } from './repo-map.js';
import { SymbolOrder } from './symbol-order.js';

/** Tokens of a map: about as many as one long file, for an overview that saves several searches. */
export const MAP_TOKENS = 4_000;

/** What a map is made for. */
export interface MapTask extends RankedTask {
  readonly tokens: number;
  /** Hides secrets in a path or a line. */
  readonly show: (text: string) => string;
}

export interface MapRequest extends MapTask {
  /** The commit whose files are listed. */
  readonly code: Pick<CommitCode, 'facts'>;
  /** Where the history is read: a commit in the user's repository. */
  readonly past: { readonly gitDir: string; readonly commit: CommitSha };
}

/** Makes maps, and keeps what it computes of files and history from one to the next. */
export class RepoMaps {
  readonly #compiler = new CommitCompiler();

  constructor(private readonly changeLogs: Pick<ChangeLogs, 'of'>) {}

  async make(request: MapRequest, signal?: AbortSignal): Promise<RepoMap> {
    const { code, past } = request;
    const [facts, history] = await Promise.all([
      code.facts(signal),
      this.changeLogs.of(past.gitDir, past.commit),
    ]);
    return mapOf(await this.#compiler.compile(facts, history, signal), request);
  }
}

/** The plan holds the words of every task, so it would be listed for each; it matters only to a task that names it. */
function isOwnFile(path: string, { text, files }: RankedTask): boolean {
  return (path === PLAN_FILE || path === PLAN_SCHEMA_FILE) && !files.includes(path) && !text.includes(path);
}

/** Characters of the shortest line with a path, with its line break. */
const SHORTEST = 2;

/** Ranks and renders. Pure. */
export function mapOf(commit: CompiledCommit, task: MapTask): RepoMap {
  const { facts, indexOf } = commit;
  const order = new SymbolOrder(task.text);
  const limit = Math.ceil((task.tokens * CHARS_PER_TOKEN) / SHORTEST);
  const entries = rankFiles(commit, task, limit)
    .filter(({ path }) => !isOwnFile(path, task))
    .map(({ path }) => ({
      path,
      symbols: () => order.sort(facts[indexOf.get(path) ?? -1]?.symbols ?? []),
    }));
  return renderMap(entries, task.tokens, task.show);
}
