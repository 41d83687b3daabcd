/** Opens the MCP servers of a plan: in the sandbox on a commit, outside of it when trusted, or at their URL. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CommitSha } from '../contract/ids.js';
import type { McpServer } from '../plan/plan-schema.js';
import { OUTPUT_LIMIT_BYTES } from '../results/command-result.js';
import { createCommandEnvironment } from '../sandbox/command-environment.js';
import { runCommand } from '../sandbox/run-command.js';
import { runOnCommit, type Setup } from '../sandbox/run-on-commit.js';
import type { Runner } from '../sandbox/runners/runner.js';
import { createScratchFolder, removeScratchFolder } from '../sandbox/scratch-folder.js';
import type { TreeSource } from '../sandbox/tree-source.js';
import { nonEmpty, type Environment } from '../shared/config.js';
import { isRecord } from '../shared/is-record.js';
import { shellQuote } from '../shared/process/shell.js';
import { createBoundedFetch } from './bounded-fetch.js';
import type { Redact } from './redacted-head.js';
import { brokenOff, explainRemoteFailure } from './remote-failure.js';
import { requestHeaders } from './request-headers.js';
import { serverVariable } from './server-variables.js';
import { SESSION_LINES } from './session-limits.js';
import { startServerProcess } from './server-process.js';
import { McpSession, type Connection } from './session.js';

/** Where servers run, and what they run on. */
export interface ServerPlace {
  readonly runner: Runner;
  readonly source: TreeSource;
  /** The folder in which scratch folders are created. */
  readonly treesFolder: string;
  readonly setup: Setup | null;
  /** This process's environment. */
  readonly env: Environment;
  /** The plan's `env`: the variables of the set-up. */
  readonly setupVariables: readonly string[];
}

export interface OpenRequest {
  readonly server: McpServer;
  /** The commit whose files a server in the sandbox sees. */
  readonly commit: CommitSha;
  /** Milliseconds after which its process is ended, whatever it does. */
  readonly lifeMs: number;
  /** Hides the run's secrets in what is said of the server. */
  readonly redact: Redact;
  readonly signal: AbortSignal;
}

/**
 * Opens a session with a server.
 * @throws ServerFailure when it does not start or does not speak MCP; EnvironmentError when the sandbox does not start;
 *   the signal's reason when it is aborted
 */
export async function openServer(place: ServerPlace, request: OpenRequest): Promise<McpSession> {
  return McpSession.open(await connect(place, request), request.redact, request.signal);
}

function connect(place: ServerPlace, request: OpenRequest): Promise<Connection> {
  switch (request.server.kind) {
    case 'sandboxed':
      return startInSandbox(place, request.server, request);
    case 'trusted':
      return startOutside(place, request.server, request);
    case 'remote':
      return connectTo(request.server, place.env);
  }
}

type Program = Extract<McpServer, { readonly command: string }>;

/** Where set-ups put programs. They come before PATH: the project's version of a server counts. */
const SETUP_FOLDERS = ['$PWD/node_modules/.bin', '$PWD/.venv/bin', '$PWD/vendor/bin', '$HOME/.local/bin'];

function startInSandbox(
  { runner, source, treesFolder, setup, env, setupVariables }: ServerPlace,
  server: Program,
  { commit, lifeMs, redact, signal }: OpenRequest,
): Promise<Connection> {
  const path = `PATH="${SETUP_FOLDERS.join(':')}:$PATH"; export PATH`;
  return startServerProcess(
    server.command,
    async (attach, stop) => {
      const { stage, result, command } = await runOnCommit({
        ...{ runner, source, commit, treesFolder, setup, attach },
        command: `${path}; ${execWords(server)}`,
        environment: { host: env, allow: setupVariables },
        // None of the plan's variables: what a server in the sandbox learns, it may put into its results.
        commandVariables: [],
        timeoutMs: inTimer(lifeMs),
        signal: stop,
      });
      return { result, failedSetup: stage === 'setup' ? command : null };
    },
    redact,
    signal,
  );
}

