/** What a struck run must come to: pure, on what was seen of it. */
import type { Facts } from './facts.js';
import { judgeCalls } from './judge-calls.js';
import { judgeTimes, longest } from './judge-times.js';

export interface Judgement {
  readonly problems: readonly string[];
  /** Calls that were made beyond those needed. */
  readonly repeated: number;
  /** Calls in flight when a worker was struck. */
  readonly inFlight: number;
  /** The longest that a step which needs no model took from the victim's return or the step before, in milliseconds. */
  readonly resumeMs: number | null;
  /** The longest that a call under way took from the fault until it was made. */
  readonly resendMs: number | null;
}

/** `timed`: the machine is quiet enough to judge times too. */
export function judge(facts: Facts, { timed }: { readonly timed: boolean }): Judgement {
  const calls = judgeCalls(facts);
  const times = judgeTimes(facts);
  const problems = [
    ...endProblems(facts),
    ...calls.problems,
    ...facts.seqProblems,
    ...facts.leftovers.map((left) => `left over: ${left}`),
    ...(timed ? times.flatMap(({ late }) => late) : []),
  ];
  return {
    problems,
    repeated: calls.repeated,
    inFlight: calls.inFlight,
    resumeMs: longest(times.map(({ resumeMs }) => resumeMs)),
    resendMs: longest(times.map(({ resendMs }) => resendMs)),
  };
}

/** The end of what a command said: why it gave up. */
const SAID_CHARACTERS = 300;

function endProblems({ exitCode, stderr: said, view, tree, expectedTree, events }: Facts): string[] {
  const last = events.at(-1);
  const told = last?.type === 'run.status' ? last.data.status : undefined;
  return [
    ...(exitCode === 0
      ? []
      : [
          `the command's exit code is ${exitCode ?? 'none: it did not end'}: ${said.slice(-SAID_CHARACTERS)}`,
        ]),
    ...(view?.status === 'completed' ? [] : [`the run is ${view?.status ?? 'unknown'}`]),
    ...(tree === expectedTree ? [] : [`the branch's tree is ${tree ?? 'missing'}, not ${expectedTree}`]),
    ...(told === 'completed' ? [] : [`the last event tells of ${told ?? 'something else'}`]),
  ];
}
