import assert from 'node:assert/strict';
import { inotifyShare } from '../../src/sandbox/limits/user-limits.js';
import {
  nextCheckMs,
  parseProportional,
  parseStatus,
  withoutBorrowers,
  type ProcessMemory,
} from '../../src/sandbox/limits/memory-use.js';

const MIB = 2 ** 20;
const GIB = 2 ** 30;

describe('the memory of a process', () => {
  it('is what it has in RAM and swap, with its page tables, without mapped files', () => {
    const status = [
      'Name:\tState:\tD',
      'State:\tS (sleeping)',
      'Pid:\t7',
      'PPid:\t1',
      'VmSize:\t    9000 kB',
      'RssAnon:\t     100 kB',
      'RssFile:\t    1640 kB',
      'RssShmem:\t      20 kB',
      'VmPTE:\t      44 kB',
      'VmSwap:\t      3 kB',
    ].join('\n');
    const expected = { pid: 7, parent: 1, isWaiting: false, bytes: 167 * 1024, space: 9000 };
    assert.deepEqual(parseStatus(status), expected);
  });

  it('is nothing when it has exited', () => {
    assert.equal(parseStatus('Name:\tsh\nState:\tZ (zombie)\nPid:\t7\nPPid:\t1\n').bytes, 0);
  });

  it('counts shared pages in proportion, if the kernel says so', () => {
    const rollup =
      'x [rollup]\nPss: 190 kB\nPss_Anon: 112 kB\nPss_File: 78 kB\nPss_Shmem: 8 kB\nSwapPss: 2 kB\n';
    assert.equal(parseProportional(rollup), 122 * 1024);
    assert.equal(parseProportional('x [rollup]\nPss: 190 kB\n'), null);
  });
});

describe('a child that runs in its parent’s memory', () => {
  const process = (pid: number, changes: Partial<ProcessMemory> = {}): ProcessMemory => ({
    pid,
    parent: 1,
    isWaiting: false,
    bytes: 5 * GIB,
    space: 9000,
    ...changes,
  });
  const left = (...processes: ProcessMemory[]): number[] => withoutBorrowers(processes).map(({ pid }) => pid);

  it('does not count a second time', () => {
    assert.deepEqual(left(process(2, { isWaiting: true }), process(3, { parent: 2 })), [2]);
  });

  it('is one at most for each waiting parent', () => {
    const twins = [process(3, { parent: 2 }), process(4, { parent: 2 })];
    assert.deepEqual(left(process(2, { isWaiting: true }), ...twins), [2, 4]);
  });

  it('is not one with other memory, nor one whose parent runs', () => {
    const other = [process(3, { parent: 2, bytes: 1 }), process(4, { parent: 2, space: 1 })];
    assert.deepEqual(left(process(2, { isWaiting: true }), ...other), [2, 3, 4]);
    assert.deepEqual(left(process(2), process(3, { parent: 2 })), [2, 3]);
  });
});

describe('the next check of a command’s memory', () => {
  it('comes before the rest of its memory can be full', () => {
    assert.equal(nextCheckMs(200 * MIB, 1, 1), (200 * MIB * 1000) / (2 * GIB));
    assert.equal(nextCheckMs(8 * GIB, 2, 1), 250);
    assert.equal(nextCheckMs(MIB, 8, 1), 25);
  });

  it('comes later when checks are slow', () => assert.equal(nextCheckMs(MIB, 8, 50), 500));
});

describe('the share of inotify’s limits', () => {
  it('leaves half to the user’s other programs', () => {
    assert.deepEqual(inotifyShare({ instances: 128, watches: 8192 }, 4), { instances: 16, watches: 1024 });
    assert.deepEqual(inotifyShare({ instances: 128, watches: 8192 }, 64), { instances: 4, watches: 64 });
  });
});
