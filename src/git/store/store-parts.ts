import { exists } from '../../shared/files/exists.js';
import { PromiseCache } from '../../shared/async/promise-cache.js';
import { formatOf } from '../objects/object-name.js';
import { ObjectReader } from '../objects/object-reader.js';
import { ObjectWriter } from '../objects/object-writer.js';
import { createStoreFolder } from './store-folder.js';
import type { StoreObjects } from './write-commit.js';

/**
 * The bare repositories of a store. git keeps objects with SHA-1 names and those with SHA-256 names apart, so each kind has
 * a repository, and an object's name says in which one it is.
 */
export class StoreParts {
  readonly #sha1: StoreObjects;
  readonly #sha256: StoreObjects;
  /** Few people have repositories with SHA-256 names: theirs is created when it is needed. */
  readonly #created = new PromiseCache<void>(1);

  /** @param sha256 the folder for objects with SHA-256 names; the same as the other one for a repository of the user's */
  constructor(
    private readonly folder: string,
    private readonly sha256 = folder,
  ) {
    this.#sha1 = partIn(folder);
    this.#sha256 = sha256 === folder ? this.#sha1 : partIn(sha256);
  }

  /**
   * The part that has an object, or gets it.
   *
   * @param sha its full name
   * @throws StoreGoneError when somebody has removed the store's folder
   */
  async of(sha: string): Promise<StoreObjects> {
    const part = formatOf(sha) === 'sha1' ? this.#sha1 : this.#sha256;
    if (part !== this.#sha1)
      await this.#created.get(this.sha256, () => createStoreFolder(this.sha256, 'sha256'));
    if (this.folder !== this.sha256) part.reader.checkFolder();
    return part;
  }

  /** The folders of the parts that exist. */
  async folders(): Promise<readonly string[]> {
    const [one, other] = [this.#sha1.gitDir, this.#sha256.gitDir];
    return one !== other && (await exists(other)) ? [one, other] : [one];
  }

  close(): void {
    this.#sha1.reader.close();
    this.#sha256.reader.close();
  }
}

function partIn(gitDir: string): StoreObjects {
  const reader = new ObjectReader(gitDir);
  return { gitDir, reader, writer: new ObjectWriter(gitDir, reader) };
}
