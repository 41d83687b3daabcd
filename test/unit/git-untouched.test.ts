import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { publishBranch } from '../../src/git/publish.js';
import { checkBranchWritable } from '../../src/git/user-branch.js';
import { inspectRepository } from '../../src/git/user-repository.js';
import type { CommitSha } from '../../src/ids.js';
import type { TestRepository } from '../support/repository.js';
import { differences, snapshot } from '../support/snapshot.js';
import { unpack } from '../../src/sandbox/unpack.js';
import { useStore, write } from '../support/store.js';

const BRANCH = 'leadwright/r1';

const HOOKS = [
  ...['pre-commit', 'commit-msg', 'post-commit', 'post-checkout', 'post-merge', 'pre-push', 'pre-receive'],
  ...['update', 'post-receive', 'post-update', 'reference-transaction', 'pre-auto-gc', 'post-rewrite'],
  ...['fsmonitor-watchman', 'post-index-change', 'proc-receive', 'push-to-checkout', 'sendemail-validate'],
];

describe("the user's repository", () => {
  const { store, folder, repository, importFrom, commit } = useStore();

  function commitFile(parent: CommitSha, path: string, content = path): Promise<CommitSha> {
    return commit(parent, [write(path, content)]);
  }

  describe('that is hostile', () => {
    it('runs nothing of it, and gets exact bytes', async () => {
      const { user, marker } = hostileRepository();
      const seen = await inspectRepository(user.root);
      await checkBranchWritable(seen, BRANCH);
      await store().importBase(seen, seen.head);
      const tip = await commitFile(seen.head, 'x.evil', 'changed $Id$\r\n');
      const tree = folder();
      mkdirSync(tree);
      await unpack(store().archive(tip), tree);
      await store().diff(seen.head, tip);
      await store().search(tip, { pattern: 'changed', limit: 5 });
      assert.equal((await store().mergeTree(tip, await commitFile(seen.head, 'y.evil'))).kind, 'clean');
      assert.equal(await publishBranch(seen, store(), BRANCH, seen.head, null), 'moved');
      assert.equal(await publishBranch(seen, store(), BRANCH, tip, seen.head), 'moved');
      assert.equal(existsSync(marker), false);
      // The trap is a good one: a plain git walks into it.
      user.git('update-ref', 'refs/heads/any', seen.head);
      assert.equal(existsSync(marker), true);
      assert.equal((await store().readFile(tip, 'x.evil'))?.toString(), 'changed $Id$\r\n');
      assert.deepEqual(
        snapshot(tree).get('x.evil')?.split(' ')[1],
        Buffer.from('changed $Id$\r\n').toString('hex'),
      );
    });

    it('fetches nothing for a partial clone, and says what is missing', async () => {
      const { user, marker } = hostileRepository();
      user.git('config', 'extensions.partialClone', 'origin');
      user.git('config', 'remote.origin.promisor', 'true');
      user.git('config', 'remote.origin.url', `ext::sh -c "touch ${marker}"`);
      user.git('config', 'protocol.ext.allow', 'always');
      rmSync(join(user.root, '.git/objects'), { recursive: true });
      mkdirSync(join(user.root, '.git/objects'));
      await assert.rejects(inspectRepository(user.root), { name: 'EnvironmentError' });
      assert.equal(existsSync(marker), false);
    });

    function hostileRepository(): { user: TestRepository; marker: string } {
      const user = repository({ 'x.evil': 'x', 'y.evil': 'y', '$Id$.txt': '$Format:%H$' });
      const marker = `${user.root}.marker`;
      const run = `touch ${marker}`;
      user.write({
        '.gitattributes': '* filter=evil diff=evil merge=evil ident export-subst text eol=crlf\n',
      });
      user.git('add', '.gitattributes');
      user.git('commit', '--quiet', '-m', 'attributes');
      for (const hook of HOOKS) {
        const path = join(user.root, '.git/hooks', hook);
        mkdirSync(join(user.root, '.git/hooks'), { recursive: true });
        writeFileSync(path, `#!/bin/sh\n${run}\n`);
        chmodSync(path, 0o755);
      }
      const settings = {
        ...{ 'filter.evil.clean': run, 'filter.evil.smudge': run, 'filter.evil.process': run },
        ...{ 'filter.evil.required': 'true', 'diff.evil.textconv': run, 'diff.evil.command': run },
        ...{ 'diff.external': run, 'merge.evil.driver': run, 'core.fsmonitor': run, 'core.pager': run },
        ...{
          'core.editor': run,
          'core.sshCommand': run,
          'core.askPass': run,
          'core.alternateRefsCommand': run,
        },
        ...{ 'credential.helper': `!${run}`, 'uploadpack.packObjectsHook': run, 'gpg.program': run },
        ...{ 'alias.status': `!${run}`, 'alias.worktree': `!${run}`, 'trailer.x.command': run },
        ...{ 'core.hooksPath': join(user.root, '.git/hooks'), 'commit.gpgSign': 'true', 'gc.auto': '1' },
      };
      for (const [name, value] of Object.entries(settings)) user.git('config', name, value);
      // A touched file: git has to look at its content, through its filter.
      user.write({ 'y.evil': 'y' });
      rmSync(marker, { force: true });
      return { user, marker };
    }
  });

  it('is byte for byte as it was, but for new objects, the branch and its log', async () => {
    const user = repository({ 'a.txt': 'a', 'd/b.txt': 'b' });
    user.git('branch', 'other');
    user.git('tag', 'v1');
    user.git('worktree', 'add', '--quiet', '-b', 'side', `${user.root}.side`);
    user.git('pack-refs', '--all');
    user.write({ 'a.txt': 'uncommitted', untracked: 'x' });
    user.git('add', 'untracked');
    const before = [snapshot(user.root), snapshot(`${user.root}.side`)] as const;
    const seen = await importFrom(user);
    await checkBranchWritable(seen, BRANCH);
    await publishBranch(seen, store(), BRANCH, seen.head, null);
    const next = await commitFile(seen.head, 'd/b.txt', 'new');
    await publishBranch(seen, store(), BRANCH, next, seen.head);
    const after = [snapshot(user.root), snapshot(`${user.root}.side`)] as const;
    const changed = differences(before[0], after[0]);
    const objects = changed.filter((name) => /^\.git\/objects\/[0-9a-f]{2}\/[0-9a-f]{38}$/.test(name));
    for (const name of objects) assert.equal(before[0].has(name), false, name);
    assert.deepEqual(
      changed.filter((name) => !objects.includes(name)),
      [`.git/logs/refs/heads/${BRANCH}`, `.git/refs/heads/${BRANCH}`],
    );
    assert.equal(objects.length, 4);
    assert.deepEqual(differences(before[1], after[1]), []);
  });
});
