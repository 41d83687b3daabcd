/** A task's first message. Pure. */
import type { VerdictRecord } from '../../db/verdicts.js';
import { count, formatUsd } from '../../shared/words/format.js';
import { instructions, material } from '../../shared/words/material.js';
import { testOutputId } from '../outputs.js';
import { wholeOutput } from '../changes/result-texts.js';

/** A file in a task's first message: its text, or why it is not shown. */
export interface OpeningFile {
  readonly path: string;
  readonly text: string;
}

export interface FirstMessage {
  readonly title: string;
  readonly description: string;
  readonly testCommand: string;
  /** How many corrections and commands are left, and the seconds of each command. */
  readonly corrections: number;
  readonly commands: { readonly left: number; readonly timeoutSeconds: number };
  /** The part of the run's budget that is not spent; null for a run without a budget. */
  readonly budgetLeftUsd: number | null;
  readonly instructions: readonly OpeningFile[];
  /** The files that the task asked for. */
  readonly files: readonly OpeningFile[];
  /** The repo map: files that may matter, with their key lines; empty for a repository without files. */
  readonly map: string;
  /** How the task's test ended at its start; null when it was not tried. */
  readonly tried: TriedTest | null;
}
type TriedTest = Pick<VerdictRecord, 'id' | 'passed' | 'exitCode' | 'summary' | 'output'>;

/** Seconds for a task's test at its start. A longer test delays the task more than its output helps the agent. */
export const TRY_SECONDS = 10;

/** Title and description word for word, and what an agent needs to begin. It holds nothing of any other task. */
export function firstMessage(parts: FirstMessage): string {
  return [
    `# ${parts.title}`,
    parts.description,
    limits(parts),
    ...projectInstructions(parts.instructions),
    ...parts.files.map(({ path, text }) => material(text, path)),
    repoMap(parts.map),
    parts.tried === null ? '' : triedTest(parts.tried),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function limits({ testCommand, corrections, commands, budgetLeftUsd }: FirstMessage): string {
  const command = testCommand.replaceAll(/^/gm, '    ');
  const times = corrections === 1 ? 'once' : `${corrections} times`;
  const allowed =
    corrections === 0
      ? 'If it fails, a person is asked.'
      : `If it fails, you may correct your work ${times}.`;
  const money =
    budgetLeftUsd === null
      ? ''
      : ` All agents of the run together have ${formatUsd(Math.max(0, budgetLeftUsd))} left for model calls.`;
  const runs =
    commands.left === 0
      ? ' You cannot run commands.'
      : ` You may run ${count(commands.left, 'command')} before, of ${count(commands.timeoutSeconds, 'second')} each; the test itself is a good one.`;
  return `This command tests what you submit:\n\n${command}\n\n${allowed}${runs}${money}`;
}

function projectInstructions(files: readonly OpeningFile[]): string[] {
  return files.map(({ path, text }) => instructions(text, path));
}

/** The name of the map among the texts of a first message. */
const MAP_NAME = 'repository map';

function repoMap(map: string): string {
  if (map === '') return '';
  const note =
    'Files that may matter for this task, the most likely first, the likeliest with line numbers of what they define. It is a guess from names and history: look at what you need, and elsewhere too. A file in it does not count as shown.';
  return `${note}\n\n${material(map, MAP_NAME)}`;
}

/** A test that Leadwright stopped has no exit code. */
function triedTest({ id, passed, exitCode, summary, output }: TriedTest): string {
  if (passed)
    return 'The test passes already, before any change. So it cannot show whether the task is done.';
  const how =
    exitCode === null
      ? `The test was tried before any change and stopped before its end, which is no verdict. It had ${TRY_SECONDS} seconds.`
      : 'The test was tried before any change, and failed.';
  return [how, material(`${summary}\n\n${output}`), wholeOutput(testOutputId(id))].join('\n\n');
}
