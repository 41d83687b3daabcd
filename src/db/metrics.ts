/** Metrics over all recorded runs, for monitoring. */
import { QUEUES } from '../contract/payloads.js';
import type { Database } from './database.js';
import { selectWaitingTasks } from './sql/metrics.js';
import { listServingWorkers, servesQueue } from './workers.js';

/** A value under one set of labels. */
export interface Labelled<L extends string> {
  readonly labels: Readonly<Record<L, string>>;
  readonly value: number;
}

export interface RecordMetrics {
  readonly runs: readonly Labelled<'status'>[];
  readonly tasks: readonly Labelled<'status' | 'role'>[];
  /** Tasks that wait for a slot although their dependencies are completed, and the longest wait in seconds. */
  readonly waiting: readonly Labelled<'role'>[];
  readonly longestWait: readonly Labelled<'role'>[];
  readonly blockers: readonly Labelled<'reason'>[];
  readonly turns: readonly Labelled<'model' | 'stop_reason'>[];
  readonly turnSeconds: readonly Labelled<'model'>[];
  readonly tokens: readonly Labelled<'model' | 'kind'>[];
  readonly costUsd: readonly Labelled<'model'>[];
  /** Reserved for open calls, and for lost calls that may have been billed. */
  readonly reservedUsd: number;
  readonly tests: readonly Labelled<'result'>[];
  readonly testSeconds: readonly Labelled<'result'>[];
  /** Submissions that were tested, and those of them that followed a red verdict. */
  readonly attempts: readonly Labelled<'role'>[];
  readonly corrections: readonly Labelled<'role'>[];
  readonly events: number;
  readonly workers: number;
  /** Workers that serve each queue, also where there are none. */
  readonly queueWorkers: readonly Labelled<'queue'>[];
}

/** Reads all metrics, each group by one statement. */
export async function readMetrics(db: Database): Promise<RecordMetrics> {
  const { prisma } = db;
  const [runs, tasks, waits, blockers, turns, tests, work, sums, workers] = await Promise.all([
    prisma.run.groupBy({ by: ['status'], _count: true }),
    prisma.task.groupBy({ by: ['status', 'assignedTo'], _count: true }),
    selectWaitingTasks(db.pool),
    prisma.blocker.groupBy({ by: ['reason'], where: { resolvedAt: null }, _count: true }),
    readTurns(db),
    readTests(db),
    readWork(db),
    prisma.run.aggregate({ _sum: { reservedUsd: true, lastSeq: true } }),
    listServingWorkers(db.pool),
  ]);
  return {
    runs: runs.map(({ status, _count }) => ({ labels: { status }, value: _count })),
    tasks: tasks.map(({ status, assignedTo, _count }) => ({
      labels: { status, role: assignedTo },
      value: _count,
    })),
    waiting: waits.map(({ role, count }) => ({ labels: { role }, value: count })),
    longestWait: waits.map(({ role, seconds }) => ({ labels: { role }, value: seconds })),
    blockers: blockers.map(({ reason, _count }) => ({ labels: { reason }, value: _count })),
    ...turns,
    ...tests,
    ...work,
    reservedUsd: sums._sum.reservedUsd?.toNumber() ?? 0,
    events: sums._sum.lastSeq ?? 0,
    workers: workers.length,
    queueWorkers: QUEUES.map((queue) => ({
      labels: { queue },
      value: workers.filter((worker) => servesQueue(worker, queue)).length,
    })),
  };
}

/** The model's answers: their number, time, tokens and cost. */
async function readTurns({
  prisma,
}: Database): Promise<Pick<RecordMetrics, 'turns' | 'turnSeconds' | 'tokens' | 'costUsd'>> {
  const turns = await prisma.modelTurn.groupBy({
    by: ['model', 'stopReason'],
    _count: true,
    _sum: {
      ms: true,
      costUsd: true,
      inputTokens: true,
      outputTokens: true,
      cacheReadTokens: true,
      cacheCreationTokens: true,
    },
  });
  return {
    turns: turns.map(({ model, stopReason, _count }) => ({
      labels: { model, stop_reason: stopReason },
      value: _count,
    })),
    turnSeconds: turns.map(({ model, _sum }) => ({ labels: { model }, value: (_sum.ms ?? 0) / 1000 })),
    tokens: turns.flatMap(({ model, _sum }) => [
      { labels: { model, kind: 'input' }, value: _sum.inputTokens ?? 0 },
      { labels: { model, kind: 'output' }, value: _sum.outputTokens ?? 0 },
      { labels: { model, kind: 'cache_read' }, value: _sum.cacheReadTokens ?? 0 },
      { labels: { model, kind: 'cache_write' }, value: _sum.cacheCreationTokens ?? 0 },
    ]),
    costUsd: turns.map(({ model, _sum }) => ({ labels: { model }, value: _sum.costUsd?.toNumber() ?? 0 })),
  };
}

async function readTests({ prisma }: Database): Promise<Pick<RecordMetrics, 'tests' | 'testSeconds'>> {
  const tests = await prisma.testResult.groupBy({ by: ['passed'], _count: true, _sum: { ms: true } });
  return {
    tests: tests.map(({ passed, _count }) => ({ labels: resultOf(passed), value: _count })),
    testSeconds: tests.map(({ passed, _sum }) => ({
      labels: resultOf(passed),
      value: (_sum.ms ?? 0) / 1000,
    })),
  };
}

function resultOf(passed: boolean): { readonly result: string } {
  return { result: passed ? 'passed' : 'failed' };
}

/** The submissions of each role. */
async function readWork({ prisma }: Database): Promise<Pick<RecordMetrics, 'attempts' | 'corrections'>> {
  const work = await prisma.task.groupBy({
    by: ['assignedTo'],
    _sum: { attemptCount: true, correctionCount: true },
  });
  return {
    attempts: work.map(({ assignedTo, _sum }) => ({
      labels: { role: assignedTo },
      value: _sum.attemptCount ?? 0,
    })),
    corrections: work.map(({ assignedTo, _sum }) => ({
      labels: { role: assignedTo },
      value: _sum.correctionCount ?? 0,
    })),
  };
}
