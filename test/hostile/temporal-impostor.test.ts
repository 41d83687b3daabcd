import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2';
import { createServer, type Server, type Socket } from 'node:net';
import { testCli, type TestCli } from '../support/cli.js';
import { makeProject, type TestProject } from '../support/project.js';
import { scratchFolder } from '../support/repository.js';

/** Secrets that commands have. A program that took Temporal's port may get none of them. */
const SECRETS = {
  ANTHROPIC_API_KEY: 'marked-model-key-1',
  LEADWRIGHT_TOKEN: 'marked-token-2',
  LEADWRIGHT_ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 'K').toString('base64')}`,
  LEADWRIGHT_WEBHOOK_SECRET: 'marked-webhook-secret-4',
  TEMPORAL_API_KEY: 'marked-temporal-key-5',
};

/** More than a command ever needs, and far less than an endless answer. */
const MEMORY_BYTES = 700 * 1024 * 1024;

interface Impostor {
  readonly address: string;
  /** Everything that clients sent. */
  received(): Buffer;
  close(): Promise<void>;
}

/** A program that took the port of Temporal, and treats each connection in its own way. */
async function startImpostor(
  treat: (socket: Socket) => void,
  server: Server = createServer(),
): Promise<Impostor> {
  const received: Buffer[] = [];
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => received.push(bytes));
    treat(socket);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return {
    address: `127.0.0.1:${address.port}`,
    received: () => Buffer.concat(received),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await once(server.close(), 'close');
    },
  };
}

/** Writes the same bytes for as long as the other side reads them. */
function pour(socket: Socket | ServerHttp2Stream, bytes: Buffer): void {
  const write = () => {
    while (!socket.destroyed && socket.writable && socket.write(bytes));
  };
  socket.on('drain', write);
  socket.on('error', () => undefined);
  write();
}

/** The empty SETTINGS frame with which an HTTP/2 server begins. */
const SETTINGS = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
const frameHead = (length: number, type: number, stream: number) =>
  Buffer.from([length >> 16, (length >> 8) & 255, length & 255, type, 0, 0, 0, 0, stream]);

function answerGrpc(answer: (stream: ServerHttp2Stream) => void): () => Promise<Impostor> {
  return () => {
    const server = createHttp2Server();
    server.on('sessionError', () => undefined);
    server.on('stream', (stream) => {
      stream.on('error', () => undefined);
      answer(stream);
    });
    return startImpostor(() => undefined, server);
  };
}
const GRPC = { ':status': 200, 'content-type': 'application/grpc' } as const;

const IMPOSTORS: readonly (readonly [what: string, start: () => Promise<Impostor>])[] = [
  ['never answers', () => startImpostor(() => undefined)],
  ['closes each connection', () => startImpostor((socket) => socket.destroy())],
  ['answers with garbage', () => startImpostor((socket) => socket.write('220 mail.example ESMTP\r\n'))],
  [
    'answers with garbage without end',
    () => startImpostor((socket) => pour(socket, Buffer.alloc(65_536, 'x'))),
  ],
  [
    'answers with HTTP/2 headers without end',
    () =>
      startImpostor((socket) => {
        socket.write(SETTINGS);
        socket.write(Buffer.concat([frameHead(16_384, 1, 1), Buffer.alloc(16_384)]));
        pour(socket, Buffer.concat([frameHead(16_384, 9, 1), Buffer.alloc(16_384)]));
      }),
  ],
  [
    'answers with HTTP/2 pings without end',
    () =>
      startImpostor((socket) => {
        socket.write(SETTINGS);
        pour(socket, Buffer.concat([frameHead(8, 6, 0), Buffer.alloc(8)]));
      }),
  ],
  [
    'answers calls with a refusal',
    answerGrpc((stream) => {
      stream.respond({ ...GRPC, 'grpc-status': '12', 'grpc-message': 'no such method' }, { endStream: true });
    }),
  ],
  [
    'answers calls with a message that claims four gigabytes',
    answerGrpc((stream) => {
      stream.respond(GRPC);
      stream.write(Buffer.from([0, 255, 255, 255, 255]));
      pour(stream, Buffer.alloc(65_536));
    }),
  ],
  [
    'answers calls with messages without end',
    answerGrpc((stream) => {
      stream.respond(GRPC);
      pour(stream, Buffer.concat([Buffer.from([0, 0, 0, 255, 251]), Buffer.alloc(65_531)]));
    }),
  ],
  [
    'answers calls with a message that inflates',
    answerGrpc((stream) => {
      stream.respond({ ...GRPC, 'grpc-encoding': 'gzip' });
      stream.end(Buffer.from([1, 0, 0, 0, 3, 31, 139, 8]));
    }),
  ],
];

describe('a program that took the port of Temporal', function () {
  this.timeout(180_000);
  const scratch = scratchFolder();
  let cli: TestCli;
  let project: TestProject;

  before(async () => {
    cli = await testCli();
    project = makeProject(scratch.path, 'shop', [{ id: 'price', title: 'The price' }]);
  });
  after(async () => {
    await cli.remove();
    scratch.remove();
  });

  for (const [what, start] of IMPOSTORS) {
    it(`learns no secret and exhausts no memory: it ${what}`, async () => {
      const impostor = await start();
      try {
        // Empty counts as unset: then the connection is not encrypted.
        for (const key of [{ TEMPORAL_API_KEY: '' }, {}]) {
          const env = { ...SECRETS, ...key, TEMPORAL_ADDRESS: impostor.address };
          const running = cli.start(['run', ...project.options, '--id', 'shop'], env);
          let most = 0;
          const sampling = setInterval(() => {
            for (const pid of cli.processes()) most = Math.max(most, residentBytes(pid));
          }, 200);
          const ran = await running.done;
          clearInterval(sampling);
          assert.equal(ran.code, 3, ran.stderr);
          assert.match(ran.stderr, /The Temporal server at 127\.0\.0\.1:\d+ does not answer/);
          assert.match(ran.stderr, /Check TEMPORAL_ADDRESS/);
          assert.ok(most > 0 && most < MEMORY_BYTES, `a process used ${most} bytes`);
        }
        const received = impostor.received().toString('latin1');
        for (const [name, secret] of Object.entries(SECRETS)) assert.ok(!received.includes(secret), name);
      } finally {
        await impostor.close();
      }
    });
  }
});

/** The memory of a process in bytes; 0 when it has ended. */
function residentBytes(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
