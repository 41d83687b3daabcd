/** An MCP server over streamable HTTP, of the SDK, in a process of its own that a test can kill. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { packageRoot } from '../../src/shared/files/package-root.js';

export interface RemoteServer {
  readonly url: string;
  /** Resolves once a request of this method was received and is not answered. */
  readonly stuckIn: (method: string) => Promise<void>;
  /** Kills it, and waits for its end. */
  readonly kill: () => Promise<void>;
}

export interface RemoteBehaviour {
  /** A request of this method is never answered. */
  readonly stuck?: 'initialize' | 'tools/list' | 'tools/call';
  /** It answers with JSON, whose headers are sent with the answer, instead of events, whose headers are sent at once. */
  readonly json?: boolean;
  /** Milliseconds before a call is answered. */
  readonly slowMs?: number;
  /** It ends the events of a call without an answer. */
  readonly endsCall?: boolean;
  /** It listens on this port instead of any. */
  readonly port?: number;
}

/** Its only tool, `echo`, answers with what it `say`s. */
export async function startRemoteServer(behaviour: RemoteBehaviour = {}): Promise<RemoteServer> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, JSON.stringify(behaviour)], {
    cwd: packageRoot,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => lines.push(line));
  const said = async (start: string): Promise<string> => {
    const known = () => lines.find((line) => line.startsWith(start))?.slice(start.length);
    while (known() === undefined) await once(reader, 'line');
    return known() ?? '';
  };
  const port = await said('port ');
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    stuckIn: async (method) => {
      await said(`stuck ${method}`);
    },
    kill: () => killAndWait(child),
  };
}

async function killAndWait(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

const PROGRAM = String.raw`
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
const { stuck, json = false, slowMs = 0, endsCall = false, port = 0 } = JSON.parse(process.argv[1]);
const inStuck = async (method) => {
  if (stuck !== method) return;
  console.log('stuck ' + method);
  await new Promise(() => undefined);
};
const sessions = new Map();
async function open() {
  const server = new Server({ name: 's', version: '1' }, { capabilities: { tools: {} } });
  server.setRequestHandler(ListToolsRequestSchema, async () => {
    await inStuck('tools/list');
    return { tools: [{ name: 'echo', inputSchema: { type: 'object' } }] };
  });
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, { requestId }) => {
    if (endsCall) { transport.closeSSEStream?.(requestId); transport.close(); }
    await inStuck('tools/call');
    await sleep(slowMs);
    return { content: [{ type: 'text', text: String(params.arguments?.say) }] };
  });
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    enableJsonResponse: json,
    onsessioninitialized: (id) => sessions.set(id, transport),
  });
  await server.connect(transport);
  return transport;
}
const http = createServer((request, response) => {
  let body = '';
  request.on('data', (part) => (body += part));
  request.on('end', async () => {
    const message = body === '' ? undefined : JSON.parse(body);
    if (message?.method === 'initialize') await inStuck('initialize');
    const known = sessions.get(request.headers['mcp-session-id']);
    if (known === undefined && message?.method !== 'initialize')
      return response.writeHead(404, { 'content-type': 'application/json' })
        .end('{"jsonrpc":"2.0","id":null,"error":{"code":-32001,"message":"Session not found"}}');
    await (known ?? (await open())).handleRequest(request, response, message);
  });
}).listen(port, '127.0.0.1', () => console.log('port ' + http.address().port));
`;
