/** Interprets an answer of the model. Pure: a stored answer can be interpreted again at any time. */
import type Anthropic from '@anthropic-ai/sdk';
import { completeCalls } from './cut-off.js';
import { malformedReply } from '../changes/result-texts.js';
import type { ToolEffect } from '../../contract/api.js';
import type { Submission } from '../changes/submission.js';
import { callsOf, checkCall, effectOf } from './tool-calls.js';
import type { InvalidCall, ToolCall, ValidCall } from '../tools/tool.js';
import { CALLS_OF_ANSWER, callsExceeded } from './turn-limits.js';

/** One call of an answer. `position` is its place among them, from 0. */
interface Placed {
  readonly position: number;
  readonly id: string;
}

/** A call of a read tool: the next request holds its result. */
export interface ReadStep extends Placed {
  readonly kind: 'read';
  readonly call: ValidCall<'read'>;
}

/** A call that changes the draft, runs a command on it or goes to an MCP server. Its result is recorded. */
export type WorkStep =
  | (Placed & { readonly kind: 'change'; readonly call: ValidCall<'change'> })
  | (Placed & { readonly kind: 'run'; readonly call: ValidCall<'run'> })
  /** `name` is the model's name of the tool. */
  | (Placed & { readonly kind: 'mcp'; readonly name: string; readonly call: ValidCall<'mcp'> });

/** What becomes of a call that does not end the turn, in the order of the answer. */
export type Step =
  | ReadStep
  | WorkStep
  /** It is not carried out: `reply` tells the model why. The effect is that of its tool; null for an unknown one. */
  | (Placed & { readonly kind: 'refused'; readonly effect: ToolEffect | null; readonly reply: string });

/** What follows an answer once its steps were carried out. `id` names the call that gets the outcome as its result. */
export type Ending =
  | { readonly kind: 'continue' }
  /** The model continues by itself in the next turn (`pause_turn`). */
  | { readonly kind: 'paused' }
  | (Placed & { readonly kind: 'submission'; readonly submission: Submission })
  | { readonly kind: 'question'; readonly id: string; readonly question: string }
  /** An invalid submission (`reply` tells the model what is wrong), or an answer without any call (`id` is null). */
  | { readonly kind: 'malformed'; readonly id: string | null; readonly reply: string }
  /** A refusal for safety: a person is asked. Nothing of the answer is carried out. */
  | { readonly kind: 'stuck' }
  /** The answer filled the model's window. The next turn summarises the conversation. */
  | { readonly kind: 'full' };

export interface Interpretation {
  readonly steps: readonly Step[];
  readonly ending: Ending;
}

/** Interprets an answer by its stop reason and the effects of its tool calls. */
export function interpretAnswer(
  content: readonly Anthropic.ContentBlock[],
  stopReason: Anthropic.StopReason,
): Interpretation {
  switch (stopReason) {
    case 'refusal':
      return { steps: [], ending: { kind: 'stuck' } };
    case 'model_context_window_exceeded':
      return { steps: [], ending: { kind: 'full' } };
    case 'pause_turn': {
      // A call of ours needs a result first, whatever the stop reason.
      const calls = callsOf(content);
      return calls.length === 0 ? { steps: [], ending: { kind: 'paused' } } : interpretCalls(calls);
    }
    case 'max_tokens': {
      const { complete } = completeCalls(content, stopReason);
      if (complete.length > 0) return interpretCalls(complete);
      return { steps: [], ending: malformed(null, ONLY_CUT_OFF) };
    }
    case 'end_turn':
    case 'stop_sequence':
    case 'tool_use':
    // A stop reason that a later API may add: the content still counts.
    default:
      return interpretCalls(callsOf(content));
  }
}

const ONLY_CUT_OFF =
  'the answer was cut off at its length limit, before any call was complete. Write less at once: change fewer files, or use edits.';

/** The text of an answer. */
export function textOf(content: readonly Anthropic.ContentBlock[]): string {
  return content
    .flatMap((block) => (block.type === 'text' ? [block.text] : []))
    .join('\n')
    .trim();
}

type EndingCall = Extract<ToolCall, { effect: 'submit' | 'ask' }>;

/** A call of the answer, checked. */
interface CheckedCall extends Placed {
  readonly name: string;
  readonly call: ToolCall | InvalidCall;
}

