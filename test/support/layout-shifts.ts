/** What moves on a page by itself while a person looks at it. */
import type { Page } from 'playwright-core';
import { z } from 'zod';

/** A page with a cumulative layout shift of at most this is good for people (web.dev/articles/cls). */
export const MAX_SHIFT = 0.1;

/** In the page: records every layout shift since it was opened that no input of a person caused. */
const RECORD_SHIFTS = `
  window.shifts = [];
  window.shiftObserver = new PerformanceObserver((list) => list.getEntries().filter((entry) => !entry.hadRecentInput)
    .forEach((entry) => shifts.push({ value: entry.value, moved: entry.sources.map(({ node }) => {
      const element = node instanceof Element ? node : node?.parentElement;
      return (element?.tagName ?? '') + '.' + (element?.className ?? '') + ' ' + (node?.textContent ?? '').trim().slice(0, 40);
    }) })));
  shiftObserver.observe({ type: 'layout-shift', buffered: true });`;

const shiftsSchema = z.array(z.object({ value: z.number(), moved: z.array(z.string()) }));

export interface Shifts {
  /** The cumulative layout shift. */
  readonly total: number;
  /** What moved, for the message of a failed test. */
  readonly moved: string;
}

/** Records layout shifts, including those since the page was opened. */
export async function recordShifts(page: Page): Promise<void> {
  await page.evaluate(RECORD_SHIFTS);
}

/** Leaves out all shifts so far. */
export async function forgetShifts(page: Page): Promise<void> {
  await readShifts(page);
  await page.evaluate('shifts.length = 0');
}

/** All layout shifts that were recorded. */
export async function readShifts(page: Page): Promise<Shifts> {
  // A shift is reported after the frame that made it.
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => setTimeout(done, 100)))');
  const shifts = shiftsSchema.parse(await page.evaluate('window.shifts'));
  return { total: shifts.reduce((sum, { value }) => sum + value, 0), moved: JSON.stringify(shifts) };
}
