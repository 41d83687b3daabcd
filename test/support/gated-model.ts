import { chooseAnswer } from '../../src/model/scripted/choose-answer.js';
import { startScriptedModel, type ScriptedModel } from '../../src/model/scripted/scripted-model.js';
import type { Answer } from '../../src/model/scripted/script.js';
import { deferred } from '../../src/shared/async/deferred.js';
import { answersIn } from './answers.js';

/** A Messages API whose answers wait until the test releases them. */
export interface GatedModel extends Pick<ScriptedModel, 'url' | 'requests' | 'close'> {
  /** Sets the answers of a task, by its title, in order. */
  answers(title: string, answers: readonly Answer[]): void;
  /** Holds the task's answers from the n-th one. */
  hold(title: string, from?: number): void;
  /** Releases the answers of a task. */
  open(title: string): void;
}

export async function startGatedModel(): Promise<GatedModel> {
  const tasks: Record<string, Answer[]> = {};
  const gates = new Map<
    string,
    { readonly from: number; readonly gate: ReturnType<typeof deferred<undefined>> }
  >();
  const model = await startScriptedModel({
    answer: async ({ body }) => {
      const first = JSON.stringify(body.messages[0]);
      const number = answersIn(body) + 1;
      for (const [title, { from, gate }] of gates) {
        if (number >= from && first.includes(title)) await gate.promise;
      }
      return chooseAnswer({ tasks }, body.messages);
    },
  });
  const open = (title: string) => gates.get(title)?.gate.resolve(undefined);
  return {
    url: model.url,
    requests: model.requests,
    close: async () => {
      for (const title of gates.keys()) open(title);
      await model.close();
    },
    answers: (title, answers) => (tasks[title] = [...answers]),
    hold: (title, from = 1) => gates.set(title, { from, gate: deferred<undefined>() }),
    open,
  };
}
