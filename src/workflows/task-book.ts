/**
 * The tasks of a run as the lead knows them. They are read from the record, and read again when a person changes it.
 */
import type { RunStatus } from '../contract/run-status.js';
import type { CommitSha, RunId, TaskId } from '../contract/ids.js';
import { record } from './activity-options.js';
import { call } from './authentic.js';
import { IndexedGraph } from './indexed-graph.js';
import type { LeanPage, RunSettings } from '../contract/payloads.js';
import { expandPage } from '../contract/lean-page.js';
import { decideReading, tasksInSlots, skipDependants } from './task-graph.js';
import { createEntry, type Entry, type TaskState } from './task-entry.js';

/** Ids in one request: the workflow history keeps each request, and 250 ids are some 5 KB. */
const IDS_PER_READ = 250;

export class RunTasks {
  readonly graph = new IndexedGraph();
  /** Tasks that the lead changed since the current read began: its own state is newer than the read one. */
  private readonly changed = new Set<TaskId>();
  /** Tasks that were running during the last read: it may have missed a person's answer to them. */
  private readonly missed = new Set<TaskId>();
  /** The run's status when the record was last read. */
  recordedStatus: RunStatus = 'running';
  private read: { readonly settings: RunSettings; tip: CommitSha } | undefined;

  constructor(private readonly runId: RunId) {}

  get loaded(): boolean {
    return this.read !== undefined;
  }

  get settings(): RunSettings {
    return this.lastReading().settings;
  }

  /** The tip of the run branch. */
  get tip(): CommitSha {
    return this.lastReading().tip;
  }

  set tip(tip: CommitSha) {
    this.lastReading().tip = tip;
  }

  /** Completed tasks, including those that were completed before this workflow and are not in its graph. */
  get done(): number {
    return this.graph.count('completed') + this.doneBefore;
  }

  get total(): number {
    return this.graph.size + this.doneBefore;
  }

  /** Whether the model has answered any turn of the run. */
  get hasBegun(): boolean {
    return this.settings.totals.begun;
  }

  /** The longest test timeout of all tasks. */
  get longestTestMs(): number {
    return this.settings.totals.longestTestMs;
  }

  private get doneBefore(): number {
    return this.read?.settings.totals.completed ?? 0;
  }

  private lastReading() {
    if (this.read === undefined) throw new Error('The graph was used before it was loaded.');
    return this.read;
  }

  /** Marks a task as changed by the lead. @returns whether the last read may have missed a person's change to it */
  markChanged(id: TaskId): boolean {
    this.changed.add(id);
    return this.missed.delete(id);
  }

  move(entry: Entry, state: TaskState): void {
    this.graph.move(entry, state);
  }

  /** Reads the graph, or what a person may have changed in it. @returns the tasks that are ready to land */
  async load(): Promise<Entry[]> {
    this.changed.clear();
    this.missed.clear();
    if (!this.loaded) return this.loadPages();
    // Running tasks are not read: what a person did to them is read when they end.
    for (const entry of tasksInSlots(this.graph)) this.missed.add(entry.node.id);
    const ready: Entry[] = [];
    const waiting = READ_AGAIN.flatMap((state) => [...this.graph.state(state)]);
    const ids = waiting.map((entry) => entry.node.id);
    // Reads at least once, even without waiting tasks: an answer to a question about the run changes the run's status.
    for (let at = 0; at === 0 || at < ids.length; at += IDS_PER_READ) {
      ready.push(...(await this.loadPages(ids.slice(at, at + IDS_PER_READ))));
    }
    return ready;
  }

  /** Reads one task whose workflow has ended unnoticed. */
  async readEnded(id: TaskId): Promise<Entry | undefined> {
    const page = await this.readPage(0, [id]);
    const [node] = expandPage(page);
    return node === undefined ? undefined : createEntry(node);
  }

  /** Takes over what was read of a task. */
  replace(fresh: Entry): void {
    fresh.workflows = Math.max(fresh.workflows, this.graph.get(fresh.node.id)?.workflows ?? 0);
    this.graph.put(fresh);
  }

  private readPage(after: number, only?: readonly TaskId[]): Promise<LeanPage> {
    return call(
      record.loadGraph,
      { summary: 'read the plan' },
      { runId: this.runId, after, ...(only === undefined ? {} : { only }) },
    );
  }

  private async loadPages(only?: readonly TaskId[]): Promise<Entry[]> {
    const ready: Entry[] = [];
    for (let after: number | null = 0; after !== null;) {
      const page: LeanPage = await this.readPage(after, only);
      this.read ??= { settings: page.settings, tip: page.tip };
      // Tasks of a later page may have landed since an earlier one was read.
      if (only === undefined) this.read.tip = page.tip;
      this.recordedStatus = page.settings.status;
      for (const node of expandPage(page)) {
        const taken = this.merge(createEntry(node));
        if (taken?.state === 'ready') ready.push(taken);
      }
      after = page.next;
    }
    return ready;
  }

  private merge(fresh: Entry): Entry | null {
    const { id } = fresh.node;
    const known = this.graph.get(id);
    const merged = this.changed.has(id) ? 'missed' : decideReading(known, fresh);
    if (merged === 'missed') this.missed.add(id);
    if (merged !== 'take') return null;
    this.replace(fresh);
    // A person skipped the task. Its pending dependants are not read again, so skip them here.
    if (known !== undefined && fresh.state === 'skipped') skipDependants(this.graph, id);
    return fresh;
  }
}

/** The tasks that a person may have changed: they wait for a person, or have ended without success. */
const READ_AGAIN = ['blocked', 'waiting_on_run', 'failed', 'skipped'] as const satisfies readonly TaskState[];
