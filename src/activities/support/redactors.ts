import { PromiseCache } from '../../shared/async/promise-cache.js';
import type { Environment } from '../../shared/config.js';
import type { GitStore } from '../../git/store/git-store.js';
import type { CommitSha } from '../../contract/ids.js';
import { findFileSecrets } from '../../redaction/file-secrets.js';
import { createRedactor, type Redactor } from '../../redaction/redactor.js';
import type { KnownSecret } from '../../redaction/region.js';
import { namedSecrets, ownSecrets, passedSecrets } from '../../redaction/own-secrets.js';
import type { RunPlan } from '../../db/task-record.js';
import { isSample, secretKindByPath } from '../../redaction/secret-files.js';
import { linksOf } from '../../protection/commit-links.js';
import { namesThroughLinks } from '../../protection/linked-names.js';

/** Cached redactors: enough for the runs that a worker serves at once. For another run the files are read again. */
const MAX_CACHED = 16;
/** Bytes. No person wrote a larger secret file, so its values are not searched for. */
const MAX_BYTES = 1024 * 1024;
/** Bytes of all secret files of a commit that are read, one after another. */
const MAX_BYTES_OF_ALL = 16 * 1024 * 1024;
/** Values of all secret files of a commit: each text that the model sees is searched for all of them. */
const MAX_VALUES = 5_000;

/** Creates and caches redactors, which hide secrets from the model and from the record. */
export class Redactors {
  readonly #own: readonly KnownSecret[];
  readonly #known = new PromiseCache<Redactor>(MAX_CACHED);

  constructor(
    private readonly store: Pick<GitStore, 'listTree' | 'readFile' | 'readBlob'>,
    private readonly env: Environment,
  ) {
    this.#own = ownSecrets(env);
  }

  /**
   * The redactor of a run. It hides text in the shape of a secret, this worker's own secrets, the values in the secret
   * files of the run's base, and those of the variables that the plan's MCP servers and its commands get.
   */
  async ofRun({
    base,
    plan,
  }: {
    readonly base: CommitSha;
    readonly plan: Pick<RunPlan, 'mcp' | 'env'>;
  }): Promise<Redactor> {
    const variables = Object.values(plan.mcp).flatMap(({ env }) => env);
    const key = JSON.stringify([base, variables, plan.env]);
    const known = () => [...namedSecrets(this.env, variables), ...passedSecrets(this.env, plan.env)];
    return this.#known.get(key, () => this.#read(base, known()));
  }

  async #read(base: CommitSha, known: readonly KnownSecret[]): Promise<Redactor> {
    const isSecret = await this.#secretPaths(base);
    const entries = (await this.store.listTree(base)).filter(
      ({ path, size }) => size !== null && size <= MAX_BYTES && isSecret(path),
    );
    const found = new Map<string, KnownSecret>();
    // A repository may have one file under thousands of names.
    const distinct = new Map(entries.map((entry) => [entry.sha, entry]));
    let left = MAX_BYTES_OF_ALL;
    for (const { path, size } of distinct.values()) {
      if (found.size >= MAX_VALUES) break;
      if ((size ?? 0) > left) continue;
      left -= size ?? 0;
      const file = await this.store.readFile(base, path);
      for (const secret of findFileSecrets(file?.toString() ?? '')) found.set(secret.value, secret);
    }
    return createRedactor([...this.#own, ...known, ...found.values()]);
  }

  /** Tells the paths of secret files, also by the names that symbolic links give them (`.env` → `deploy/settings`). */
  async #secretPaths(base: CommitSha): Promise<(path: string) => boolean> {
    const namesOf = namesThroughLinks(await linksOf(this.store, base));
    return (path) =>
      secretKindByPath(path) !== null ||
      (!isSample(path) && namesOf(path).some(({ name }) => secretKindByPath(name) !== null));
  }
}
