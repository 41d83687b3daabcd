/** The open questions of all runs: for the inbox, and for the number beside its name on every page. */
import { api } from '../api-client.js';
import type { BlockerView } from '../../contract/contract.js';
import { readAgain } from '../parts/read-again.js';

/** A person is told of a question by `on_blocker` at once; who looks at the page sees it this soon. */
const EVERY_MS = 4_000;

class OpenQuestions {
  all = $state.raw<readonly BlockerView[]>([]);
  /** Whether they were read at all. */
  isKnown = $state(false);
  problem = $state('');

  /** Reads them again and again until the function that is given back is called. */
  keepReading(): () => void {
    return readAgain(
      EVERY_MS,
      () => this.read(),
      (problem) => (this.problem = problem),
    );
  }

  async read(): Promise<void> {
    this.all = await api.blockers(null);
    this.isKnown = true;
  }
}

export const openQuestions = new OpenQuestions();
