#!/usr/bin/env node
/**
 * `npm run audit`: known weaknesses of the dependencies that are shipped. Exit code 1 when there is one. A registry
 * that does not answer such questions (a mirror, say) says nothing about them: that is reported, and no failure.
 */
import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const { stdout } = spawnSync(npm, ['audit', '--omit=dev', '--json'], { cwd: root, encoding: 'utf8' });

const report = parse(stdout);
if (report?.vulnerabilities === undefined) {
  process.stdout.write(`audit: not done, the registry does not answer (${report?.message ?? 'no answer'})\n`);
} else {
  const found = Object.values(report.vulnerabilities);
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
