/** What a run must not leave behind, whatever was killed: looked for at its end, and at that of its stack. */
import { readdirSync, readFileSync } from 'node:fs';
import { homePaths } from '../../src/shared/config.js';
import { findCgroupParents } from '../../src/sandbox/limits/cgroup.js';
import { OWNER_PATTERN, ownerState } from '../../src/shared/owner.js';
import { processesOf } from '../support/stack-home.js';
import { processesNaming } from './sleepers.js';

/** By what a stage's own is known. */
export interface Traces {
  readonly home: string;
  /** The names of what the commands of its runs left asleep. */
  readonly sleepers: ReadonlySet<string>;
  /** The workers that were struck. */
  readonly workers: ReadonlySet<number>;
}

/** What is of use for longer than a command: a finished layer of a set-up. */
const LAYER = /^[0-9a-f]{32}$/;

/** What commands leave, by name: nothing, once none is under way. */
export function leftoversOfCommands({ home, sleepers, workers }: Traces): string[] {
  const { trees, setupLayers, store } = homePaths(home);
  const pids = new Set([...processesOf(trees), ...processesNaming(sleepers)]);
  return [
    ...namesIn(trees).map((name) => `folder ${name}`),
    ...namesIn(setupLayers).flatMap((name) => (LAYER.test(name) ? [] : [`of a set-up ${name}`])),
    ...namesOfDead(workers, namesIn(store)).map((name) => `in the store ${name}`),
    ...[...pids].map((pid) => `process ${described(pid)}`),
    ...groupsOf(workers).map((name) => `control group ${name}`),
  ];
}

/** A process as a person knows it again. */
export function described(pid: number): string {
  try {
    return `${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()}`;
  } catch {
    return String(pid);
  }
}

/** Where groups are made other stacks make theirs, so that only those of our workers count. */
function groupsOf(workers: ReadonlySet<number>): string[] {
  const parents = findCgroupParents();
  return parents === null ? [] : namesOfDead(workers, namesIn(parents.memory));
}

/**
 * The names that begin, behind a word of what they are for, with a dead worker's. What git itself makes in a store
 * (`tmp_…`) names nobody: maintenance removes it once it is too old to be in use.
 */
function namesOfDead(workers: ReadonlySet<number>, names: readonly string[]): string[] {
  return names.filter((name) => {
    const owner = name.replace(/^[a-z]+-/, '');
    const [, , pid] = OWNER_PATTERN.exec(owner) ?? [];
    return workers.has(Number(pid)) && ownerState(owner) === 'dead';
  });
}

/** None when the folder is not there. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
