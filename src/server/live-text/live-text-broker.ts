import type { WebSocket } from 'ws';
import type { ModelDelta } from '../../contract/contract.js';
import type { TaskKey } from '../../db/fencing.js';
import { deltaMessage, type DeltaMessage, type WatchMessage } from '../../contract/live-text.js';

/** A client that watches a task: takes what it can, and loses the rest. */
export interface Watcher {
  sendEphemeral(bytes: Buffer): void;
}

interface Watching extends TaskKey {
  readonly watcher: Watcher;
}

/** A worker that tells what its model calls say. */
interface Link {
  readonly socket: WebSocket;
  /** The watchings that it has told all so far: what it says from then on is for them, too. */
  readonly caughtUp: Set<number>;
}

/** Brings pieces of answers from the workers that hear them to the clients that watch their tasks. Keeps none. */
export class DeltaDesk {
  readonly #watchings = new Map<number, Watching>();
  readonly #links = new Set<Link>();
  #lastWatch = 0;

  /** From now on the watcher gets what the model says to the task. Returns how to end that. */
  watch(task: TaskKey, watcher: Watcher): () => void {
    const watch = ++this.#lastWatch;
    const watching = { runId: task.runId, taskId: task.taskId, watcher };
    this.#watchings.set(watch, watching);
    for (const link of this.#links) tellOf(link, watch, watching);
    return () => {
      this.#watchings.delete(watch);
      for (const link of this.#links) {
        link.caughtUp.delete(watch);
        tell(link, { type: 'unwatch', watch });
      }
    };
  }

  /** A worker came: it is told who watches what, and listened to until it goes. */
  join(socket: WebSocket): void {
    const link = { socket, caughtUp: new Set<number>() };
    this.#links.add(link);
    socket.on('close', () => this.#links.delete(link));
    socket.on('message', (data) => {
      const message = messageOf(data);
      if (message === null) socket.close(1008, 'no message of a worker');
      else this.#hear(link, message);
    });
    for (const [watch, watching] of this.#watchings) tellOf(link, watch, watching);
  }

  #hear(link: Link, message: DeltaMessage): void {
    switch (message.type) {
      case 'so-far': {
        const watching = this.#watchings.get(message.watch);
        if (watching === undefined) return;
        for (const delta of message.deltas)
          if (isOf(delta, watching)) watching.watcher.sendEphemeral(bytesOf(delta));
        link.caughtUp.add(message.watch);
        return;
      }
      case 'delta': {
        const watchers = [...link.caughtUp].flatMap((watch) => this.#watchings.get(watch) ?? []);
        const theirs = watchers.filter((watching) => isOf(message.delta, watching));
        if (theirs.length === 0) return;
        const bytes = bytesOf(message.delta);
        for (const { watcher } of theirs) watcher.sendEphemeral(bytes);
      }
    }
  }
}

function tellOf(link: Link, watch: number, { runId, taskId }: Watching): void {
  tell(link, { type: 'watch', watch, runId, taskId });
}

function tell({ socket }: Link, message: WatchMessage): void {
  if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message));
}

function isOf({ runId, taskId }: ModelDelta, watching: TaskKey): boolean {
  return runId === watching.runId && taskId === watching.taskId;
}

function bytesOf(delta: ModelDelta): Buffer {
  return Buffer.from(JSON.stringify(delta));
}

/** Null when it is none: whoever speaks so is no worker of ours. */
function messageOf(data: unknown): DeltaMessage | null {
  try {
    return Buffer.isBuffer(data) ? deltaMessage.parse(JSON.parse(data.toString('utf8'))) : null;
  } catch {
    return null;
  }
}
