import assert from 'node:assert/strict';
import { accessSync, constants, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { recordPressed } from './pressed-buttons.js';

/** Debian's Chromium, or another one in PATH; none is ever downloaded. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Screenshots of the pages that the tests visit. They are for people and are not compared. */
const SCREENSHOTS = fileURLToPath(new URL('../browser/screenshots/', import.meta.url));

/** The path of Chromium; null when there is none. */
export function findChromium(): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable) ?? null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Describes tests that need Chromium: pending without it, or failing with CI=true. `browser` can be called in hooks and
 * tests.
 */
export function describeInBrowser(what: string, tests: (browser: () => Browser) => void): void {
  const executablePath = findChromium();
  if (executablePath === null && process.env['CI'] !== 'true') {
    describe.skip(what, () => tests(() => assert.fail('there is no Chromium')));
    return;
  }
  describe(what, function () {
    // A run with the scripted model on the real stack, on a machine that may be busy.
    this.timeout(120_000);
    let browser: Browser | undefined;
    before(async () => {
      assert.ok(executablePath !== null, `Chromium is needed: none of ${NAMES.join(', ')} is in PATH`);
      browser = await chromium.launch({
        executablePath,
        // Chromium cannot use its sandbox as root. All pages that it opens here are our own.
        args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking'],
      });
    });
    after(async () => browser?.close());
    tests(() => {
      assert.ok(browser !== undefined);
      return browser;
    });
  });
}

/** Shorter than the test's time limit, so that a failure names the missing element; long enough for a busy machine. */
const WAIT_MS = 60_000;

export interface OpenedPage {
  readonly page: Page;
  /** Errors of the page and violations of its Content-Security-Policy. */
  readonly complaints: readonly string[];
}

export interface PageChanges {
  readonly width?: number;
  readonly scheme?: 'light' | 'dark';
}

/** Opens a page in its own context, without state of other pages. */
export async function openPage(
  browser: Browser,
  url: string,
  { width = 1440, scheme = 'light' }: PageChanges = {},
): Promise<OpenedPage> {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme: scheme,
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(WAIT_MS);
  await recordPressed(context);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) complaints.push(message.text());
  });
  await page.goto(url);
  return { page, complaints };
}

/** Signs in with the token in the form. */
export async function signIn(page: Page, token: string): Promise<void> {
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

const axeSource = readFileSync(
  join(dirname(createRequire(import.meta.url).resolve('axe-core')), 'axe.min.js'),
  'utf8',
);

/** The problems that axe finds in the page in light and dark mode, one line each. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  const problems: string[] = [];
  await page.evaluate(axeSource);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const found: unknown = await page.evaluate(
      `axe.run(document).then(({ violations }) => violations.flatMap(({ id, nodes }) =>
         nodes.map(({ target, failureSummary }) => id + ' at ' + target.join(' ') + ': ' + failureSummary)))`,
    );
    assert.ok(Array.isArray(found));
    problems.push(...found.map((problem) => `${colorScheme}: ${String(problem)}`));
  }
  return problems;
}

/** The names of the animations that move something on the page, for a person who likes motion; sorted, each once. */
export async function movementsOn(page: Page): Promise<string[]> {
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  const names: unknown = await page.evaluate(
    `document.getAnimations().filter((one) => one instanceof CSSAnimation).map((one) =>
       one.animationName.replace(/^svelte-[a-z0-9]+-/, ''))`,
  );
  await page.emulateMedia({ reducedMotion: 'reduce' });
  assert.ok(Array.isArray(names));
  return [...new Set(names.map(String))].sort();
}

/** Takes a screenshot of the viewport. */
export async function takePicture(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
}

/** Takes screenshots in dark and light mode. */
export async function takePictures(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await takePicture(page, `${name}-${colorScheme}`);
  }
}

/** The width of the page on a screen of that width; a wider page would scroll sideways. */
export async function widthOn(page: Page, screen: number): Promise<number> {
  const before = page.viewportSize();
  await page.setViewportSize({ width: screen, height: 800 });
  const width = Number(await page.evaluate('document.documentElement.scrollWidth'));
  if (before !== null) await page.setViewportSize(before);
  return width;
}
