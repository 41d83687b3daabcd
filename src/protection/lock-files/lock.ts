/** What a lock file says, in a form that is the same for every package manager. */

/** A dependency that a manifest declares: `importer` is the manifest's folder or package, '' where there is only one. */
export interface Dependency {
  readonly importer: string;
  readonly name: string;
  /** Its declarations, such as version ranges, as text: one for each group that names it. */
  readonly specs: readonly string[];
}

/** One installed package. */
export interface LockedPackage {
  readonly name: string;
  /** All that decides what is installed, as text: version, source, hash, names of its dependencies. */
  readonly identity: string;
  /** The ids of the packages that it loads, by name; null when the lock file does not say. */
  readonly requires: ReadonlyMap<string, string> | null;
  /** What is wrong with its source; null for a release in a registry, fixed by a hash. */
  readonly fault: string | null;
  /** Names of the programs that it installs, where the lock file has them. */
  readonly programs: readonly string[];
}

export interface Lock {
  readonly packages: ReadonlyMap<string, LockedPackage>;
  /** The id of the package that a declared dependency resolves to; undefined when there is none. */
  readonly resolve: (dependency: Dependency) => string | undefined;
  /** Everything else that has an effect, such as overrides, as text. */
  readonly rest: string;
}

/** Thrown for a lock file that cannot be read with certainty. */
export class UnreadableLock extends Error {}

/** The manifests that a lock file is made from: texts by path. */
export type Manifests = ReadonlyMap<string, string>;

/** How to read the lock files of one package manager. */
export interface LockFormat {
  /** The lock file's name. */
  readonly name: RegExp;
  /** The name of its manifests, which are beside it and below it. */
  readonly manifest: RegExp;
  /**
   * @param folder the lock file's folder
   * @throws when a manifest cannot be parsed
   */
  readonly declared: (manifests: Manifests, folder: string) => readonly Dependency[];
  /** The registries that a lock file names, in the form that `read` compares; absent where only public ones count. */
  readonly registries?: (text: string) => ReadonlySet<string>;
  /**
   * @param registries those that the lock file named before: the user chose them
   * @throws UnreadableLock or a parser's error when the text cannot be read with certainty
   */
  readonly read: (text: string, registries: ReadonlySet<string>) => Lock;
}
