import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

/** Builds the dashboard as static files that the server serves. Files in `assets` are named by a hash of their content. */
export default defineConfig({
  root: 'src/dashboard',
  plugins: [svelte({ configFile: false, compilerOptions: { runes: true } })],
  logLevel: 'warn',
  build: {
    outDir: '../../dist/dashboard',
    emptyOutDir: true,
    license: { fileName: 'licenses.md' },
    // The page's Content-Security-Policy loads scripts, styles and fonts only from the server, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
