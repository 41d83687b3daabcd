/** The load of an event stream: one run that receives events at a steady rate, and many clients that follow it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../src/db/database.js';
import { openDatabase } from '../src/db/open-database.js';
import { readLastSeq } from '../src/db/event-log.js';
import { runId, taskId } from '../src/contract/ids.js';
import { recordRun } from '../test/support/run-record.js';
import type { CrowdFigures } from './event-clients.js';
import { startHelper, type HelperProcess } from './helper-process.js';
import { processorMs } from './processor.js';
import type { OpenStack } from './stage.js';

export interface LoadOptions {
  readonly clients: number;
  /** Events a second. */
  readonly rate: number;
}

export interface LoadFigures extends CrowdFigures {
  readonly written: number;
  readonly seconds: number;
  /** Percent of one processor, for each process. */
  readonly processor: Readonly<Record<'notifier' | 'postgres' | 'writer' | 'clients', number>>;
}

/** Time before the measurement starts: connections settle, and code is compiled. */
const WARM_UP_MS = 2_000;

const RUN = runId('load');
const TASK = taskId('task');

/** Runs `use` under the load. Returns its result and the figures of the load. */
export async function measureUnderLoad<T>(
  stack: OpenStack,
  home: string,
  options: LoadOptions,
  use: () => Promise<T>,
): Promise<{ readonly result: T; readonly load: LoadFigures }> {
  const db = openDatabase(stack.hold.databaseUrl, 1);
  try {
    // The run has no lead agent: only its log matters.
    await recordRun(db, RUN, [{ id: TASK }]);
    const writer = new Writer(db, options.rate);
    const crowd = await openCrowd(stack, home, db, options.clients);
    try {
      writer.start();
      await delay(WARM_UP_MS);
      const spent = measureProcessor(stack, crowd);
      const result = await use();
      const processor = spent();
      const { written, seconds } = await writer.stop();
      const received = JSON.parse(
        await crowd.ask(`until ${(await readLastSeq(db.pool, RUN)) ?? 0}`),
      ) as CrowdFigures;
      return { result, load: { ...received, written, seconds, processor } };
    } finally {
      await writer.stop();
      await crowd.end();
    }
  } finally {
    await db.prisma.run.deleteMany({ where: { id: RUN } });
    await db.close();
  }
}

async function openCrowd(
  { hold }: OpenStack,
  home: string,
  db: Database,
  clients: number,
): Promise<HelperProcess> {
  return startHelper('event-clients.ts', {
    PATH: process.env['PATH'],
    BENCH_URL: hold.notifierUrl,
    BENCH_TOKEN: (await readFile(join(home, 'token'), 'utf8')).trim(),
    BENCH_RUN: RUN,
    BENCH_AFTER: String((await readLastSeq(db.pool, RUN)) ?? 0),
    BENCH_CLIENTS: String(clients),
  });
}

/** The most frequent kind of event: an answer of the model. */
const EVENT = {
  attempt: 1,
  turn: 3,
  model: 'claude-sonnet-5-5',
  inputTokens: 12_345,
  outputTokens: 678,
  costUsd: 0.012345,
  stopReason: 'tool_use',
  ms: 2_000,
};

/** Writes events one after the other at a fixed rate. After a late event, the next ones catch up. */
class Writer {
  private stopped: Promise<void> | undefined;
  private running = true;
  private written = 0;
  private startedAt = performance.now();

  constructor(
    private readonly db: Database,
    private readonly rate: number,
  ) {}

  start(): void {
    this.startedAt = performance.now();
    this.stopped = this.write();
  }

  async stop(): Promise<{ readonly written: number; readonly seconds: number }> {
    const seconds = (performance.now() - this.startedAt) / 1_000;
    this.running = false;
    await this.stopped;
    return { written: this.written, seconds };
  }

  private async write(): Promise<void> {
    while (this.running) {
      await this.db.pool.query(`SELECT append_event($1, $2, 'model.call', $3)`, [
        RUN,
        TASK,
        JSON.stringify(EVENT),
      ]);
      this.written += 1;
      const due = this.startedAt + (this.written / this.rate) * 1_000;
      await delay(Math.max(0, due - performance.now()));
    }
  }
}

/** Starts a measurement. The returned function gives the processor use since then, in percent of one processor. */
function measureProcessor({ pidOf }: OpenStack, crowd: HelperProcess): () => LoadFigures['processor'] {
  const now = () => ({
    notifier: processorMs(pidOf('notifier')),
    postgres: processorMs(pidOf('postgres')),
    clients: processorMs(crowd.pid),
    // The writer runs in this process, which does nothing else meanwhile.
    writer: ownProcessorMs(),
  });
  const [before, startedAt] = [now(), performance.now()];
  return () => {
    const [after, ms] = [now(), performance.now() - startedAt];
    const percent = (name: keyof typeof before) => (100 * (after[name] - before[name])) / ms;
    return {
      notifier: percent('notifier'),
      postgres: percent('postgres'),
      writer: percent('writer'),
      clients: percent('clients'),
    };
  };
}

function ownProcessorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
