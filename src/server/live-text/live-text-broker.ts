import type { WebSocket } from 'ws';
import type { ModelDelta } from '../../contract/events.js';
import type { TaskKey } from '../../db/fencing.js';
import { liveTextMessage, type LiveTextMessage, type WatchMessage } from '../../contract/live-text.js';

/** A client that watches a task. Live text that it cannot receive in time is dropped. */
export interface Watcher {
  sendEphemeral(bytes: Buffer): void;
}

interface Watching extends TaskKey {
  readonly watcher: Watcher;
}

/** The connection of a worker, which sends the live text of its model calls. */
interface WorkerConnection {
  readonly socket: WebSocket;
  /** The watchers that have received this worker's text so far, and get its later text too. */
  readonly caughtUp: Set<number>;
}

/** Passes live text from the workers that receive it to the clients that watch its task. Keeps none. */
export class LiveTextBroker {
  readonly #watchings = new Map<number, Watching>();
  readonly #workers = new Set<WorkerConnection>();
  #lastWatch = 0;

  /** Sends the watcher the task's live text from now on. Returns a function that ends it. */
  watch(task: TaskKey, watcher: Watcher): () => void {
    const watch = ++this.#lastWatch;
    const watching = { runId: task.runId, taskId: task.taskId, watcher };
    this.#watchings.set(watch, watching);
    for (const worker of this.#workers) sendWatch(worker, watch, watching);
    return () => {
      this.#watchings.delete(watch);
      for (const worker of this.#workers) {
        worker.caughtUp.delete(watch);
        send(worker, { type: 'unwatch', watch });
      }
    };
  }

  /** Adds a worker: tells it which tasks are watched, and passes on its text until it disconnects. */
  join(socket: WebSocket): void {
    const worker = { socket, caughtUp: new Set<number>() };
    this.#workers.add(worker);
    socket.on('close', () => this.#workers.delete(worker));
    socket.on('message', (data) => {
      const message = messageOf(data);
      if (message === null) socket.close(1008, 'no message of a worker');
      else this.#receive(worker, message);
    });
    for (const [watch, watching] of this.#watchings) sendWatch(worker, watch, watching);
  }

  #receive(worker: WorkerConnection, message: LiveTextMessage): void {
    switch (message.type) {
      case 'so-far': {
        const watching = this.#watchings.get(message.watch);
        if (watching === undefined) return;
        for (const delta of message.deltas)
          if (isOf(delta, watching)) watching.watcher.sendEphemeral(bytesOf(delta));
        worker.caughtUp.add(message.watch);
        return;
      }
      case 'delta': {
        const watchers = [...worker.caughtUp].flatMap((watch) => this.#watchings.get(watch) ?? []);
        const theirs = watchers.filter((watching) => isOf(message.delta, watching));
        if (theirs.length === 0) return;
        const bytes = bytesOf(message.delta);
        for (const { watcher } of theirs) watcher.sendEphemeral(bytes);
      }
    }
  }
}

function sendWatch(worker: WorkerConnection, watch: number, { runId, taskId }: Watching): void {
  send(worker, { type: 'watch', watch, runId, taskId });
}

function send({ socket }: WorkerConnection, message: WatchMessage): void {
  if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message));
}

function isOf({ runId, taskId }: ModelDelta, watching: TaskKey): boolean {
  return runId === watching.runId && taskId === watching.taskId;
}

function bytesOf(delta: ModelDelta): Buffer {
  return Buffer.from(JSON.stringify(delta));
}

/** The message of a worker; null when it is not a valid one. */
function messageOf(data: unknown): LiveTextMessage | null {
  try {
    return Buffer.isBuffer(data) ? liveTextMessage.parse(JSON.parse(data.toString('utf8'))) : null;
  } catch {
    return null;
  }
}
