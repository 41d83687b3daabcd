import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { METRICS } from '../../src/server/server-metrics.js';
import { packageRoot } from '../../src/shared/files/package-root.js';
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

/** The metrics that an expression uses, as Prometheus names them. */
const metricsIn = (expr: string): string[] => expr.match(/\b(?:leadwright|temporal)_[a-z_]+/g) ?? [];

describe('the configuration of Grafana and Prometheus', () => {
  for (const { of, expr } of expressions) {
    it(`uses existing metrics and balanced brackets in "${of}": ${expr}`, () => {
      const known = new Set([...METRICS.map(([name]) => name), ...TEMPORAL_METRICS]);
      const used = metricsIn(expr);
      assert.ok(used.length > 0);
      assert.deepEqual(
        used.filter((name) => !known.has(name)),
        [],
      );
      for (const [open, close] of ['()', '{}', '[]']) {
        assert.equal(expr.split(open ?? '').length, expr.split(close ?? '').length);
      }
      // A counter is only meaningful as a rate or an increase.
      for (const [name, type] of METRICS) {
        if (type !== 'counter' || !used.includes(name)) continue;
        assert.match(expr, new RegExp(`(?:rate|increase)\\(${name}\\[`));
      }
    });
  }

  it('uses every Leadwright metric', () => {
    const used = new Set(expressions.flatMap(({ expr }) => metricsIn(expr)));
    assert.deepEqual(
      METRICS.map(([name]) => name).filter((name) => !used.has(name)),
      [],
    );
  });

  it('alerts when one queue has no worker, though others have', () => {
    const alert = alerts.find(({ alert }) => alert === 'LeadwrightNoWorker');
    assert.ok(alert !== undefined);
    assert.deepEqual(metricsIn(alert.expr), ['leadwright_runs', 'leadwright_queue_workers']);
    assert.match(alert.expr, /min\(leadwright_queue_workers\) == 0$/);
  });

  it('has no overlapping panels and no duplicate names', () => {
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    assert.equal(new Set(alerts.map(({ alert }) => alert)).size, alerts.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w } }) =>
      Array.from({ length: w }, (_, column) => `${x + column},${y}`),
    );
    assert.equal(new Set(cells).size, cells.length);
  });
});
