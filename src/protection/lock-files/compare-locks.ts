/** Decides whether a lock file changed only for the dependencies that a task changed in a manifest. Pure. */
import type { Dependency, Lock, LockedPackage } from './lock.js';

/** A lock file with its manifests' dependencies. */
export interface LockState {
  readonly lock: Lock;
  readonly declared: readonly Dependency[];
}

/**
 * The change of a lock file that needs `may_change`, worded for the model; null when there is none. A dependency whose
 * declaration did not change must resolve to the same packages, with all that they load. Every other package must be
 * loaded by a dependency that was changed, and come from a registry.
 *
 * @param before null when there was no lock file: then only the sources are checked
 */
export function lockFileFault(before: LockState | null, after: LockState): string | null {
  const fixed = before === null ? new Set<string>() : fixedPackages(before, after);
  if (typeof fixed === 'string') return fixed;
  return (
    sourceFault(before, after) ??
    (before === null
      ? null
      : (settingsFault(before.lock, after.lock) ??
        strayPackage(before, after, fixed) ??
        programFault(before.lock, after.lock, fixed)))
  );
}

const keyOf = ({ importer, name }: Dependency): string => `${importer}\0${name}`;

/** The dependencies whose declarations are the same before and after. */
function unchangedDependencies(before: LockState, after: LockState): Dependency[] {
  const specs = new Map(
    before.declared.map((dependency) => [keyOf(dependency), dependency.specs.join('\0')]),
  );
  return after.declared.filter((dependency) => specs.get(keyOf(dependency)) === dependency.specs.join('\0'));
}

/** The ids of all packages that unchanged dependencies load; a text when one of them is not the same as before. */
function fixedPackages(before: LockState, after: LockState): Set<string> | string {
  const fixed = new Set<string>();
  const compared = new Set<string>();
  const pending = unchangedDependencies(before, after).map(
    (dependency): [string, string | undefined, string | undefined] => [
      dependency.name,
      before.lock.resolve(dependency),
      after.lock.resolve(dependency),
    ],
  );
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [name, old, now] = next;
    if (compared.has(`${old}\0${now}`)) continue;
    compared.add(`${old}\0${now}`);
    const [was, is] = [packageOf(before.lock, old), packageOf(after.lock, now)];
    if (was === undefined && is === undefined) continue;
    if (was?.identity !== is?.identity) {
      return `it changes what ${name} is, and the task did not change the declaration of the dependency that brings it`;
    }
    if (now !== undefined) fixed.add(now);
    const names = new Set([...(was?.requires?.keys() ?? []), ...(is?.requires?.keys() ?? [])]);
    pending.push(
      ...[...names].map((each): (typeof pending)[number] => [
        each,
        was?.requires?.get(each),
        is?.requires?.get(each),
      ]),
    );
  }
  return fixed;
}

function packageOf(lock: Lock, id: string | undefined): LockedPackage | undefined {
  return id === undefined ? undefined : lock.packages.get(id);
}

function identitiesOf(lock: Lock): Set<string> {
  return new Set([...lock.packages.values()].map(({ name, identity }) => `${name}\0${identity}`));
}

/** A new package that does not come from a registry. */
function sourceFault(before: LockState | null, after: LockState): string | null {
  const known = before === null ? new Set<string>() : identitiesOf(before.lock);
  for (const { name, identity, fault } of after.lock.packages.values()) {
    if (fault !== null && !known.has(`${name}\0${identity}`)) return `its entry for ${name} ${fault}`;
  }
  return null;
}

function settingsFault(before: Lock, after: Lock): string | null {
  return before.rest === after.rest ? null : 'it changes settings of the lock file, not only packages';
}

/** A new or changed package that no changed dependency loads. */
function strayPackage(before: LockState, after: LockState, fixed: ReadonlySet<string>): string | null {
  const unchanged = new Set(unchangedDependencies(before, after).map(keyOf));
  const changed = after.declared.filter((dependency) => !unchanged.has(keyOf(dependency)));
  const removed = before.declared.some(
    (dependency) => !after.declared.some((each) => keyOf(each) === keyOf(dependency)),
  );
  const loaded = new Set<string>();
  const pending = changed.map(after.lock.resolve);
  let incomplete = false;
  while (pending.length > 0) {
    const id = pending.pop();
    const found = packageOf(after.lock, id);
    if (id === undefined || found === undefined || loaded.has(id)) continue;
    loaded.add(id);
    incomplete ||= found.requires === null;
    pending.push(...(found.requires?.values() ?? []));
  }
  const known = identitiesOf(before.lock);
  const names = new Set([...before.lock.packages.values()].map(({ name }) => name));
  for (const [id, { name, identity }] of after.lock.packages) {
    if (loaded.has(id) || fixed.has(id) || known.has(`${name}\0${identity}`)) continue;
    // Without a graph, a package of a new name may be one that the changed dependency brings.
    if (incomplete && !names.has(name)) continue;
    return `it changes the entry for ${name}, which no dependency that the task changed brings`;
  }
  if (changed.length > 0 || removed) return null;
  const vanished = [...before.lock.packages.keys()].find((id) => !after.lock.packages.has(id));
  return vanished === undefined ? null : `it removes ${vanished}, and the task changed no dependency`;
}

/** A new package that installs a program of the same name as one that is there already. */
function programFault(before: Lock, after: Lock, fixed: ReadonlySet<string>): string | null {
  const known = identitiesOf(before);
  const taken = new Set([...fixed].flatMap((id) => packageOf(after, id)?.programs ?? []));
  for (const [id, { name, identity, programs }] of after.packages) {
    if (fixed.has(id) || known.has(`${name}\0${identity}`)) continue;
    const program = programs.find((each) => taken.has(each));
    if (program !== undefined)
      return `its entry for ${name} installs the program ${program} of another package`;
  }
  return null;
}
