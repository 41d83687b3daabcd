/** MCP servers for tests: the official ones, and one that behaves as a test says. */
import { join } from 'node:path';
import { build } from 'rolldown';
import { packageRoot } from '../../src/shared/files/package-root.js';

/** The program of an official server. It is outside of every sandbox. */
export function officialServer(name: 'everything' | 'filesystem' | 'memory'): string {
  return join(packageRoot, 'node_modules', '@modelcontextprotocol', `server-${name}`, 'dist', 'index.js');
}

/** An official server as one file, which a repository can hold and any sandbox can run. */
export async function bundledServer(name: Parameters<typeof officialServer>[0]): Promise<string> {
  const { output } = await build({
    ...{ input: officialServer(name), platform: 'node', logLevel: 'silent', write: false },
    output: { format: 'esm', codeSplitting: false },
  });
  return output[0].code;
}

/** The file of `SERVER` in a test's repository, and how a plan starts it. */
export const SERVER_PATH = 'tools/server.mjs';

/** How a server of a test behaves. */
export type Behaviour =
  /** Answers each call, and appends its name to the file `log`. */
  | 'plain'
  | /** Three seconds after a call. */ 'slow'
  | 'silent'
  | 'exits'
  | 'exits in a call'
  | 'hangs in a call'
  | 'floods stderr'
  | 'lies';

/** An entry of the plan's `mcp` that starts it with these behaviour, log and answer. */
export function server(behaviour: Behaviour, log = '/dev/null', more: Record<string, unknown> = {}) {
  return { command: 'node', args: [SERVER_PATH, behaviour, log], ...more };
}

/**
 * A server without dependencies: `node server.mjs BEHAVIOUR LOG`. Its tools: `echo` gives its input and what the server
 * sees (`variable`, `file`), `big` many lines (`lines`), `image` a picture, `fail` an error.
 */
export const SERVER = String.raw`
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
const [behaviour, log] = process.argv.slice(2);
const send = (message) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\n');
const tool = (name, more = {}) => ({ name, description: 'Does ' + name, inputSchema: { type: 'object', properties: {} }, ...more });
const TOOLS = [tool('echo', { inputSchema: { type: 'object', properties: { say: { type: 'string' } }, required: ['say'] } }), tool('big'), tool('image'), tool('fail')];
if (behaviour === 'exits') { console.error('no licence found'); process.exit(7); }
if (behaviour === 'floods stderr') for (let n = 0; n < 3000; n++) process.stderr.write('y'.repeat(1e4) + '\n');
console.log('a line that is no message');
const text = (text) => ({ content: [{ type: 'text', text }] });
const tools = {
  echo: ({ variable, file, write, ...input }) => text(JSON.stringify({
    input,
    ...(variable ? { variable: process.env[variable] ?? null } : {}),
    ...(file ? { file: existsSync(file) ? readFileSync(file, 'utf8') : null } : {}),
    ...(write ? { write: tryTo(() => writeFileSync(write, 'x')) } : {}),
    pid: process.pid,
  })),
  big: ({ lines = 20000 }) => text(Array.from({ length: lines }, (_, n) => 'line ' + n).join('\n')),
  image: () => ({ content: [{ type: 'image', data: 'QUJD', mimeType: 'image/png' }, { type: 'odd', x: 1 }] }),
  fail: () => ({ ...text('it does not work'), isError: true }),
};
function tryTo(act) { try { act(); return 'done'; } catch (error) { return error.code; } }
let rest = '';
process.stdin.setEncoding('utf8').on('data', (part) => {
  const lines = (rest + part).split('\n');
  rest = lines.pop();
  for (const line of lines) handle(JSON.parse(line));
}).on('end', () => process.exit(0));
function handle({ id, method, params }) {
  if (behaviour === 'silent' || id === undefined) return;
  if (behaviour === 'lies') {
    send({ id: 'another', result: { ok: true } });
    send({ id, result: { protocolVersion: 'never', tools: 'none' } });
    return;
  }
  if (method === 'initialize')
    return send({ id, result: { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 's', version: '1' } } });
  if (method === 'tools/list') return send({ id, result: { tools: TOOLS } });
  if (method !== 'tools/call') return send({ id, error: { code: -32601, message: 'unknown' } });
  appendFileSync(log, params.name + '\n');
  if (behaviour === 'exits in a call') process.exit(9);
  if (behaviour === 'hangs in a call') return;
  const act = tools[params.name];
  if (act === undefined) return send({ id, error: { code: -32602, message: 'no such tool' } });
  setTimeout(() => send({ id, result: act(params.arguments) }), behaviour === 'slow' ? 3000 : 0);
}
`;
