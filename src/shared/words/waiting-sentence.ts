/** A wait for the model in words, for the command line and the dashboard. Pure. */
import type { Waiting, WaitReason } from '../../contract/waiting.js';
import { count, formatDuration, formatTime } from './format.js';

const STATES: Readonly<Record<WaitReason, string>> = {
  rate_limited: 'model rate limit reached',
  overloaded: 'model overloaded',
  busy: 'model busy',
  unreachable: 'model unreachable',
  broken: 'model breaks off its answers',
  timeout: 'model too slow',
};

/**
 * Describes a wait as of `now`, such as `model unreachable since 13:56, try 6, next in 32s`.
 * @param wait `since` is left out when it is not known
 */
export function waitingSentence(
  { reason, since, tries, until }: Omit<Waiting, 'taskId' | 'since'> & { readonly since?: string },
  now: number,
): string {
  const left = Date.parse(until) - now;
  return [
    // Without seconds: they say nothing about an outage.
    since === undefined
      ? STATES[reason]
      : `${STATES[reason]} since ${formatTime(new Date(since)).slice(0, 5)}`,
    ...(tries === 0 ? [] : [`try ${tries}`]),
    left > 0 ? `next in ${formatDuration(Math.ceil(left / 1000) * 1000)}` : 'next one under way',
  ].join(', ');
}

/** What is said of one task, or of several, whose call is to be made again. */
export const WAITS_FOR_MODEL = { one: 'waits for the model', many: 'wait for the model' } as const;

/** What a wait of the run means for its agents. @param agents 0 when their number is not known yet */
export function agentsWait(agents: number): string {
  if (agents === 0) return 'The agents wait for it and spend nothing.';
  return `${count(agents, 'agent waits for it and spends', 'agents wait for it and spend')} nothing.`;
}

/** What a person can do about a wait, in one sentence. */
export function waitingHelp(reason: WaitReason): string {
  switch (reason) {
    case 'rate_limited':
      return 'It goes on by itself; a lower concurrency or a higher limit at the provider helps.';
    case 'overloaded':
    case 'busy':
      return 'It goes on by itself once the provider has room again.';
    case 'unreachable':
      return 'It goes on by itself once the model answers: check the network and ANTHROPIC_BASE_URL.';
    case 'broken':
    case 'timeout':
      return 'It goes on by itself: check what lies between this machine and the model.';
  }
}
