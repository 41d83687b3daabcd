import assert from 'node:assert/strict';
import { commitSha } from '../../src/contract/ids.js';
import { decideTip, type TipFacts, type TipRepair } from '../../src/runs/repair/decide-tip.js';

const sha = (digit: string) => commitSha(digit.repeat(40));

/** A run whose branch is where the record says. */
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

describe('decideTip', () => {
  const cases: readonly (readonly [string, Partial<TipFacts>, TipRepair])[] = [
    ['everything agrees', {}, 'nothing'],
    ['the repository is not needed while the store has it', { inRepository: false }, 'nothing'],
    ['the store lost it', { inStore: false }, 'import'],
    ['the store lost it, the branch fell behind', { inStore: false, branch: sha('a') }, 'import'],
    ['the branch is gone', { branch: null, branchIsBehind: false }, 'publish'],
    ['the branch fell behind', { branch: sha('a') }, 'publish'],
    [
      'the branch fell behind and is checked out',
      { branch: sha('a'), checkedOut: '/shop' },
      'branch-is-checked-out',
    ],
    ['the branch agrees and is checked out', { checkedOut: '/shop' }, 'nothing'],
    [
      'somebody advanced the branch',
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
    ['the record and the branch fell behind', { branch: sha('a'), landedOnTip: false }, 'work-is-lost'],
    [
      'the tip is lost, but the branch has all landed work',
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
      'the tip is lost',
      { inStore: false, inRepository: false, branch: sha('a'), landedOnTip: false },
      'tip-is-lost',
    ],
  ];
  for (const [name, changes, fix] of cases) {
    it(`${name}: ${fix}`, () => assert.equal(decideTip({ ...WHOLE, ...changes }), fix));
  }
});
