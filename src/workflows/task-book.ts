/** The lead's own picture of its tasks: read from the record, changed by what happens, read anew when a person acts. */
import type { RunStatus } from '../contract.js';
import type { CommitSha, RunId, TaskId } from '../ids.js';
import { record } from './activities.js';
import type { RunSettings } from './interface.js';
import { entryOf, mergeReading, type Entry, type Graph } from './task-graph.js';

export class TaskBook {
  private readonly entries = new Map<TaskId, Entry>();
  /** What the lead changed since the reading that is under way began: it is newer than what was read. */
  private readonly changed = new Set<TaskId>();
  /** What the last reading could not tell, because it was at work: it may have missed a person's answer. */
  private readonly missed = new Set<TaskId>();
  /** What the record said of the run when it was last read. */
  recorded: RunStatus = 'running';
  private read: { readonly settings: RunSettings; tip: CommitSha } | undefined;

  constructor(private readonly runId: RunId) {}

  get graph(): Graph {
    return this.entries;
  }

  get loaded(): boolean {
    return this.read !== undefined;
  }

  get settings(): RunSettings {
    return this.reading().settings;
  }

  /** Where the run branch stands. */
  get tip(): CommitSha {
    return this.reading().tip;
  }

  set tip(tip: CommitSha) {
    this.reading().tip = tip;
  }

  private reading() {
    if (this.read === undefined) throw new Error('the graph is loaded before anything is asked of it');
    return this.read;
  }

  /** Notes that the lead changed a task; true when the last reading may have missed what a person did to it. */
  note(id: TaskId): boolean {
    this.changed.add(id);
    return this.missed.delete(id);
  }

  /** Reads the graph, or what a person changed in it. Gives the tasks that are ready to land. */
  async load(): Promise<Entry[]> {
    this.changed.clear();
    this.missed.clear();
    const ready: Entry[] = [];
    for (let after: number | null = 0; after !== null;) {
      const page = await record.loadGraph.executeWithOptions({ summary: 'read the plan' }, [
        { runId: this.runId, after },
      ]);
      this.read ??= { settings: page.settings, tip: page.tip };
      this.recorded = page.settings.status;
      for (const node of page.tasks) {
        const taken = this.take(entryOf(node));
        if (taken?.standing === 'ready') ready.push(taken);
      }
      after = page.next;
    }
    return ready;
  }

  private take(fresh: Entry): Entry | null {
    const { id } = fresh.node;
    const known = this.entries.get(id);
    const merged = this.changed.has(id) ? 'missed' : mergeReading(known, fresh);
    if (merged === 'missed') this.missed.add(id);
    if (merged !== 'take') return null;
    fresh.workflows = Math.max(fresh.workflows, known?.workflows ?? 0);
    this.entries.set(id, fresh);
    return fresh;
  }
}