/** A server outside may have something to store when it ends. Most end within milliseconds. */
const GRACE_MS = 500;

/** Runs in an empty folder: in the draft, `npx` or `node` would run what an agent wrote. */
async function startOutside(
  { treesFolder, env }: ServerPlace,
  server: Program,
  { lifeMs, redact, signal }: OpenRequest,
): Promise<Connection> {
  for (const name of server.env) serverVariable(name, env);
  return startServerProcess(
    server.command,
    async (attach, stop) => {
      const scratch = await createScratchFolder(treesFolder);
      try {
        const home = nonEmpty(env['HOME']);
        const result = await runCommand({
          command: execWords(server),
          folder: scratch.tree,
          id: scratch.id,
          env: {
            ...createCommandEnvironment(env, server.env, scratch),
            // It runs as the user, with the user's settings.
            ...(home === undefined ? {} : { HOME: home }),
          },
          attach,
          timeoutMs: inTimer(lifeMs),
          outputLimitBytes: OUTPUT_LIMIT_BYTES,
          signal: stop,
        });
        return { result, failedSetup: null };
      } finally {
        await removeScratchFolder(scratch);
      }
    },
    redact,
    signal,
    GRACE_MS,
  );
}

/** A timer with more milliseconds, 24.8 days, fires at once. */
const TIMER_MS = 2 ** 31 - 1;

function inTimer(ms: number): number {
  return Math.min(ms, TIMER_MS);
}

function execWords({ command, args }: Program): string {
  return `exec ${[command, ...args].map(shellQuote).join(' ')}`;
}

/** A remote server may keep what belongs to a session until a request ends the session. */
const FAREWELL_MS = 1_000;

/**
 * Connects to the URL as the plan gives it, also within a private network: the plan's author chose it, and no model can
 * change it. Redirects stay within its origin, so that the variables go nowhere else.
 */
async function connectTo(
  server: Extract<McpServer, { readonly kind: 'remote' }>,
  env: Environment,
): Promise<Connection> {
  const { StreamableHTTPClientTransport } =
    await import('@modelcontextprotocol/sdk/client/streamableHttp.js');
  let ended: string | null = null;
  let messages = 0;
  /** The ids of the answers that were received. */
  const answered = new Set<unknown>();
  const transport = new StreamableHTTPClientTransport(new URL(server.url), {
    requestInit: { headers: requestHeaders(server.env, env) },
    fetch: createBoundedFetch({
      onFlood: end,
      onEnd: (message, error) => {
        // The SDK only reports this, and would wait for the answer until the call's time limit.
        const request: unknown = JSON.parse(message);
        if (isRecord(request) && 'id' in request && 'method' in request && !answered.has(request['id']))
          end(brokenOff(error));
      },
    }),
    // A broken answer is not fetched again: its call is reported as one of unknown outcome.
    reconnectionOptions: {
      ...{ initialReconnectionDelay: 1, maxReconnectionDelay: 1, reconnectionDelayGrowFactor: 1 },
      maxRetries: 0,
    },
  });
  function end(reason: string): void {
    ended ??= reason;
    void transport.close();
  }
  // The client calls this before it reads a message itself.
  transport.onmessage = (message) => {
    messages += 1;
    if (messages > SESSION_LINES) {
      end('it sent too many messages');
      throw new Error('The server sent too many messages');
    }
    if ('id' in message && !('method' in message)) answered.add(message.id);
  };
  return {
    transport,
    explain: (error, shorten) => explainRemoteFailure(error, server, shorten),
    whyEnded: () => Promise.resolve(ended),
    close: async () => {
      await Promise.race([
        transport.terminateSession().catch(() => undefined),
        sleep(FAREWELL_MS, undefined, { ref: false }),
      ]);
      await transport.close();
    },
  };
}
