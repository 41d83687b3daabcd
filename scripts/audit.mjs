#!/usr/bin/env node
/**
 * `npm run audit`: known weaknesses of the dependencies that are shipped. Exit code 1 when there is one. A registry
 * that does not answer such questions (a mirror, say) says nothing about them: that is reported, and no failure.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const { stdout } = spawnSync(npm, ['audit', '--json'], { cwd: root, encoding: 'utf8' });

/** The dependencies, which are installed with the package, and the libraries that are bundled into it. */
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
  process.stdout.write(`audit: not done, the registry does not answer (${report?.message ?? 'no answer'})\n`);
} else {
  const found = Object.values(report.vulnerabilities).filter(({ name }) => shipped.has(name));
  for (const { name, severity, range } of found)
    process.stdout.write(`audit: ${name} ${range}: ${severity}\n`);
  process.stdout.write(`audit: ${found.length} known weaknesses in what is shipped\n`);
  process.exitCode = found.length === 0 ? 0 : 1;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
