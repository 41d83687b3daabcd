/** Step 3 of a turn: the call of the model. */
import { checkCredentials } from '../../model/clouds/open-client.js';
import type { AgentContext, Turn } from '../agent-context.js';
import { answerAttributes, modelSpan } from './model-span.js';
import type { ReservedCall } from './reserve-call.js';
import { isStillOurs } from './still-ours.js';
import { callModel, CallTimeout, type ModelAnswer } from '../../model/call.js';
import { classifyFailure, type ModelFailure } from '../../model/failures.js';
import { inSpan } from '../../tracing/spans.js';

export type CallOutcome =
  | { readonly kind: 'answered'; readonly answer: ModelAnswer }
  /** Not sent: the activity was cancelled, or this worker's lease has run out. */
  | { readonly kind: 'unsent' }
  | { readonly kind: 'timed_out'; readonly model: string }
  | { readonly kind: 'failed'; readonly failure: ModelFailure; readonly model: string }
  /** The activity was cancelled, or the error is not about the call. */
  | { readonly kind: 'aborted'; readonly error: unknown };

/** Makes the call and says how it ended. It never throws: whatever happens has to get into the ledger. */
export async function makeCall(
  context: AgentContext,
  turn: Turn,
  reserved: ReservedCall,
  signal: AbortSignal,
): Promise<CallOutcome> {
  const unsent = await whyNotSent(context, turn, reserved, signal);
  return unsent ?? (await streamOutcome(context, turn, reserved, signal));
}

/**
 * Fetches the credentials of a cloud, outside of the call's own time limit: nothing is on the wire yet.
 * @returns why the call is not made; null when it can be
 */
async function whyNotSent(
  { worker }: AgentContext,
  { fence }: Turn,
  reserved: ReservedCall,
  signal: AbortSignal,
): Promise<CallOutcome | null> {
  try {
    await checkCredentials(reserved.endpoint, signal);
  } catch (error) {
    return signal.aborted ? { kind: 'unsent' } : outcomeOf(error, reserved);
  }
  // After the credentials: a program that gives them may wait for a person while the machine sleeps.
  return signal.aborted || !isStillOurs(worker, fence.worker) ? { kind: 'unsent' } : null;
}

async function streamOutcome(
  context: AgentContext,
  turn: Turn,
  reserved: ReservedCall,
  signal: AbortSignal,
): Promise<CallOutcome> {
  try {
    return { kind: 'answered', answer: await streamAnswer(context, turn, reserved, signal) };
  } catch (error) {
    if (signal.aborted) return { kind: 'aborted', error };
    return outcomeOf(error, reserved);
  }
}

function outcomeOf(error: unknown, reserved: ReservedCall): CallOutcome {
  const { model } = reserved.request.request;
  if (error instanceof CallTimeout) return { kind: 'timed_out', model };
  const failure = classifyFailure(error);
  return failure === null ? { kind: 'aborted', error } : { kind: 'failed', failure, model };
}

/** The call in a span; people who watch the task see the answer while it arrives. */
async function streamAnswer(
  { answerStreams }: AgentContext,
  { input }: Turn,
  reserved: ReservedCall,
  signal: AbortSignal,
): Promise<ModelAnswer> {
  const { call, endpoint, maxTokens } = reserved;
  const { request, cacheLifetime, redactor } = reserved.request;
  const { runId, taskId, attempt, turn, timeoutMs } = input;
  const stream = answerStreams.begin({ runId, taskId, attempt, turn, call }, redactor);
  try {
    return await inSpan(modelSpan(reserved, input), async (describe) => {
      const answer = await callModel(endpoint, request, {
        ...{ maxTokens, timeoutMs, signal, cacheLifetime },
        onEvent: stream.receive,
      });
      describe(answerAttributes(answer));
      return answer;
    });
  } finally {
    stream.end();
  }
}
