/** Names of owners (src/shared/owner.ts) that are not this process. */
import { spawnSync } from 'node:child_process';
import { ownName } from '../../src/shared/owner.js';

const [HERE = ''] = ownName().split('.');

/** A process of this machine that is gone. */
export function deadOwner(): string {
  return `${HERE}.${spawnSync('true').pid}.0`;
}

/** A process of another machine or container, which cannot be seen from here. */
export const ELSEWHERE = `${HERE === '0000' ? '1111' : '0000'}.1.1`;
