import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { lostStoreWarning } from '../../src/cli/session/lost-store.js';
import { GitStore } from '../../src/git/store/git-store.js';
import { homePaths } from '../../src/shared/config.js';
import { scratchFolder } from '../support/repository.js';

describe('the warning of a lost git store', () => {
  const scratch = scratchFolder();
  after(() => scratch.remove());

  it('says what is lost and how to restore it', async () => {
    const paths = homePaths(scratch.path);
    mkdirSync(paths.postgres);
    (await GitStore.open(paths.store)).close();
    assert.equal(await lostStoreWarning(paths), null);
    rmSync(join(paths.store, 'objects'), { recursive: true });
    assert.match(
      (await lostStoreWarning(paths)) ?? '',
      /store\.git is damaged: it has no objects\. .*leadwright doctor --repair$/,
    );
    rmSync(paths.store, { recursive: true });
    assert.match((await lostStoreWarning(paths)) ?? '', /store\.git is gone\. /);
  });

  it('is not given where the store may be on another machine', async () => {
    assert.equal(await lostStoreWarning(homePaths(join(scratch.path, 'of-a-fleet'))), null);
  });
});
