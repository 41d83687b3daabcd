/**
 * How far the pages in the browser's history were scrolled, so that going back shows the same part of a long table. The browser
 * cannot restore that itself: it does so before the page has its content, and not for the parts that scroll by themselves.
 */

/** By the name of a part that scrolls by itself, how far it was scrolled down, in pixels. The page itself has no name. */
type Place = Readonly<Record<string, number>>;

const PAGE = '';

/** How long the content of a page may take to arrive, in ms. After that, a jump would surprise the reader. */
const CONTENT_LIMIT_MS = 2_000;

export class ScrollPlaces {
  readonly #places = new Map<string, Place>();
  #entry = currentEntry();

  constructor() {
    history.scrollRestoration = 'manual';
  }

  /**
   * Keeps the place of the page that is still shown, once the address has changed.
   * @returns the place of the new address; undefined when the person did not go back or forward to it
   */
  change(): Place | undefined {
    this.#places.set(this.#entry, {
      [PAGE]: scrollY,
      ...Object.fromEntries(scrollingParts().map((part) => [nameOf(part), part.scrollTop])),
    });
    const left = this.#entry;
    this.#entry = currentEntry();
    return this.#entry === left ? undefined : this.#places.get(this.#entry);
  }
}

/** Scrolls to a place now, and again as content arrives, until the person does something. */
export function scrollToPlace(place: Place): void {
  const main = document.querySelector('main');
  if (main === null) return;
  const restore = (): void => {
    for (const part of scrollingParts()) part.scrollTop = place[nameOf(part)] ?? part.scrollTop;
    scrollTo(0, place[PAGE] ?? 0);
  };
  restore();
  const growth = new ResizeObserver(restore);
  growth.observe(main);
  const end = (): void => {
    growth.disconnect();
    for (const event of INPUT_EVENTS) removeEventListener(event, end, true);
  };
  for (const event of INPUT_EVENTS) addEventListener(event, end, true);
  setTimeout(end, CONTENT_LIMIT_MS);
}

/** With these a person scrolls, or goes elsewhere. */
const INPUT_EVENTS = ['wheel', 'touchstart', 'pointerdown', 'keydown', 'hashchange'] as const;

/** See ScrollRegion.svelte. */
function scrollingParts(): readonly Element[] {
  return [...document.querySelectorAll('main [tabindex="0"][aria-label]')].filter(
    ({ scrollHeight, clientHeight }) => scrollHeight > clientHeight,
  );
}

function nameOf(part: Element): string {
  return part.getAttribute('aria-label') ?? PAGE;
}

/** The name of the current entry of the browser's history. A new entry gets one. */
function currentEntry(): string {
  const state: unknown = history.state;
  if (typeof state === 'string') return state;
  const name = `${performance.timeOrigin + performance.now()}`;
  history.replaceState(name, '');
  return name;
}
