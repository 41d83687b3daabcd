/** The commands, in the order of `leadwright --help`. A new command is a file beside this one and an entry here. */
import type { CommandEntry } from '../command.js';

interface CommandGroup {
  readonly heading: string;
  readonly commands: readonly CommandEntry[];
}

export const COMMANDS: readonly CommandGroup[] = [
  {
    heading: 'Start a run:',
    commands: [
      {
        usage: 'init',
        description: 'write a plan to start from, with its JSON Schema for the editor',
        load: () => import('./init.js'),
      },
      {
        usage: 'run',
        description:
          'start a run of the plan here and follow it to its end; where there is no plan, of the built-in example',
        load: () => import('./run.js'),
      },
    ],
  },
  {
    heading: 'Inspect runs:',
    commands: [
      {
        usage: 'status [run]',
        description: 'list all runs, or show one',
        load: () => import('./status.js'),
      },
      {
        usage: 'watch <run>',
        description: 'show a run live until it ends or waits for a person',
        load: () => import('./watch.js'),
      },
      {
        usage: 'events <run>',
        description: 'print the event log of a run',
        load: () => import('./events.js'),
      },
      {
        usage: 'show <run> [task]',
        description:
          'show the tasks of a run, or the work of one task: conversation, commands, drafts, last failure',
        load: () => import('./show.js'),
      },
      {
        usage: 'diff <run> [task]',
        description: 'print what a run, or one of its tasks, changed',
        load: () => import('./diff.js'),
      },
      {
        usage: 'checkout <run> <task> <dir>',
        description: "write the files of a task's newest commit into a new folder, to look at or to correct",
        load: () => import('./checkout.js'),
      },
      {
        usage: 'exec <run> <task> <command...>',
        description: "run a command in the sandbox, on the files of a task's newest commit",
        load: () => import('./exec.js'),
      },
      {
        usage: 'report <run>',
        description: 'write a page about a run, and Markdown for the text of a pull request',
        load: () => import('./report.js'),
      },
      {
        usage: 'export <run>',
        description: 'write the complete record of a run, as JSON Lines',
        load: () => import('./export.js'),
      },
    ],
  },
  {
    heading: 'Inspect the code:',
    commands: [
      {
        usage: 'map',
        description: 'show the files that matter most for a task, as its agent is told',
        load: () => import('./map.js'),
      },
      {
        usage: 'symbol <name>',
        description: 'show where a name is defined and used, as agents find it',
        load: () => import('./symbol.js'),
      },
    ],
  },
  {
    heading: 'Control a run:',
    commands: [
      {
        usage: 'pause <run>',
        description: 'stop each task after its current step, until the run is resumed',
        load: () => import('./pause.js'),
      },
      {
        usage: 'resume <run>',
        description: 'continue a paused run, or a cancelled one with its open tasks',
        load: () => import('./resume.js'),
      },
      {
        usage: 'cancel <run>',
        description: 'stop a run; landed work stays on its branch',
        load: () => import('./cancel.js'),
      },
      {
        usage: 'retry <run> [task]',
        description: 'run a failed or skipped task again, or all of them; completed tasks stay as they are',
        load: () => import('./retry.js'),
      },
      {
        usage: 'blockers [run]',
        description: 'list the open blockers, which wait for a person',
        load: () => import('./blockers.js'),
      },
      {
        usage: 'answer [blocker] [text...]',
        description: 'answer a blocker, or several; the text goes to the agent',
        load: () => import('./answer.js'),
      },
      {
        usage: 'clean [run]',
        description: 'delete the records and caches of a run that has ended, never your branch',
        load: () => import('./clean.js'),
      },
    ],
  },
  {
    heading: 'Operate the stack:',
    commands: [
      {
        usage: 'up',
        description:
          'keep the stack running: Temporal, PostgreSQL, a worker, the notifier with its dashboard',
        load: () => import('./up.js'),
      },
      {
        usage: 'down',
        description: 'stop the stack once nothing is at work',
        load: () => import('./down.js'),
      },
      {
        usage: 'doctor',
        description: 'check what is installed, reachable and missing, and how to fix it',
        load: () => import('./doctor.js'),
      },
      {
        usage: 'completion <shell>',
        description:
          'print a script that completes commands, options and, while the stack runs, ids: in bash, zsh or fish',
        load: () => import('./completion.js'),
      },
      {
        usage: 'complete <what> [run]',
        description: 'list ids for the completion scripts',
        hidden: true,
        load: () => import('./complete.js'),
      },
      {
        usage: 'replay [file...]',
        description: 'replay recorded workflow histories against this code',
        load: () => import('./replay.js'),
      },
      {
        usage: 'worker',
        description: 'run one worker process of a fleet (needs DATABASE_URL and TEMPORAL_ADDRESS)',
        load: () => import('./worker.js'),
      },
      {
        usage: 'notifier',
        description: 'run the notifier of a fleet, with its dashboard (needs DATABASE_URL)',
        load: () => import('./notifier.js'),
      },
      {
        usage: 'codec',
        description: 'decode encrypted payloads for the Temporal UI and the temporal command',
        load: () => import('./codec.js'),
      },
      {
        usage: 'host',
        description: 'supervise the stack of a home; started by the other commands',
        hidden: true,
        load: () => import('./host.js'),
      },
      {
        usage: 'temporal-relay',
        description: 'run the embedded Temporal server behind its keys; started by the host',
        hidden: true,
        load: () => import('./temporal-relay.js'),
      },
    ],
  },
];
