/** Where the keyboard goes on when the focused button is gone or disabled. */

/** Moves the focus to the heading of the page. */
export function focusHeading(options?: FocusOptions): void {
  document.querySelector('h1')?.focus(options);
}

/**
 * Gives a lost focus back, without scrolling: to the button that had it, or to the heading when there is none or it does
 * not take it. Whoever has moved the focus meanwhile keeps it.
 */
export function returnFocus(button: Element | null): void {
  if (isLost() && button instanceof HTMLElement) button.focus({ preventScroll: true });
  if (isLost()) focusHeading({ preventScroll: true });
}

/** The browser itself takes the focus from a disabled or hidden element only when it renders the page the next time. */
function isLost(): boolean {
  const { activeElement: focused } = document;
  return (
    focused === null ||
    focused === document.body ||
    focused.matches(':disabled') ||
    !focused.checkVisibility()
  );
}
