/** The commands and their options (contract, section 1). */
import { Command, InvalidArgumentError } from 'commander';
import type { ExitCode } from '../contract/errors.js';
import { packageVersion } from '../shared/package-root.js';
import { USD_EXPECTED } from '../runs/control/answer-choice.js';
import type { CodecFlags } from './commands/codec.js';
import { typedUsd } from './money.js';

/** What a command does with its options: commands are loaded when they are used, for a quick `--help`. */
type Action = () => Promise<ExitCode>;

/** Builds the program; `done` receives the exit code of whatever command ran. */
export function program(env: NodeJS.ProcessEnv, done: (action: Action) => Promise<void>): Command {
  const root = new Command('leadwright')
    .description(
      'Runs teams of coding agents on your repository: durable, tested, and visible while it happens.',
    )
    .version(packageVersion())
    .exitOverride()
    .showHelpAfterError('(--help shows what there is)');
  const look = () => import('./commands/look.js');
  const steer = () => import('./commands/steer.js');
  const services = () => import('./commands/services.js');

  json(root.command('init'))
    .description('write a plan to start from, with its JSON Schema for the editor')
    .option('--repo <dir>', 'the repository (default: the current folder)')
    .action((options: object) => done(async () => (await import('./commands/init.js')).init(options)));

  json(root.command('run'))
    .description('start a run and follow it to its end; without --repo and --plan, the built-in example')
    .option('--repo <dir>', 'the repository (default with --plan: the current folder)')
    .option('--plan <file>', "the plan (default with --repo: leadwright.yaml at the repository's root)")
    .option('--id <id>', 'the run’s id: the same id, plan and repository are the same run')
    .option('--detach', 'start it, print its id and leave')
    .option('--dry-run', 'check everything, show order and cost range, spend nothing')
    .option('--concurrency <n>', 'tasks at once (default: the plan’s, or 10)', whole(1, 1000))
    .option('--model <name>', 'the model (default: the plan’s, LEADWRIGHT_MODEL, or a current Sonnet)')
    .option('--budget-usd <x>', 'the most that its model calls may cost', usd)
    .option('--max-corrections <n>', 'corrections after a red test', whole(0, 100), 3)
    .option('--allow-red-base', 'start though the default test is red at the base')
    .option('--allow-pointers', 'start though there are submodules or Git LFS files')
    .action((options: RunFlags) => done(async () => (await import('./commands/run.js')).run(env, options)));

  json(root.command('up'))
    .description('keep the stack running: Temporal, PostgreSQL, a worker, the notifier with its dashboard')
    .action((options: object) => done(async () => (await services()).up(env, options)));

  root
    .command('worker')
    .description('one worker process, for a fleet (DATABASE_URL and TEMPORAL_ADDRESS say where)')
    .option('--queues <list>', 'kinds of work it takes', 'workflow,model,sandbox')
    .action((options: { queues: string }) => done(async () => (await services()).worker(env, options)));

  root
    .command('notifier')
    .description('the notifier with its dashboard, for a fleet')
    .action(() => done(async () => (await import('./commands/notifier.js')).notifier(env)));

  json(root.command('codec'))
    .description('decode payloads for the Temporal UI and the temporal command, where they are encrypted')
    .option('--port <n>', 'where it listens on this machine', whole(0, 65_535), 4801)
    .option('--ui <origin>', 'the address of the Temporal UI whose pages may ask without the token')
    .action((options: CodecFlags) =>
      done(async () => (await import('./commands/codec.js')).codec(env, options)),
    );

  root.command('host', { hidden: true }).action(() => done(async () => (await services()).host(env)));

  json(root.command('status').argument('[run]'))
    .description('all runs, or one')
    .action((run: string | undefined, options: object) =>
      done(async () => (await look()).status(env, run, options)),
    );

  json(root.command('watch').argument('<run>'))
    .description('one run live; --json prints its events as JSON Lines')
    .action((run: string, options: object) => done(async () => (await look()).watch(env, run, options)));

  json(root.command('events').argument('<run>'))
    .description('a run’s log; --json prints JSON Lines')
    .option('--after <seq>', 'only what came after this number', whole(0, 2_147_483_647), 0)
    .option('--follow', 'go on until the run is at rest')
    .action((run: string, options: { after: number }) =>
      done(async () => (await look()).events(env, run, options)),
    );

  json(root.command('show').argument('<run>').argument('[task]'))
    .description('a run’s tasks, or one task’s conversation with its last failure')
    .action((run: string, task: string | undefined, options: object) =>
      done(async () => (await import('./commands/show.js')).show(env, run, task, options)),
    );

  json(root.command('diff').argument('<run>').argument('[task]'))
    .description('what a run, or one of its tasks, changed')
    .action((run: string, task: string | undefined, options: object) =>
      done(async () => (await look()).diff(env, run, task, options)),
    );

  json(root.command('report').argument('<run>'))
    .description('a page of a run to attach to a pull request, and Markdown for its text on stdout')
    .option('--format <format>', 'only one of them: html or markdown')
    .option('--output <file>', 'where the page goes (default: leadwright-RUN.html); - is stdout')
    .action((run: string, options: object) =>
      done(async () => (await import('./commands/report.js')).report(env, run, options)),
    );

  json(root.command('export').argument('<run>'))
    .description('all that is known of a run, as JSON Lines')
    .option('--output <file>', 'a file instead of stdout')
    .action((run: string, options: object) =>
      done(async () => (await import('./commands/report.js')).exportRun(env, run, options)),
    );

  json(root.command('pause').argument('<run>'))
    .description('let what runs end, start nothing new')
    .action((run: string, options: object) => done(async () => (await steer()).pause(env, run, options)));

  json(root.command('resume').argument('<run>'))
    .description('go on with a paused run')
    .action((run: string, options: object) => done(async () => (await steer()).resume(env, run, options)));

  json(root.command('cancel').argument('<run>'))
    .description('stop a run; what has landed stays on its branch')
    .action((run: string, options: object) => done(async () => (await steer()).cancel(env, run, options)));

  json(root.command('retry').argument('<run>').argument('<task>'))
    .description('run a failed or skipped task again, keeping all that is done')
    .action((run: string, task: string, options: object) =>
      done(async () => (await steer()).retry(env, run, task, options)),
    );

  json(root.command('blockers').argument('[run]'))
    .description('what waits for a person')
    .action((run: string | undefined, options: object) =>
      done(async () => (await look()).blockers(env, run, options)),
    );

  json(root.command('answer').argument('<blocker>').argument('[text]'))
    .description('answer a blocker; the text goes to the agent')
    .option('--retry <n>', 'allow so many more corrections')
    .option('--accept', 'take the work as it is')
    .option('--skip', 'leave the task out, with all that needs it')
    .option('--add-usd <x>', 'raise the run’s budget by so many USD')
    .action((blocker: string, text: string | undefined, options: object) =>
      done(async () => (await steer()).answer(env, blocker, { ...options, text })),
    );

  json(root.command('replay').argument('[file...]'))
    .description('replay kept histories, a run’s, or those of all open runs, against this code')
    .option('--run <run>', 'the histories of this run')
    .option('--open', 'the histories of all open runs: says which would break with this code')
    .action((files: string[], options: object) =>
      done(async () => (await import('./commands/replay.js')).replay(env, files, options)),
    );

  json(root.command('clean').argument('<run>'))
    .description('forget a finished run: rows and caches, never your branch')
    .action((run: string, options: object) => done(async () => (await steer()).clean(env, run, options)));

  json(root.command('doctor'))
    .description('what is installed, reachable and missing, with the fix for each')
    .option('--repair', 'fix what of the record differs from Temporal, the git store and the disk')
    .option('--set-current', 'make this build the one that a fleet’s runs go on with (TEMPORAL_ADDRESS)')
    .action((options: object) =>
      done(async () => (await import('./commands/doctor.js')).doctor(env, options)),
    );

  return root;
}

interface RunFlags {
  readonly maxCorrections: number;
}

function json(command: Command): Command {
  return command.option('--json', 'print the result as JSON on stdout, and nothing else there');
}

function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const n = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (n >= least && n <= most) return n;
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
  };
}

function usd(text: string): number {
  const amount = typedUsd(text);
  if (amount === null) throw new InvalidArgumentError(`Expected ${USD_EXPECTED}.`);
  return amount;
}
