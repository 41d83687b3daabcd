/** Finds what a run must not leave behind, whatever was killed. Checked after each run and after the stack's end. */
import { readdirSync, readFileSync } from 'node:fs';
import { homePaths } from '../../src/shared/config.js';
import { findCgroupParents } from '../../src/sandbox/limits/cgroup.js';
import { OWNER_PATTERN, ownerState } from '../../src/shared/process/owner.js';
import { processesOf } from '../support/stack-home.js';
import { processesNaming } from './sleepers.js';

/** Identifies what belongs to a stage. */
export interface Traces {
  readonly home: string;
  /** The names of the sleeping processes that its runs' commands start. */
  readonly sleepers: ReadonlySet<string>;
  /** The process ids of the workers that were hit. */
  readonly workers: ReadonlySet<number>;
}

/** The name of a finished setup layer, which is meant to stay. */
const LAYER = /^[0-9a-f]{32}$/;

/** Lists what commands left behind; must be empty when none is running. */
export function leftoversOfCommands({ home, sleepers, workers }: Traces): string[] {
  const { trees, setupLayers, store } = homePaths(home);
  const pids = new Set([...processesOf(trees), ...processesNaming(sleepers)]);
  return [
    ...namesIn(trees).map((name) => `folder ${name}`),
    ...namesIn(setupLayers).flatMap((name) => (LAYER.test(name) ? [] : [`unfinished setup layer ${name}`])),
    ...namesOfDead(workers, namesIn(store)).map((name) => `in the store ${name}`),
    ...[...pids].map((pid) => `process ${described(pid)}`),
    ...groupsOf(workers).map((name) => `control group ${name}`),
  ];
}

/** A process with its command line, for a person. */
export function described(pid: number): string {
  try {
    return `${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()}`;
  } catch {
    return String(pid);
  }
}

/** Lists control groups of this stage's workers. Other stacks create theirs in the same folder. */
function groupsOf(workers: ReadonlySet<number>): string[] {
  const parents = findCgroupParents();
  return parents === null ? [] : namesOfDead(workers, namesIn(parents.memory));
}

/**
 * The names whose owner, after a prefix for their purpose, is a dead worker. Temporary files of git itself (`tmp_…`) have
 * no owner; maintenance removes them once they are too old to be in use.
 */
function namesOfDead(workers: ReadonlySet<number>, names: readonly string[]): string[] {
  return names.filter((name) => {
    const owner = name.replace(/^[a-z]+-/, '');
    const [, , pid] = OWNER_PATTERN.exec(owner) ?? [];
    return workers.has(Number(pid)) && ownerState(owner) === 'dead';
  });
}

/** The names in a folder; none when the folder does not exist. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
