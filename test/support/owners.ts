/** Owner names (src/shared/process/owner.ts) of processes other than this one. */
import { spawnSync } from 'node:child_process';
import { ownName } from '../../src/shared/process/owner.js';

const [HERE = ''] = ownName().split('.');

/** The owner name of a process on this machine that has ended. */
export function deadOwner(): string {
  return `${HERE}.${spawnSync('true').pid}.0`;
}

/** The owner name of a process on another machine or in another container, whose state is unknown here. */
export const ELSEWHERE = `${'0'.repeat(HERE.length)}.1.1`;
