/** The address of the page after `#`, so that a view's filters are part of it: a link or a reload shows the same. */
import { queryValue, withQueryValue } from './route.js';

class Address {
  fragment = $state(location.hash);

  /** The value of a name in the query; empty when it is absent. */
  read(name: string): string {
    return queryValue(this.fragment, name);
  }

  /** Sets a value in the query, without a new entry in the browser's history. */
  write(name: string, value: string): void {
    // Another tab of the page may be opening: its address is the one to change.
    this.fragment = withQueryValue(location.hash, name, value);
    history.replaceState(history.state, '', this.fragment);
  }
}

export const address = new Address();
addEventListener('hashchange', () => (address.fragment = location.hash));
