/** Why what a person asked for failed. That the server does not answer is said only until it answers again. */
import { messageOf } from '../../contract/errors.js';
import { Away, whenAnswered } from '../api-client.js';

export class ActionProblem {
  /** Empty when nothing failed. */
  text = $state('');

  /** Waits for an action, and keeps why it failed. Returns whether it worked. */
  async of(action: Promise<unknown>): Promise<boolean> {
    this.text = '';
    try {
      await action;
      return true;
    } catch (error) {
      this.text = messageOf(error);
      if (error instanceof Away) whenAnswered(() => this.#forget(error));
      return false;
    }
  }

  /** Another problem may be on the page by then. */
  #forget(error: Away): void {
    if (this.text === error.message) this.text = '';
  }
}
