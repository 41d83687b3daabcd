/** Questions to a person when an agent cannot continue: what was tried, the last failure, what is needed. Pure. */
import type { ModelLimits } from '../../model/known-models.js';
import { headAndTail } from '../../results/head-and-tail.js';
import { count } from '../../shared/words/format.js';
import { INVALID_SUBMISSIONS, TURNS_WITHOUT_TEST } from './turn-limits.js';

const DECIDE = 'accept its work as it is, or skip it';

/** The last correction failed, too. */
export function stillRed(command: string, attempts: number, summary: string): string {
  const tried = count(attempts, 'attempt');
  return `After ${tried} its tests (${command}) still fail: ${summary}. Give a hint, allow more corrections, ${DECIDE}.`;
}

/** A person handed in a commit, and its tests fail. */
export function handedInRed(command: string, summary: string): string {
  return `The commit that was handed in fails its tests (${command}): ${summary}. Hand in another one, give the agent a hint, ${DECIDE}.`;
}

/** No answer lifts a rule for the agent. */
const PROTECTION_ADVICE =
  'If the task needs a file that it may not change, hand in a commit of your own, or name the file under the task in `may_change` in the plan of a new run.';

/** Invalid submissions in a row, the last one refused; `last` names its path and the reason. */
export function cannotApply(last: string): string {
  return `${INVALID_SUBMISSIONS} submissions in a row were refused, and nothing of them was written. The last one: ${last}. Give a hint how to do it differently, ${DECIDE}. ${PROTECTION_ADVICE}`;
}

/** Answers in a row that held no usable submission; `last` is the reply to the last one. */
export function cannotUse(last: string): string {
  return `${INVALID_SUBMISSIONS} answers in a row held nothing that could be tested. The reply to the last one: ${last} Give a hint, ${DECIDE}.`;
}

/** Characters of a refused answer in a question. The page has the rest. */
const REFUSED_CHARS = 1_000;

/**
 * The model's answer was stopped for safety.
 * @param refusal what the provider says about it; null when it says nothing
 * @param begun what the model had written
 */
export function refused(refusal: string | null, begun: string): string {
  const silent = begun === '' ? '' : ` The model had written: ${headAndTail(begun, REFUSED_CHARS)}`;
  const why = refusal === null ? `The provider gave no reason.${silent}` : `The provider says: ${refusal}`;
  return `The model refused to go on. ${why} With a hint, a new conversation begins, with the task, the hint and the work so far. Say what to leave out or to do in another way, ${DECIDE}.`;
}

/**
 * The model's server refuses a request.
 * @param hasConversation whether the request held more than the task: that may be what the server refuses
 */
export function requestRefused(message: string, hasConversation: boolean): string {
  const goesOn = hasConversation
    ? 'With a hint, a new conversation begins, with the task, the hint and the work so far.'
    : 'With a hint, it is asked again.';
  return `${message}. ${goesOn} Find out what the server does not take, give a hint, ${DECIDE}.`;
}

/** Too many turns since the last test. */
export function tooManyTurns(): string {
  return `The agent has worked for ${TURNS_WITHOUT_TEST} turns without a submission that could be tested. Give a hint, ${DECIDE}.`;
}

/**
 * No model can be called, or not the run's.
 * @param concerns a refusal of the model may come from its name, which no restart corrects: a run keeps its model
 */
export function noAccess(message: string, model: string, concerns: 'account' | 'model'): string {
  const name =
    concerns === 'model'
      ? ' If the name is wrong, cancel this run and start another with the right one: a run keeps its model.'
      : '';
  return `${message}. Model: ${model}. Start Leadwright with a key and an address that work, then answer this.${name}`;
}

/** A model that the plan names for a task, or in `escalate`, cannot be called. */
export function noOwnModel(message: string, model: string): string {
  return `${message}. Model: ${model}, which the plan names for this task or in \`escalate\`. If your account can get it, see to that and answer this. If the name is wrong, a new run needs another plan; in this one, hand in a commit, ${DECIDE}.`;
}

const CONTEXT_ADVICE =
  'The task is too large for one agent: accept its work as it is, or skip it and plan smaller tasks.';

/** The conversation is too long for the model, and so is its summary. */
export function tooLongForModel(message: string): string {
  return `${message}. ${CONTEXT_ADVICE}`;
}

/** The provider refuses the first request of a task as too long: the model may be smaller than was assumed. */
export function tooLongAtOnce(message: string, model: string, limits: ModelLimits): string {
  return `${message}. ${limitsAdvice(model, limits)} Otherwise: ${CONTEXT_ADVICE}`;
}

/** The provider refuses the length of the answer that was asked for. */
export function answerTooLong(message: string, model: string, limits: ModelLimits): string {
  return `${message}. ${limitsAdvice(model, limits)}`;
}

/** The plan of a run is fixed, so another one is needed. */
function limitsAdvice(model: string, { contextTokens, maxOutputTokens }: ModelLimits): string {
  return `Leadwright takes ${model} for a model with ${contextTokens} tokens of context and answers of up to ${maxOutputTokens}. If that is wrong, give its own limits in the plan of a new run, such as \`limits: { ${model}: { context: 32768, output: 8192 } }\`.`;
}

/** The model gave no summary of a conversation that is too long. */
export function noSummary(): string {
  return 'The conversation had to end, because it no longer fits into the model, and the model gave no summary of it. Give a hint, accept its work as it is, or skip it.';
}

/** The task is blocked, but its question is missing from the record; `last` is the last recorded message about it. */
export function lostQuestion(last: string): string {
  return `The question that this task waits for was lost. The last message about it: ${last} Give a hint, ${DECIDE}.`;
}

/** All tasks have landed, but the run's `verify` command fails on the branch. */
export function verifyRed(command: string, summary: string): string {
  return `All tasks are done and on the branch, but verify (${command}) is red on it: ${summary}. If the cause is on this machine, fix it and verify again. If it is in the code, accept the branch as it is, and fix the code there afterwards.`;
}
