import { EXIT } from '../../src/contract/errors.js';
import type { Ran, Running } from '../support/cli.js';
import type { Stage } from './stage.js';

/** A `leadwright run` command, started by a person who starts it again when it is killed. */
export class Command {
  private running: Running;
  private killed = false;
  private left = false;
  private tellDone = (): void => undefined;
  /** Resolves when the person has done what the run waits for; null when the run waits for nobody. */
  private person: Promise<void> | null;

  constructor(
    private readonly stage: Stage,
    private readonly args: readonly string[],
    { person }: { readonly person: boolean },
  ) {
    this.person = person ? new Promise((resolve) => (this.tellDone = resolve)) : null;
    this.running = stage.start(args);
  }

  kill(): void {
    this.killed = true;
    this.running.process.kill('SIGKILL');
  }

  /** Stops the process (SIGSTOP). Returns a function that continues it. */
  pause(): () => void {
    const { process } = this.running;
    process.kill('SIGSTOP');
    return () => process.kill('SIGCONT');
  }

  /** Kills the command and does not start it again. */
  giveUp(): void {
    this.left = true;
    this.personIsDone();
    this.running.process.kill('SIGKILL');
  }

  /** The person has done what the run waited for. */
  personIsDone(): void {
    this.tellDone();
  }

  async done(): Promise<Ran> {
    for (;;) {
      const ran = await this.running.done;
      if (this.left || !(await this.isFollowed(ran))) return ran;
      this.killed = false;
      await this.stage.startUp();
      this.running = this.stage.start(this.args);
    }
  }

  /** Whether the person starts the command again: when it was killed, or ended because the run waited for the person. */
  private async isFollowed({ code }: Ran): Promise<boolean> {
    if (code === null) return this.killed;
    if (code !== EXIT.unfinished || this.person === null) return false;
    await this.person;
    this.person = null;
    return !this.left;
  }
}
