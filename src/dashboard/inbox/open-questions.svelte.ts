/** The open questions of all runs, for the inbox and for its count in the header. */
import { api } from '../api-client.js';
import type { BlockerView } from '../../contract/run-view.js';
import { poll } from '../components/poll.js';
import { answerDrafts } from './answer-drafts.svelte.js';

/** `on_blocker` notifies a person immediately; on the page a question appears within this time. */
const POLL_MS = 4_000;

class OpenQuestions {
  all = $state.raw<readonly BlockerView[]>([]);
  /** Whether they have been read at least once. */
  isLoaded = $state(false);
  problem = $state('');

  /** Polls the questions. @returns a function that stops it */
  keepReading(): () => void {
    return poll(
      POLL_MS,
      () => this.read(),
      (problem) => (this.problem = problem),
      // The title of the page has their number, for a person in another tab.
      { whileHidden: true },
    );
  }

  async read(): Promise<void> {
    // A question that is raised during the read may be missing from its result.
    const written = answerDrafts.ids;
    this.all = await api.blockers(null);
    this.isLoaded = true;
    answerDrafts.close(written.filter((id) => !this.all.some((open) => open.id === id)));
  }
}

export const openQuestions = new OpenQuestions();
