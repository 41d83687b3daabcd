import assert from 'node:assert/strict';
import { commitSha } from '../../src/contract/ids.js';
import { decideTip, type TipFacts, type TipRepair } from '../../src/runs/repair/decide-tip.js';

const sha = (digit: string) => commitSha(digit.repeat(40));

/** A run whose branch stands where the record has it. */
const WHOLE: TipFacts = {
  base: sha('a'),
  tip: sha('b'),
  inStore: true,
  inRepository: true,
  branch: sha('b'),
  checkedOut: null,
  branchIsAhead: false,
  branchIsBehind: true,
  landedOnTip: true,
  landedOnBranch: false,
};

describe('what is done about the tip of a run', () => {
  const cases: readonly (readonly [string, Partial<TipFacts>, TipRepair])[] = [
    ['all is as it should be', {}, 'nothing'],
    ['the repository is not needed while the store has it', { inRepository: false }, 'nothing'],
    ['the store lost it', { inStore: false }, 'import'],
    ['the store lost it, the branch fell behind', { inStore: false, branch: sha('a') }, 'import'],
    ['the branch is gone', { branch: null, branchIsBehind: false }, 'publish'],
    ['the branch fell behind', { branch: sha('a') }, 'publish'],
    [
      'the branch fell behind, and somebody looks at it',
      { branch: sha('a'), checkedOut: '/shop' },
      'branch-is-checked-out',
    ],
    ['the branch is where it should be, and somebody looks at it', { checkedOut: '/shop' }, 'nothing'],
    [
      'somebody moved the branch on',
      { branch: sha('c'), branchIsAhead: true, branchIsBehind: false, landedOnBranch: true },
      'branch-is-elsewhere',
    ],
    [
      'the record fell behind',
      {
        branch: sha('c'),
        branchIsAhead: true,
        branchIsBehind: false,
        landedOnTip: false,
        landedOnBranch: true,
      },
      'take-branch',
    ],
    [
      'the record fell behind, and the branch with it',
      { branch: sha('a'), landedOnTip: false },
      'work-is-lost',
    ],
    [
      'the tip is nowhere, but all that landed is on the branch',
      {
        inStore: false,
        inRepository: false,
        branch: sha('c'),
        branchIsAhead: true,
        branchIsBehind: false,
        landedOnTip: false,
        landedOnBranch: true,
      },
      'take-branch',
    ],
    [
      'the tip is nowhere',
      { inStore: false, inRepository: false, branch: sha('a'), landedOnTip: false },
      'tip-is-lost',
    ],
  ];
  for (const [name, changes, fix] of cases) {
    it(`${name}: ${fix}`, () => assert.equal(decideTip({ ...WHOLE, ...changes }), fix));
  }
});
