/** Judges a run with injected faults by its observations. Pure. */
import type { Facts } from './facts.js';
import { judgeCalls } from './judge-calls.js';
import { judgeTimes, longest } from './judge-times.js';

export interface Judgement {
  readonly problems: readonly string[];
  /** Calls beyond those needed. */
  readonly repeated: number;
  /** Calls in flight when a worker was hit. */
  readonly inFlight: number;
  /** The longest time from the victim's return, or from the preceding step, to a step that needs no model. */
  readonly resumeMs: number | null;
  /** The longest time from a fault until a call that it interrupted was made. */
  readonly resendMs: number | null;
}

/** @param timed judge times too, which needs a machine without other load */
export function judge(facts: Facts, { timed }: { readonly timed: boolean }): Judgement {
  const calls = judgeCalls(facts);
  const times = judgeTimes(facts);
  const problems = [
    ...endProblems(facts),
    ...calls.problems,
    ...(facts.mcpCalls > 1 ? [`one MCP call was sent ${facts.mcpCalls} times`] : []),
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

/** Characters of the end of stderr that are shown: enough for the reason of a failure. */
const STDERR_CHARACTERS = 300;

function endProblems({ exitCode, stderr, view, tree, expectedTree, events }: Facts): string[] {
  const last = events.at(-1);
  const lastStatus = last?.type === 'run.status' ? last.data.status : undefined;
  return [
    ...(exitCode === 0
      ? []
      : [
          `the command's exit code is ${exitCode ?? 'none: it did not end'}: ${stderr.slice(-STDERR_CHARACTERS)}`,
        ]),
    ...(view?.status === 'completed' ? [] : [`the run is ${view?.status ?? 'unknown'}`]),
    ...(tree === expectedTree ? [] : [`the branch's tree is ${tree ?? 'missing'}, not ${expectedTree}`]),
    ...(lastStatus === 'completed'
      ? []
      : [`the last event is ${lastStatus === undefined ? 'no run.status' : `the status ${lastStatus}`}`]),
  ];
}
