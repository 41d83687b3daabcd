#!/usr/bin/env node
/**
 * `npm run audit`: known vulnerabilities of the shipped dependencies. The exit code is 1 when there is one. A registry
 * without audit data (a mirror, say) is reported and is no failure.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const { stdout } = spawnSync(npm, ['audit', '--json'], { cwd: root, encoding: 'utf8' });

/** Shipped: the dependencies, which are installed with the package, and the libraries that are bundled into it. */
const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
const installed = Object.entries(packages).flatMap(([path, { dev }]) =>
  dev === true ? [] : [path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)],
);
const bundled = ['dist/bundle/licenses.md', 'dist/dashboard/licenses.md'].flatMap((file) =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/^## (\S+) /gm)].map(([, name]) => name),
);
const shipped = new Set([...installed, ...bundled]);

const report = parse(stdout);
if (report?.vulnerabilities === undefined) {
  process.stdout.write(
    `audit: skipped, the registry gives no audit data (${report?.message ?? 'no answer'})\n`,
  );
} else {
  const found = Object.values(report.vulnerabilities).filter(({ name }) => shipped.has(name));
  for (const { name, severity, range } of found)
    process.stdout.write(`audit: ${name} ${range}: ${severity}\n`);
  process.stdout.write(`audit: ${found.length} known vulnerabilities in the shipped packages\n`);
  process.exitCode = found.length === 0 ? 0 : 1;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
