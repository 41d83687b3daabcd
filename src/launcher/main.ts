/**
 * The launcher: a small process that starts a worker's children for it, because forking a process as large as a worker
 * takes milliseconds in which the worker does nothing else. The output of a child does not pass through here: the
 * child gets the worker's own connection. It ends with the worker, and kills all groups that it started.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, rmdirSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { basename, dirname } from 'node:path';
import { Duplex } from 'node:stream';
import { findLeakingDescriptors } from '../shared/process/descriptors.js';
import { errorCode } from '../shared/error-code.js';
import {
  hasExited,
  keepTimeLimit,
  killGroup,
  withParent,
  type GroupCommand,
} from '../shared/process/group.js';
import { neverStarted, parseHeader, SOCKET_NAME, type Report, type Request } from './protocol.js';

/** A process that is to be started or runs. */
interface Entry {
  command: GroupCommand | null;
  readonly connections: Map<number, Socket>;
  child: ChildProcess | null;
  /** Whether it was killed before it started. */
  isKilled: boolean;
}

const entries = new Map<string, Entry>();

/** Connections that wait to be accepted; the kernel lowers it to its own limit. */
const BACKLOG = 4_096;

/** The connections of a process that was killed before it started arrive within milliseconds, and are closed. */
const LATE_MS = 10_000;

function entryOf(id: string): Entry {
  const entry = entries.get(id) ?? {
    command: null,
    connections: new Map<number, Socket>(),
    child: null,
    isKilled: false,
  };
  entries.set(id, entry);
  return entry;
}

function report(message: Report): void {
  // Without a worker there is nobody to tell, and this process ends.
  process.send?.(message, () => undefined);
}

function obey(request: Request): void {
  const entry = entryOf(request.id);
  switch (request.type) {
    case 'start':
      entry.command = request.command;
      startWhenComplete(request.id, entry);
      return;
    case 'kill':
      if (entry.child === null) {
        abandon(request.id, entry);
        report(neverStarted(request.id));
      } else killGroup(entry.child);
      return;
    case 'closed':
      // The worker knows already how one has ended that is no longer listed.
      if (entry.child !== null || entry.isKilled) return;
      abandon(request.id, entry);
      report({ type: 'lost', id: request.id });
      return;
    case 'release':
      if (entry.child === null || hasExited(entry.child)) forget(request.id, entry);
      else closeLifelines(entry.child);
      return;
  }
}

function accept(connection: Socket): void {
  connection.on('error', () => undefined);
  connection.once('data', (line: Buffer) => {
    connection.pause();
    const header = parseHeader(line.toString('latin1'));
    if (header === null) {
      connection.destroy();
      return;
    }
    const entry = entryOf(header.id);
    if (entry.isKilled) {
      connection.destroy();
      return;
    }
    entry.connections.set(header.descriptor, connection);
    startWhenComplete(header.id, entry);
  });
}

/** Starts the process once the request and all connections have arrived, in whatever order. */
function startWhenComplete(id: string, entry: Entry): void {
  const { command, connections } = entry;
  if (command === null || entry.child !== null || entry.isKilled) return;
  const expected = command.channels.filter((channel) => channel === 'input' || channel === 'output');
  if (connections.size < expected.length) return;
  try {
    entry.child = startChild(command, connections);
    watch(id, entry, entry.child);
  } catch (error) {
    fail(id, entry, error);
  }
  for (const connection of connections.values()) connection.destroy();
  connections.clear();
}

function startChild(
  { command, args, env, channels, parentVariable, cwd, uid, gid }: GroupCommand,
  connections: Map<number, Socket>,
): ChildProcess {
  const stdio = channels.map((channel, descriptor) => {
    if (channel === 'ignore') return 'ignore';
    return channel === 'lifeline' ? 'pipe' : connections.get(descriptor);
  });
  const account = { ...(uid === undefined ? {} : { uid }), ...(gid === undefined ? {} : { gid }) };
  const options = { env: withParent(env, parentVariable), cwd, ...account };
  return spawn(command, args, { ...options, stdio, detached: true });
}

function watch(id: string, entry: Entry, child: ChildProcess): void {
  const isLate = keepTimeLimit(child, entry.command?.timeLimitMs);
  child.once('error', (error) => fail(id, entry, error));
  child.once('spawn', () => {
    if (child.pid !== undefined) report({ type: 'started', id, pid: child.pid });
  });
  child.once('exit', (code, signal) => {
    report({ type: 'exited', id, code, signal, isLate: isLate() });
    // The lifeline outlives the leader: others of its group may still run.
    if (lifelinesOf(child).length === 0) forget(id, entry);
  });
}

function fail(id: string, entry: Entry, error: unknown): void {
  forget(id, entry);
  report({
    type: 'failed',
    id,
    code: errorCode(error) ?? undefined,
    message: error instanceof Error ? error.message : '',
  });
}

function forget(id: string, { connections, child }: Entry): void {
  entries.delete(id);
  for (const connection of connections.values()) connection.destroy();
  if (child !== null) closeLifelines(child);
}

/** Lets a process that has not started never start. Its connections may still arrive. */
function abandon(id: string, entry: Entry): void {
  forget(id, entry);
  entry.isKilled = true;
  entries.set(id, entry);
  setTimeout(() => entries.delete(id), LATE_MS).unref();
}

function closeLifelines(child: ChildProcess): void {
  for (const lifeline of lifelinesOf(child)) lifeline.destroy();
}

/** The open pipes that the launcher itself holds. Node leaves out `stdio` when it had no descriptors for them. */
function lifelinesOf({ stdio = [] }: { readonly stdio?: readonly unknown[] }): Duplex[] {
  return stdio.slice(3).filter((stream): stream is Duplex => stream instanceof Duplex && !stream.destroyed);
}

/** Ends when the worker has ended or wants it to. */
function end(): void {
  for (const { child } of entries.values()) if (child !== null) killGroup(child);
  rmSync(socketPath, { force: true });
  try {
    rmdirSync(dirname(socketPath));
  } catch {
    // The worker has removed it, or somebody else has put something there.
  }
  process.exit(0);
}

const [, , socketPath = ''] = process.argv;
// What the worker itself inherited is not for its commands.
for (const descriptor of findLeakingDescriptors()) closeSync(descriptor);
process.on('message', (request: Request) => obey(request));
process.on('disconnect', end);
// Started by hand, it has no worker and nothing to remove.
if (basename(socketPath) !== SOCKET_NAME) process.exit(2);
// The worker may have ended while this program was loaded: then the event is over.
if (!process.connected) end();
createServer({ allowHalfOpen: true }, accept).listen({ path: socketPath, backlog: BACKLOG }, () =>
  report({ type: 'ready' }),
);
