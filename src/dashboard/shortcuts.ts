/** The keys of the dashboard. Pure. */

/** What a key or a sequence of two keys does. */
export type Shortcut =
  | { readonly kind: 'help' | 'find' | 'undo' }
  /** An address after `#`. */
  | { readonly kind: 'go'; readonly to: string }
  /** The tab of a run's page, from 0. */
  | { readonly kind: 'tab'; readonly number: number };

interface Entry {
  /** The keys in their order. */
  readonly keys: readonly string[];
  readonly does: string;
  readonly shortcut: Shortcut;
}

export const SHORTCUTS: readonly Entry[] = [
  { keys: ['?'], does: 'list the keys', shortcut: { kind: 'help' } },
  { keys: ['g', 'r'], does: 'go to the runs', shortcut: { kind: 'go', to: '#/' } },
  { keys: ['g', 'i'], does: 'go to the inbox', shortcut: { kind: 'go', to: '#/inbox' } },
  { keys: ['/'], does: 'find a run or a task', shortcut: { kind: 'find' } },
  { keys: ['1'], does: 'show the tasks of the run', shortcut: { kind: 'tab', number: 0 } },
  { keys: ['2'], does: 'show its timeline', shortcut: { kind: 'tab', number: 1 } },
  { keys: ['3'], does: 'show its money', shortcut: { kind: 'tab', number: 2 } },
  {
    keys: ['u'],
    does: 'undo a skip, an acceptance or a cancellation that is about to happen',
    shortcut: { kind: 'undo' },
  },
];

/** Keys that the graph handles while it has the focus: for the list. */
export const GRAPH_KEYS: readonly { readonly keys: readonly string[]; readonly does: string }[] = [
  { keys: ['←', '→', '↑', '↓'], does: 'move from task to task' },
  { keys: ['Home', 'End'], does: 'move to the first or last task' },
  { keys: ['+', '−'], does: 'zoom in or out' },
  { keys: ['0'], does: 'show the whole graph' },
];

/**
 * What a key does after the key before it.
 *
 * @returns the shortcut; `wait` when the key begins a sequence; null for any other key
 */
export function findShortcut(before: string | null, key: string): Shortcut | 'wait' | null {
  const pressed = before === null ? [key] : [before, key];
  const found = SHORTCUTS.find(({ keys }) => keys.join(' ') === pressed.join(' '));
  if (found !== undefined) return found.shortcut;
  if (before === null && SHORTCUTS.some(({ keys }) => keys.length > 1 && keys[0] === key)) return 'wait';
  return before === null ? null : findShortcut(null, key);
}
