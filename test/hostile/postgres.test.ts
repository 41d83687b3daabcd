/** Attacks on the embedded PostgreSQL by another user of the machine, and by whoever has its role. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, readdir, readlink, rm, stat } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '../../src/db/connection.js';
import { openDatabase } from '../../src/db/open-database.js';
import { listen } from '../../src/db/listen-notify.js';
import { createPostgresService } from '../../src/local-stack/postgres/postgres-service.js';
import { findParentWatch } from '../../src/local-stack/process/parent-watch.js';
import { Service } from '../../src/local-stack/process/service.js';
import { probeDatabase } from '../../src/local-stack/external-services.js';
import { stackPaths } from '../../src/local-stack/stack-paths.js';
import { makeSocketFolder } from '../../src/shared/network/sockets.js';
import { eventually } from '../support/eventually.js';

/** The first bytes of a server that asks for a password: AuthenticationCleartextPassword. */
const ASK_CLEARTEXT = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]);
/** AuthenticationMD5Password with a salt. */
const ASK_MD5 = Buffer.from([0x52, 0, 0, 0, 12, 0, 0, 0, 5, 1, 2, 3, 4]);
/** AuthenticationOk and ReadyForQuery: a server that lets everybody in, to be told everything. */
const LET_IN = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49]);

/** A process that listens in PostgreSQL's place, answers each client with `answer`, and keeps what it then receives. */
async function impostor(answer: Buffer, port = 0) {
  const received: Buffer[] = [];
  let clients = 0;
  const server = createServer((socket) => {
    clients += 1;
    socket.once('data', () => {
      socket.write(answer);
      socket.on('data', (data) => received.push(data));
    });
    socket.on('error', () => undefined);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: portOf(server),
    clients: () => clients,
    received: () => Buffer.concat(received).toString('latin1'),
    close: () => server.close(),
  };
}

function portOf(server: Server): number {
  const address = server.address() as AddressInfo;
  return address.port;
}

describe('the embedded PostgreSQL under attack', function () {
  this.timeout(60_000);
  let folder: string;
  let service: Service<{ readonly databaseUrl: string }>;
  let url: string;
  const stopped = new AbortController();
  const nothing = () => undefined;
  const start = async (home: string, tcpOnly: boolean) => {
    await mkdir(stackPaths(home).logs, { recursive: true });
    await makeSocketFolder(home);
    const definition = await createPostgresService({
      paths: stackPaths(home),
      env: process.env,
      endWithHost: (await findParentWatch(process.env))('INT'),
      signal: stopped.signal,
      tcpOnly,
    });
    return new Service(definition, { changed: nothing, gaveUp: nothing, log: nothing });
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'leadwright-hostile-postgres-'));
    service = await start(folder, false);
    url = (await service.start()).databaseUrl;
  });
  after(async () => {
    stopped.abort();
    await service.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('has no port that another user could take first, or connect to', async () => {
    const inodes = await socketsOf(service.process?.identity.pid ?? 0);
    const ports = [
      ...(await readFile('/proc/net/tcp', 'utf8')).split('\n'),
      ...(await readFile('/proc/net/tcp6', 'utf8').catch(() => '')).split('\n'),
    ].filter((line) => inodes.has(line.trim().split(/\s+/)[9] ?? ''));
    assert.ok(inodes.size > 0, 'it has its Unix socket');
    assert.deepEqual(ports, []);
  });

  it('can be reached through a folder that only its account can enter', async () => {
    const { sockets } = stackPaths(folder);
    for (const path of [folder, sockets.folder, sockets.postgres])
      assert.equal((await stat(path)).mode & 0o777, 0o700, path);
    assert.equal((await stat(sockets.folder)).uid, process.getuid?.());
  });

  it('gives its role no way to run programs, read files or become another role', async () => {
    const client = await connect(url);
    try {
      const { rows } = await client.query<Record<string, unknown>>(
        `SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls,
           (SELECT count(*)::int FROM pg_auth_members WHERE member = pg_roles.oid) AS memberships
         FROM pg_roles WHERE rolname = current_user`,
      );
      assert.deepEqual(rows, [
        {
          rolsuper: false,
          rolcreaterole: false,
          rolcreatedb: false,
          rolreplication: false,
          rolbypassrls: false,
          memberships: 0,
        },
      ]);
      await client.query('CREATE TABLE lines (line text)');
      for (const attack of [
        `COPY lines FROM PROGRAM 'id'`,
        `COPY lines TO PROGRAM 'cat'`,
        `COPY lines FROM '/etc/passwd'`,
        `COPY lines TO '/tmp/leadwright-attack'`,
        `SELECT pg_read_file('/etc/passwd')`,
        `SELECT pg_ls_dir('/')`,
        `SELECT lo_import('/etc/passwd')`,
        `ALTER SYSTEM SET archive_command = 'id'`,
        `ALTER ROLE leadwright SUPERUSER`,
        `SET ROLE postgres`,
        `SET SESSION AUTHORIZATION postgres`,
        `CREATE ROLE another SUPERUSER`,
        `CREATE DATABASE another`,
        `CREATE EXTENSION file_fdw`,
        `CREATE FUNCTION run() RETURNS int LANGUAGE c AS '/lib/x86_64-linux-gnu/libc.so.6', 'system'`,
      ])
        await assert.rejects(
          client.query(attack),
          /permission denied|must be|superuser|not available|is not/,
          attack,
        );
    } finally {
      await client.end();
    }
  });

  it('lets nobody else in: not the superuser, not another database, not without the password', async () => {
    for (const change of [
      (to: URL) => (to.username = 'postgres'),
      (to: URL) => (to.pathname = '/postgres'),
      (to: URL) => (to.pathname = '/template1'),
    ]) {
      const to = new URL(url);
      change(to);
      await assert.rejects(connect(to.href), /no pg_hba.conf entry/);
    }
    const wrong = new URL(url);
    wrong.password = 'guess';
    await assert.rejects(connect(wrong.href), /password authentication failed/);
  });

  for (const [what, answer] of [
    ['asks for the password in clear text', ASK_CLEARTEXT],
    ['asks for an MD5 hash of it', ASK_MD5],
    ['lets everybody in', LET_IN],
  ] as const) {
    it(`sends nothing to a process in its place that ${what}`, async () => {
      const server = await impostor(answer);
      const warnings: string[] = [];
      try {
        const fake = new URL(url);
        fake.host = `127.0.0.1:${server.port}`;
        fake.searchParams.delete('host');
        fake.searchParams.delete('port');
        await assert.rejects(connect(fake.href), /does not authenticate by SCRAM/);
        await assert.rejects(probeDatabase(fake.href), /does not authenticate by SCRAM/);
        const db = openDatabase(fake.href, 2);
        await assert.rejects(db.pool.query('SELECT 1'), /does not authenticate by SCRAM/);
        await assert.rejects(db.prisma.run.count());
        await db.close();
        const listener = listen(fake.href, 'secrets', { wake: nothing, wakeAll: nothing }, (message) =>
          warnings.push(message),
        );
        await eventually(() => Promise.resolve(warnings.length > 0), 'the listener fails');
        await listener.close();
        assert.match(warnings.join('\n'), /does not authenticate by SCRAM/);
        assert.ok(server.clients() >= 5);
        assert.equal(server.received(), '');
      } finally {
        server.close();
      }
    });
  }

  it('gives its password to no listener that took its port, where there is only TCP', async () => {
    const home = await mkdtemp(join(tmpdir(), 'leadwright-hostile-tcp-'));
    const tcp = await start(home, true);
    const ready = new AbortController();
    let server: Awaited<ReturnType<typeof impostor>> | undefined;
    try {
      const { databaseUrl } = await tcp.start();
      await (await connect(databaseUrl)).end();
      const { port, password } = new URL(databaseUrl);
      // The server dies, and the attacker takes its port before it is started again.
      await tcp.stop();
      server = await impostor(ASK_CLEARTEXT, Number(port));
      const started = tcp.definition.ready(
        {
          identity: { pid: 0, startedAt: '' },
          ended: new Promise(nothing),
          firstLine: new Promise(nothing),
          writeLine: () => undefined,
          lastLogLine: () => Promise.resolve(''),
        },
        ready.signal,
      );
      const asked = server;
      await eventually(() => Promise.resolve(asked.clients() > 1), 'the host tries to connect');
      ready.abort();
      await assert.rejects(started);
      assert.ok(password.length > 20);
      assert.equal(server.received(), '');
    } finally {
      server?.close();
      await rm(home, { recursive: true, force: true });
    }
  });
});

/** The inodes of a process's sockets. */
async function socketsOf(pid: number): Promise<ReadonlySet<string>> {
  const folder = `/proc/${pid}/fd`;
  const links = await Promise.all(
    (await readdir(folder)).map((name) => readlink(join(folder, name)).catch(() => '')),
  );
  return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
}
