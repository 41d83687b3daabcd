/** A wait for the model in words, for the command line and the dashboard. Pure. */
import type { Waiting, WaitReason } from '../contract/waiting.js';
import { formatDuration, formatTime } from './format.js';

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
