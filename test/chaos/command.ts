import { EXIT } from '../../src/contract/errors.js';
import type { Ran, Running } from '../support/cli.js';
import type { Stage } from './stage.js';

/** A run as a person starts it, who starts it again when it is killed. */
export class Command {
  private running: Running;
  private killed = false;
  private left = false;
  private tellDone = (): void => undefined;
  /** Resolves when the person has done what the run waits for; null when it waits for nobody. */
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

  /** Lets it sleep; the result wakes it. */
  pause(): () => void {
    const { process } = this.running;
    process.kill('SIGSTOP');
    return () => process.kill('SIGCONT');
  }

  /** Ends it for good. */
  giveUp(): void {
    this.left = true;
    this.personIsDone();
    this.running.process.kill('SIGKILL');
  }

  /** From now on the run waits for nobody. */
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

  /** Whether a person starts it again: one that was killed, and one that ended because the run asks. */
  private async isFollowed({ code }: Ran): Promise<boolean> {
    if (code === null) return this.killed;
    if (code !== EXIT.unfinished || this.person === null) return false;
    await this.person;
    this.person = null;
    return !this.left;
  }
}