/** A submission or a question ends the answer: changes and commands after it are not carried out. */
function interpretCalls(blocks: readonly Anthropic.ToolUseBlock[]): Interpretation {
  const calls = blocks.map((block, position): CheckedCall => ({
    position,
    id: block.id,
    name: block.name,
    call: checkCall(block),
  }));
  const ends = calls.flatMap(asEnd);
  const ending = endingOf(calls, ends);
  const last = ends.length === 1 ? (ends[0]?.position ?? 0) : calls.length;
  let work = 0;
  const steps = calls.flatMap((checked): Step[] => {
    if (asEnd(checked).length > 0 || ('id' in ending && ending.id === checked.id)) return [];
    const step = stepOf(checked, last);
    if (!isWork(step)) return [step];
    return (work += 1) > CALLS_OF_ANSWER ? [refuse(checked, callsExceeded())] : [step];
  });
  return { steps, ending };
}

/** A valid submission or question. */
interface End extends Placed {
  readonly call: EndingCall;
}

function asEnd({ call, position, id }: CheckedCall): End[] {
  return call.ok && endsTurn(call) ? [{ call, position, id }] : [];
}

function endingOf(calls: readonly CheckedCall[], [end, ...others]: readonly End[]): Ending {
  if (others.length > 0)
    return malformed(null, 'one answer holds one submit_changes or one ask_human. Send one.');
  if (end !== undefined) {
    const { id, position, call } = end;
    return call.effect === 'submit'
      ? { kind: 'submission', id, position, submission: call.run() }
      : { kind: 'question', id, question: call.run() };
  }
  for (const { id, name, call } of calls) {
    if (!call.ok && effectOf(name) === 'submit') return malformed(id, `${call.problem}.`);
  }
  return calls.length > 0
    ? { kind: 'continue' }
    : malformed(null, 'nothing was submitted. Call submit_changes, or ask_human if you cannot go on.');
}

/** @param last the position of the call that ends the answer */
function stepOf(checked: CheckedCall, last: number): Step {
  const { call, name, position, id } = checked;
  const place = { position, id };
  if (!call.ok) return refuse(checked, call.problem);
  switch (call.effect) {
    case 'read':
      return { ...place, kind: 'read', call };
    case 'change':
      return position > last ? refuse(checked, AFTER_END) : { ...place, kind: 'change', call };
    case 'run':
      return position > last ? refuse(checked, AFTER_END) : { ...place, kind: 'run', call };
    case 'mcp':
      return position > last ? refuse(checked, AFTER_END) : { ...place, kind: 'mcp', name, call };
    case 'submit':
    case 'ask':
      return refuse(checked, AFTER_END);
  }
}

const AFTER_END =
  'a submission or a question ends the answer, so this call was not carried out. Call it again if it is still needed';

function refuse({ position, id, name }: CheckedCall, problem: string): Step {
  return { position, id, kind: 'refused', effect: effectOf(name), reply: malformedReply(`${problem}.`) };
}

function endsTurn(call: ToolCall): call is EndingCall {
  switch (call.effect) {
    case 'read':
    case 'change':
    case 'run':
    case 'mcp':
      return false;
    case 'submit':
    case 'ask':
      return true;
  }
}

function malformed(id: string | null, problem: string): Ending {
  return { kind: 'malformed', id, reply: malformedReply(problem) };
}

/**
 * The steps before a submission of the same answer whose changes it lacks: those that were not carried out, or changed less
 * than they were to change. An unknown tool may be one that the model takes for an editor.
 * @param failed the positions of the recorded results that are errors
 */
export function lackingSteps(
  steps: readonly Step[],
  submission: Placed,
  failed: ReadonlySet<number>,
): readonly Step[] {
  return steps.filter((step) => step.position < submission.position && lacksChange(step, failed));
}

function lacksChange(step: Step, failed: ReadonlySet<number>): boolean {
  switch (step.kind) {
    case 'refused':
      return step.effect === 'change' || step.effect === 'run' || step.effect === null;
    case 'change':
      return failed.has(step.position);
    case 'run':
      return failed.has(step.position) && step.call.run().keep.length > 0;
    case 'read':
    case 'mcp':
      return false;
  }
}

/** The steps whose results are recorded, in their order. */
export function workOf(steps: readonly Step[]): readonly WorkStep[] {
  return steps.filter(isWork);
}

function isWork(step: Step): step is WorkStep {
  return step.kind !== 'read' && step.kind !== 'refused';
}
