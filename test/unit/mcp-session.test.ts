import assert from 'node:assert/strict';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { createServer, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { openServer } from '../../src/mcp/open-server.js';
import { McpSession, ServerFailure } from '../../src/mcp/session.js';
import type { Runner } from '../../src/sandbox/runners/runner.js';
import { nth, sourceOf } from './sandbox-support.js';

const never = new AbortController().signal;
const SECRET = `ghp_${'a1B2'.repeat(9)}`;
const hide = (text: string) => text.replaceAll(SECRET, '[redacted]');

type Answer = (message: JSONRPCMessage & { readonly id: number }) => unknown;

/** A connection to a server that answers calls as the test says. */
function connectionTo(answer: Answer) {
  const seen = { closed: false };
  const transport: Transport = {
    start: () => Promise.resolve(),
    close: () => {
      transport.onclose?.();
      return Promise.resolve();
    },
    send: (message) => {
      if (!('id' in message) || !('method' in message) || typeof message.id !== 'number')
        return Promise.resolve();
      const { id, method } = message;
      const started = {
        result: {
          ...{ protocolVersion: '2025-06-18', capabilities: { tools: {} } },
          serverInfo: { name: 's', version: '1' },
        },
      };
      const said = method === 'initialize' ? started : answer({ ...message, id });
      if (said instanceof Error) return Promise.reject(said);
      if (said !== undefined)
        transport.onmessage?.({
          jsonrpc: '2.0',
          id,
          ...(said as { readonly result: Record<string, unknown> }),
        });
      return Promise.resolve();
    },
  };
  const close = () => {
    seen.closed = true;
    return transport.close();
  };
  return { seen, transport, whyEnded: () => Promise.resolve(null), close };
}

const endOf = async (answer: Answer) => {
  const session = await McpSession.open(connectionTo(answer), hide, never);
  return session.call('t', {}, 50, never);
};

describe('a call of a server’s tool', () => {
  it('is answered when the server answers, whatever the code of its error', async () => {
    const error = (code: number, message: string) => () => ({ error: { code, message } });
    const failed = await endOf(error(-32_000, 'no disk'));
    assert.deepEqual(failed, { kind: 'failed', why: 'MCP error -32000: no disk' });
    assert.equal((await endOf(error(-32_001, 'Session not found'))).kind, 'failed');
    assert.equal((await endOf(error(-32_603, 'Internal error'))).kind, 'failed');
    assert.equal((await endOf(error(-32_602, 'no such tool'))).kind, 'refused');
  });

  it('has an unknown outcome when no answer came, or none that can be read', async () => {
    const late = await endOf(() => undefined);
    assert.deepEqual(late, { kind: 'unknown', why: 'no answer within 0.05 s' });
    const http = (code: number) => () => Object.assign(new Error('Streamable HTTP error'), { code });
    assert.equal((await endOf(http(-1))).kind, 'unknown');
    assert.equal((await endOf(http(502))).kind, 'unknown');
    assert.equal((await endOf(http(404))).kind, 'refused');
  });

  it('says which part of an answer is not as it should be', async () => {
    assert.deepEqual(await endOf(() => ({ result: { content: 'x', isError: 3 } })), {
      kind: 'unknown',
      why: 'its answer is not one of MCP: content: Invalid input: expected array, received string',
    });
  });

  it('shows no part of a secret where a message is cut', async () => {
    const end = await endOf(() => ({
      error: { code: 1, message: `${'x'.repeat(470)} ${SECRET}${' x'.repeat(5_000)}` },
    }));
    assert.ok(end.kind === 'failed' && !end.why.includes('ghp_') && end.why.length < 600);
  });
});

describe('a session with a remote server', () => {
  /** Answers the first message as a server does, and later ones as the test says. */
  const open = async (
    later: (response: ServerResponse, method: string, id: number) => void,
    signal = never,
  ) => {
    const listener = createServer((request, response) => {
      let body = '';
      request.on('data', (part: Buffer) => (body += part.toString()));
      request.on('end', () => {
        const { id = 0, method = request.method ?? '' } = (body === '' ? {} : JSON.parse(body)) as {
          readonly id?: number;
          readonly method?: string;
        };
        if (method !== 'initialize') {
          later(response, method, id);
          return;
        }
        const serverInfo = { name: 's', version: '1' };
        const result = { protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo };
        json(response, { jsonrpc: '2.0', id, result });
      });
    }).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    after(() => listener.close());
    const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/mcp`;
    const fail = () => assert.fail('not used');
    const runner: Runner = { describe: fail, visibleFolders: fail, run: fail };
    return openServer(
      {
        ...{ runner, source: sourceOf({}), treesFolder: '/nowhere', setup: null },
        ...{ env: {}, setupVariables: [] },
      },
      {
        server: { kind: 'remote', url, tools: null, env: [] },
        ...{ commit: nth(1), lifeMs: 1, redact: hide, signal },
      },
    );
  };
  const json = (response: ServerResponse, value: unknown) =>
    void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  /** Lists the tools of a server that answers so. */
  const listing = async (answer: (response: ServerResponse, id: number) => void) => {
    const session = await open((response, method, id) => {
      if (method === 'tools/list') answer(response, id);
      else response.writeHead(method === 'GET' ? 405 : 202).end();
    });
    try {
      return await session.listTools(never);
    } finally {
      await session.close();
    }
  };
  const refused = (why: RegExp) => (error: unknown) =>
    error instanceof ServerFailure && why.test(error.message);
  const notification = { jsonrpc: '2.0', method: 'notifications/x' };
  const eventOf = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;
  const listed = (id: number) => ({ jsonrpc: '2.0', id, result: { tools: [{ name: 'a' }] } });

  it('ends with its signal, also while the server does not take a notification', async () => {
    const cancel = new AbortController();
    const reason = new Error('cancelled by the test');
    const opening = open((response, method) => {
      if (method !== 'notifications/initialized') return void response.writeHead(202).end();
      response.writeHead(500).write('x');
      setTimeout(() => cancel.abort(reason), 50);
    }, cancel.signal);
    await assert.rejects(opening, reason);
  });

  it('takes an answer alone, in a list or as an event', async () => {
    const event = (id: number) => `event: message\r\ndata: ${JSON.stringify(listed(id))}\r\n\r\n`;
    assert.equal((await listing((response, id) => json(response, listed(id)))).length, 1);
    assert.equal((await listing((response, id) => json(response, [notification, listed(id)]))).length, 1);
    const events = await listing((response, id) =>
      response.writeHead(200, { 'content-type': 'Text/Event-Stream; charset=utf-8' }).end(event(id)),
    );
    assert.equal(events.length, 1);
  });

  it('ends when the server sends too many messages or too long ones, in whatever form', async () => {
    const many = Array.from({ length: 30_000 }, () => notification);
    await assert.rejects(
      listing((response, id) => json(response, [...many, listed(id)])),
      refused(/it sent too many messages/),
    );
    const long = { ...notification, params: { a: 'x'.repeat(5e6) } };
    await assert.rejects(
      listing((response, id) => json(response, [long, listed(id)])),
      refused(/a message of more than 4194304 bytes/),
    );
    const session = await open((response, method) => {
      if (method === 'GET') response.writeHead(200).write(many.map(eventOf).join(''));
      else if (method !== 'tools/list') response.writeHead(202).end();
    });
    await assert.rejects(session.listTools(never), refused(/it sent too m/));
    await session.close();
    const lineEnds = ['\r', '\n', '\r\n'];
    for (const end of lineEnds) {
      const line = (value: unknown) => `data: ${JSON.stringify(value)}${end}${end}`;
      const streams = [
        many.map(line).join(''),
        line(long),
        `data: ${'x'.repeat(100)}${end}`.repeat(9_000).repeat(6),
      ];
      for (const stream of streams) {
        await assert.rejects(
          listing((response, id) =>
            response
              .writeHead(200, { 'content-type': 'Text/Event-Stream' })
              .end(`${stream}${line(listed(id))}`),
          ),
          refused(/it sent (?:too m|a message of more)/),
          JSON.stringify([end, stream.slice(0, 50)]),
        );
      }
    }
  });
});
