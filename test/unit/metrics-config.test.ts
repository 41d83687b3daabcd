import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { METRICS } from '../../src/server/server-metrics.js';
import { packageRoot } from '../../src/shared/package-root.js';
import { TEMPORAL_METRICS } from '../support/temporal-metrics.js';

const read = (name: string): string => readFileSync(join(packageRoot, 'temporal-config', name), 'utf8');

const rules = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^Leadwright[A-Z]\w+$/),
          expr: z.string(),
          for: z
            .string()
            .regex(/^\d+[mh]$/)
            .optional(),
          labels: z.strictObject({ severity: z.enum(['info', 'warning', 'critical']) }),
          annotations: z.strictObject({ summary: z.string(), description: z.string().optional() }),
        }),
      ),
    }),
  ),
});

const dashboard = z.looseObject({
  uid: z.string(),
  panels: z.array(
    z.looseObject({
      id: z.int(),
      title: z.string(),
      gridPos: z.object({ x: z.int(), y: z.int(), w: z.int().max(24), h: z.int() }),
      targets: z.array(z.looseObject({ expr: z.string(), refId: z.string() })).min(1),
    }),
  ),
});

const { panels } = dashboard.parse(JSON.parse(read('grafana-dashboard.json')));
const alerts = rules.parse(parse(read('prometheus-alerts.yaml'))).groups.flatMap((group) => group.rules);
const expressions = [
  ...panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ of: title, expr }))),
  ...alerts.map(({ alert, expr }) => ({ of: alert, expr })),
];

/** Names of metrics in an expression, as Prometheus stores them. */
const metricsIn = (expr: string): string[] => expr.match(/\b(?:leadwright|temporal)_[a-z_]+/g) ?? [];

describe('what Grafana and Prometheus are told', () => {
  for (const { of, expr } of expressions) {
    it(`of "${of}" is asked of metrics that are there, in an expression that closes: ${expr}`, () => {
      const known = new Set([...METRICS.map(([name]) => name), ...TEMPORAL_METRICS]);
      const asked = metricsIn(expr);
      assert.ok(asked.length > 0);
      assert.deepEqual(
        asked.filter((name) => !known.has(name)),
        [],
      );
      for (const [open, close] of ['()', '{}', '[]']) {
        assert.equal(expr.split(open ?? '').length, expr.split(close ?? '').length);
      }
      // What only ever grows is looked at by how much it grew.
      for (const [name, type] of METRICS) {
        if (type !== 'counter' || !asked.includes(name)) continue;
        assert.match(expr, new RegExp(`(?:rate|increase)\\(${name}\\[`));
      }
    });
  }

  it('shows every metric of ours somewhere', () => {
    const asked = new Set(expressions.flatMap(({ expr }) => metricsIn(expr)));
    assert.deepEqual(
      METRICS.map(([name]) => name).filter((name) => !asked.has(name)),
      [],
    );
  });

  it('lays no panel over another, and calls none like another', () => {
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    assert.equal(new Set(alerts.map(({ alert }) => alert)).size, alerts.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w } }) =>
      Array.from({ length: w }, (_, column) => `${x + column},${y}`),
    );
    assert.equal(new Set(cells).size, cells.length);
  });
});
