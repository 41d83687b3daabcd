import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findChromium } from '../support/browser.js';
import { unpressedButtons } from '../support/pressed-buttons.js';

/** The last file in the order of names: it judges what those before it did. */
describe('the buttons of the dashboard', () => {
  it('are all pressed by a test', function () {
    const folder = fileURLToPath(new URL('.', import.meta.url));
    const files = readdirSync(folder).filter((name) => name.endsWith('.test.ts'));
    const ran = new Set(this.test?.parent?.parent?.suites.map(({ file }) => file));
    // Alone, or without a browser, the other files pressed nothing.
    if (findChromium() === null || files.some((name) => !ran.has(`${folder}${name}`))) this.skip();
    assert.deepEqual(unpressedButtons(), []);
  });
});
