import { join } from 'node:path';
import workerThreads, { type WorkerOptions } from 'node:worker_threads';
import { packageRoot } from '../shared/files/package-root.js';

/** A CommonJS module: the program of a thread does not wait for a module that is imported before it. */
const PRELOADED = join(packageRoot, 'dist', 'worker', 'without-call-stacks.cjs');

/**
 * Creates Temporal workers whose workflows have no call stacks. The SDK formats one for each promise that a workflow makes, so
 * that Temporal's web page can show them: that is three fifths of the time that replaying a lead's history takes (2.6 s for
 * 6,000 events with them, 1.1 s without), and a lead stands still while it is replayed. The SDK has no option for it, so the
 * threads that it starts are given a module that they load first.
 *
 * @param create creates the workers, with `Worker.create`
 */
export async function withoutCallStacks<T>(create: () => Promise<T>): Promise<T> {
  const { Worker: Thread } = workerThreads;
  workerThreads.Worker = class extends Thread {
    constructor(file: string | URL, options: WorkerOptions = {}) {
      super(file, { ...options, execArgv: ['--require', PRELOADED] });
    }
  };
  try {
    return await create();
  } finally {
    workerThreads.Worker = Thread;
  }
}
