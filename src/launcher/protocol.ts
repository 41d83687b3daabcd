/**
 * What a worker and its launcher say to each other, over the channel that Node opens between a process and its child.
 * Each channel of a new process is a connection of the worker to the launcher's socket. Its first and only line to the
 * launcher names the process and the descriptor; from then on it belongs to the process.
 */
import type { GroupCommand } from '../shared/process/group.js';

/** Where the launcher listens; its only argument. */
export const SOCKET_NAME = 'launcher.sock';

export type Request =
  | { readonly type: 'start'; readonly id: string; readonly command: GroupCommand }
  /** Kills the group, unless its leader has exited. */
  | { readonly type: 'kill'; readonly id: string }
  /** A connection was closed before the worker knew that the process has started. */
  | { readonly type: 'closed'; readonly id: string }
  /** Closes its lifeline. */
  | { readonly type: 'release'; readonly id: string };

export type Report =
  | { readonly type: 'ready' }
  | { readonly type: 'started'; readonly id: string; readonly pid: number }
  | {
      readonly type: 'failed';
      readonly id: string;
      readonly code: string | undefined;
      readonly message: string;
    }
  /** It never starts, because the launcher closed one of its connections. */
  | { readonly type: 'lost'; readonly id: string }
  | {
      readonly type: 'exited';
      readonly id: string;
      readonly code: number | null;
      readonly signal: NodeJS.Signals | null;
      readonly isLate: boolean;
    };

/** The end of a process that was killed before it started. */
export function neverStarted(id: string): Extract<Report, { readonly type: 'exited' }> {
  return { type: 'exited', id, code: null, signal: 'SIGKILL', isLate: false };
}

/** The line that a connection begins with. */
export function headerOf(id: string, descriptor: number): string {
  return `${id} ${descriptor}\n`;
}

/** @returns null when it is not the complete line of a connection */
export function parseHeader(line: string): { readonly id: string; readonly descriptor: number } | null {
  const [, id, descriptor] = /^(\S+) (\d+)\n$/.exec(line) ?? [];
  return id === undefined ? null : { id, descriptor: Number(descriptor) };
}
