/** The lead's own picture of its tasks: read from the record, changed by what happens, read anew when a person acts. */
import type { RunStatus } from '../contract/contract.js';
import type { CommitSha, RunId, TaskId } from '../contract/ids.js';
import { record } from './activity-options.js';
import { Graph } from './indexed-graph.js';
import type { RunSettings } from '../contract/payloads.js';
import { expandPage } from '../contract/lean-page.js';
import { decideReading, tasksInSlots, skipDependants } from './task-graph.js';
import { createEntry, type Entry, type Standing } from './task-entry.js';

/** Tasks asked for by name at a time: the question is kept in the history, too, and 250 ids are some 5 KB. */
const IDS_PER_READ = 250;

export class RunTasks {
  readonly graph = new Graph();
  /** What the lead changed since the reading that is under way began: it is newer than what was read. */
  private readonly changed = new Set<TaskId>();
  /** What the last reading could not tell, because it was at work: it may have missed a person's answer. */
  private readonly missed = new Set<TaskId>();
  /** What the record said of the run when it was last read. */
  recordedStatus: RunStatus = 'running';
  private read: { readonly settings: RunSettings; tip: CommitSha } | undefined;

  constructor(private readonly runId: RunId) {}

  get loaded(): boolean {
    return this.read !== undefined;
  }

  get settings(): RunSettings {
    return this.lastReading().settings;
  }

  /** Where the run branch stands. */
  get tip(): CommitSha {
    return this.lastReading().tip;
  }

  set tip(tip: CommitSha) {
    this.lastReading().tip = tip;
  }

  /** Completed tasks, those included that were so before this lead began and are not in its graph. */
  get done(): number {
    return this.graph.count('completed') + this.doneBefore;
  }

  get total(): number {
    return this.graph.size + this.doneBefore;
  }

  /** Whether the model has answered any turn of the run. */
  get hasBegun(): boolean {
    return this.settings.whole.begun;
  }

  /** The longest time that any task gives its test. */
  get longestTestMs(): number {
    return this.settings.whole.longestTestMs;
  }

  private get doneBefore(): number {
    return this.read?.settings.whole.completed ?? 0;
  }

  private lastReading() {
    if (this.read === undefined) throw new Error('the graph is loaded before anything is asked of it');
    return this.read;
  }

  /** Notes that the lead changed a task; true when the last reading may have missed what a person did to it. */
  markChanged(id: TaskId): boolean {
    this.changed.add(id);
    return this.missed.delete(id);
  }

  move(entry: Entry, standing: Standing): void {
    this.graph.move(entry, standing);
  }

  /** Reads the graph, or what a person changed in it. Gives the tasks that are ready to land. */
  async load(): Promise<Entry[]> {
    this.changed.clear();
    this.missed.clear();
    if (!this.loaded) return this.loadPages();
    // What is at work is not asked for: what a person did to it meanwhile is looked up when it ends.
    for (const entry of tasksInSlots(this.graph)) this.missed.add(entry.node.id);
    const ready: Entry[] = [];
    const waiting = READ_AGAIN.flatMap((standing) => [...this.graph.standing(standing)]);
    const ids = waiting.map((entry) => entry.node.id);
    // Also when nobody waits: the run itself may have asked, and its status has changed with the answer.
    for (let at = 0; at === 0 || at < ids.length; at += IDS_PER_READ) {
      ready.push(...(await this.loadPages(ids.slice(at, at + IDS_PER_READ))));
    }
    return ready;
  }

  private async loadPages(only?: readonly TaskId[]): Promise<Entry[]> {
    const ready: Entry[] = [];
    for (let after: number | null = 0; after !== null;) {
      const page = await record.loadGraph.executeWithOptions({ summary: 'read the plan' }, [
        { runId: this.runId, after, ...(only === undefined ? {} : { only }) },
      ]);
      this.read ??= { settings: page.settings, tip: page.tip };
      this.recordedStatus = page.settings.status;
      for (const node of expandPage(page)) {
        const taken = this.merge(createEntry(node));
        if (taken?.standing === 'ready') ready.push(taken);
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
    fresh.workflows = Math.max(fresh.workflows, known?.workflows ?? 0);
    this.graph.put(fresh);
    // A person left it out, and with it what needs it: pending, that is not read anew.
    if (known !== undefined && fresh.standing === 'skipped') skipDependants(this.graph, id);
    return fresh;
  }
}

/** What a person may have changed: tasks that wait for one, or that have ended without success. */
const READ_AGAIN = ['blocked', 'held', 'failed', 'skipped'] as const satisfies readonly Standing[];
