/**
 * Many clients that follow one run, in a separate process so that their processor time can be measured. The
 * environment names the notifier and the run. Prints `ready` once all clients are connected, then replies to
 * `until <seq>` with its figures as soon as all clients have that event. Ends when its stdin closes.
 */
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { eventSchema } from '../src/contract/events.js';
import { openClient } from './event-client.js';

/** What the clients received. */
export interface CrowdFigures {
  readonly clients: number;
  /** Events that arrived, all clients together. */
  readonly arrived: number;
  /** Clients that received every event, each once and in order. */
  readonly complete: number;
  /** From just before an event's commit to its arrival, in milliseconds. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly longestMs: number;
}

/** Clients that connect in parallel: more would only wait for each other. */
const PARALLEL_CONNECTS = 25;
/** Events that have not arrived after this time count as lost. */
const ARRIVAL_LIMIT_MS = 15_000;

const url = new URL(setting('BENCH_URL'));
const after = Number(setting('BENCH_AFTER'));
const count = Number(setting('BENCH_CLIENTS'));
/** The last seq of each client; -1 for one that missed an event, or got one twice. */
const seqs = new Int32Array(count).fill(after);
/** When each event was written, by its seq. */
const writtenAt = new Map<number, number>();
/** Number of arrivals by latency in milliseconds; the last entry counts all longer ones. */
const latencies = new Uint32Array(10_000);

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}

/** Each message begins with its seq. */
const SEQ_AT = '{"seq":'.length;

function seqOf(text: Buffer): number {
  let seq = 0;
  for (let at = SEQ_AT; ; at += 1) {
    const digit = (text[at] ?? 0) - 48;
    if (digit < 0 || digit > 9) return seq;
    seq = seq * 10 + digit;
  }
}

function recordArrival(client: number, text: Buffer): void {
  const seq = seqOf(text);
  let written = writtenAt.get(seq);
  if (written === undefined) {
    written = Date.parse(eventSchema.parse(JSON.parse(text.toString('utf8'))).at);
    writtenAt.set(seq, written);
  }
  const ms = Math.min(Math.max(0, Date.now() - written), latencies.length - 1);
  latencies[ms] = (latencies[ms] ?? 0) + 1;
  seqs[client] = seqs[client] === seq - 1 ? seq : -1;
}

async function openAll(): Promise<void> {
  let next = 0;
  const open = async () => {
    for (let client = next++; client < count; client = next++) {
      const event = (text: Buffer) => recordArrival(client, text);
      await openClient({ url, token: setting('BENCH_TOKEN'), run: setting('BENCH_RUN'), after, event });
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_CONNECTS }, open));
}

async function waitForEvent(last: number): Promise<CrowdFigures> {
  const deadline = performance.now() + ARRIVAL_LIMIT_MS;
  while (performance.now() < deadline && seqs.some((seq) => seq !== last)) await delay(50);
  const total = latencies.reduce((sum, arrivals) => sum + arrivals, 0);
  return {
    clients: count,
    arrived: total,
    complete: seqs.filter((seq) => seq === last).length,
    p50Ms: quantile(total * 0.5),
    p99Ms: quantile(total * 0.99),
    longestMs: latencies.findLastIndex((arrivals) => arrivals > 0),
  };
}

/** The shortest latency, in milliseconds, within which `wanted` events arrived. */
function quantile(wanted: number): number {
  let sum = 0;
  return latencies.findIndex((arrivals) => (sum += arrivals) >= wanted);
}

await openAll();
process.stdout.write('ready\n');
const requests = createInterface({ input: process.stdin });
requests.on('line', (line) => {
  void waitForEvent(Number(line.replace('until ', ''))).then((figures) => {
    process.stdout.write(`${JSON.stringify(figures)}\n`);
  });
});
requests.once('close', () => process.exit(0));
