import type { IncomingMessage } from 'node:http';
import type { Done } from '../contract/api.js';
import { isUnavailable } from '../db/transient-errors.js';
import { EnvironmentError, NotThereError, UsageError } from '../contract/errors.js';
import { chosenAnswer } from '../runs/control/answer-choice.js';
import { answerBody, BodyRefused, concurrencyBody, noBody, readBody } from './body.js';
import type { Hands } from './run-control-service.js';
import { json, problem, type Reply } from './reply.js';
import type { Act } from './routes.js';

const DONE: Done = {};

/** Does what a `POST` asks for. Rejects only for what is nobody's fault but ours. */
export async function act(hands: Hands, asked: Act, request: IncomingMessage): Promise<Reply> {
  try {
    await carryOut(hands, asked, request);
    return json(DONE);
  } catch (error) {
    return refusalOf(error);
  }
}

async function carryOut(hands: Hands, asked: Act, request: IncomingMessage): Promise<void> {
  switch (asked.act) {
    case 'answer':
      await hands.answer(asked.blocker, chosenAnswer(await readBody(request, answerBody)));
      return;
    case 'concurrency':
      await hands.setConcurrency(asked.run, (await readBody(request, concurrencyBody)).limit);
      return;
    case 'pause':
    case 'resume':
    case 'cancel':
      await readBody(request, noBody);
      await hands[asked.act](asked.run);
      return;
    case 'retry':
      await readBody(request, noBody);
      await hands.retry(asked.task);
  }
}

/** What it says is for the person at the page: what happened, and what to do. */
function refusalOf(error: unknown): Reply {
  if (error instanceof BodyRefused) return problem(error.refusal);
  if (error instanceof UsageError) {
    const problems = error.problems.map(({ path, message }) => ` ${path}: ${message}.`);
    return problem({
      status: error instanceof NotThereError ? 404 : 409,
      detail: `${error.message}${problems.join('')}`,
    });
  }
  if (error instanceof EnvironmentError) {
    return problem({ status: 503, detail: `${error.message} ${error.mend}` });
  }
  if (!isUnavailable(error)) throw error;
  return problem({
    status: 503,
    detail: 'The database or Temporal does not answer; what was asked may still happen.',
  });
}
