import { chooseAnswer, findTaskTitle } from '../../src/model/scripted/choose-answer.js';
import { startScriptedModel, type ScriptedModel } from '../../src/model/scripted/scripted-model.js';
import type { RecordedRequest } from '../../src/model/scripted/scripted-request.js';
import type { Answer } from '../../src/model/scripted/script.js';
import { scriptOf } from './project.js';
import { answersIn } from '../support/answers.js';

/** A call as the provider sees it: a call that arrives is billed, even if its answer is lost. */
export interface Call {
  readonly run: string;
  readonly task: string;
  readonly turn: number;
  /** Milliseconds since 1970, from the same clock as an event's `at`. */
  readonly at: number;
  readonly request: RecordedRequest;
}

/** The next call to arrive; its answer waits until `release`. */
export interface CaughtCall {
  readonly arrived: Promise<Call>;
  release(): void;
}

/** Duration of a slowed answer, so that a kill half-way hits the middle of its stream. */
export const SLOW_MS = 1_500;

interface Waiting {
  readonly run: string;
  readonly tell: (call: Call) => void;
  readonly released: Promise<void>;
  readonly slow: boolean;
}

/** The scripted model, which records every call and can hold or slow one. */
export class ChaosModel {
  readonly calls: Call[] = [];
  private readonly waiting: Waiting[] = [];
  private readonly scripts = new Map<string, ReturnType<typeof scriptOf>>();
  private server: ScriptedModel | undefined;

  static async start(): Promise<ChaosModel> {
    const model = new ChaosModel();
    model.server = await startScriptedModel({ answer: (request) => model.answer(request) });
    return model;
  }

  get url(): string {
    return this.server?.url ?? '';
  }

  /** Registers the tasks of a run. With `person`, one of them asks a question. `sleepers`: see chaosProject. */
  learn(run: string, { person, sleepers }: { readonly person: boolean; readonly sleepers: string }): void {
    this.scripts.set(run, scriptOf(run, person, sleepers));
  }

  callsOf(run: string): Call[] {
    return this.calls.filter((call) => call.run === run);
  }

  /** Holds the run's next call or, with `slow`, streams its answer over SLOW_MS. */
  catchNext(run: string, { slow }: { readonly slow: boolean }): CaughtCall {
    let release = (): void => undefined;
    const released = slow ? Promise.resolve() : new Promise<void>((resolve) => (release = resolve));
    const arrived = new Promise<Call>((tell) => this.waiting.push({ run, tell, released, slow }));
    return { arrived, release: () => release() };
  }

  async close(): Promise<void> {
    await this.server?.close();
  }

  private async answer(request: RecordedRequest): Promise<Answer> {
    const { messages } = request.body;
    for (const [run, { tasks, taskOfTitle }] of this.scripts) {
      const title = findTaskTitle([...taskOfTitle.keys()], messages);
      const task = title === null ? undefined : taskOfTitle.get(title);
      if (task === undefined) continue;
      const turn = answersIn(request.body) + 1;
      const call = { run, task, turn, at: Date.now(), request };
      this.calls.push(call);
      const answer = chooseAnswer({ tasks }, messages);
      const caught = this.waiting.findIndex((waiting) => waiting.run === run);
      const [waiting] = caught === -1 ? [] : this.waiting.splice(caught, 1);
      waiting?.tell(call);
      await waiting?.released;
      return waiting?.slow === true ? { ...answer, delay: SLOW_MS } : answer;
    }
    return { text: 'No run of the suite has this task.' };
  }
}
