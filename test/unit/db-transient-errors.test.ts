import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../src/db/open-database.js';
import { isUnavailable } from '../../src/db/transient-errors.js';

describe('isUnavailable', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'leadwright-test-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** The errors of Prisma's client and of the pool. */
  async function errorsAt(url: string): Promise<readonly unknown[]> {
    const db = openDatabase(url);
    try {
      const asked = [db.prisma.run.findUniqueOrThrow({ where: { id: 'x' } }), db.pool.query('SELECT 1')];
      return (await Promise.allSettled(asked)).map((one): unknown =>
        one.status === 'rejected' ? one.reason : null,
      );
    } finally {
      await db.close();
    }
  }

  it('holds while the server is away and its Unix socket is missing', async () => {
    const errors = await errorsAt(`postgresql://u:p@${encodeURIComponent(folder)}/leadwright`);
    assert.deepEqual(errors.map(isUnavailable), [true, true]);
  });

  it('holds when the server closes the connection at once', async () => {
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(join(folder, '.s.PGSQL.5432'), resolve));
    try {
      const errors = await errorsAt(`postgresql://u:p@${encodeURIComponent(folder)}/leadwright`);
      assert.deepEqual(errors.map(isUnavailable), [true, true]);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('does not hold for a missing file', () => {
    assert.equal(
      isUnavailable(Object.assign(new Error('open ENOENT /x'), { code: 'ENOENT', syscall: 'open' })),
      false,
    );
  });
});
