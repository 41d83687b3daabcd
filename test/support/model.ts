import { chooseAnswer, findTaskTitle } from '../../src/model/scripted/choose-answer.js';
import { startScriptedModel, type ScriptedModel } from '../../src/model/scripted/scripted-model.js';
import type { Answer } from '../../src/model/scripted/script.js';

/** A Messages API for tests: each test defines the answers for its tasks. */
export interface TestModel extends Pick<ScriptedModel, 'url' | 'requests' | 'close'> {
  /** Sets the answers of a task, by its title. */
  answers(title: string, answers: readonly Answer[]): void;
  /** The number of calls for a task. */
  callsFor(title: string): number;
}

export async function startTestModel(): Promise<TestModel> {
  const tasks: Record<string, Answer[]> = {};
  const model = await startScriptedModel({ answer: ({ body }) => chooseAnswer({ tasks }, body.messages) });
  return {
    url: model.url,
    requests: model.requests,
    close: () => model.close(),
    answers: (title, answers) => (tasks[title] = [...answers]),
    callsFor: (title) =>
      model.requests.filter(({ body }) => findTaskTitle([title], body.messages) !== null).length,
  };
}

type File = Readonly<{
  path: string;
  action: 'create' | 'modify' | 'delete';
  content?: string;
  edits?: object[];
}>;

/** An answer that submits files. */
export function submits(files: readonly File[], more: Omit<Answer, 'tools'> = {}): Answer {
  return {
    ...more,
    tools: [{ name: 'submit_changes', input: { explanation: 'As the task says.', files } }],
  };
}

/** An answer that creates one file. */
export function creates(path: string, content: string, more: Omit<Answer, 'tools'> = {}): Answer {
  return submits([{ path, action: 'create', content }], more);
}
