import { dashboardJson, dashboards } from '../../local/dashboards/index.ts';
import { find } from '../../local/toolchain/find.ts';
import { promtoolTool } from '../../local/toolchain/tools/checkers.ts';
import { cleanUp } from '../server/fakes.ts';
import { metricsOfServer, metricsOfTemporal, metricsOfWorker } from '../support/exposed-metrics.ts';
import { folderPerTest } from '../support/folders.ts';
import { repository, start } from '../support/processes/programs.ts';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { parse } from 'yaml';

const folder = join(repository, 'helm/perennial/monitoring');
interface Shown {
  where: string;
  expr: string;
  /** What names its lines, with labels in it. */
  names: string;
}

const panels = Object.values(dashboards).flatMap(({ title, rows }) =>
  rows.flatMap((row) => row.panels.map((panel) => ({ ...panel, where: `${title}: ${panel.title}` }))),
);
const ofDashboards: Shown[] = panels.flatMap(({ where, shows }) =>
  Object.entries(shows).map(([names, expr]) => ({ where, expr, names })),
);
const ofChoices: Shown[] = Object.values(dashboards).flatMap(({ title, choices }) =>
  choices.map(({ of }) => ({ where: title, expr: `count by (${of.label}) (${of.metric})`, names: '' })),
);

function ofRules(): Shown[] {
  const { groups } = parse(readFileSync(join(folder, 'rules.yml'), 'utf8')) as {
    groups: { rules: { alert: string; expr: string; annotations: Record<string, string> }[] }[];
  };
  return groups.flatMap(({ rules }) =>
    rules.map(({ alert, expr, annotations }) => ({
      where: alert,
      expr,
      names: Object.values(annotations)
        .join(' ')
        .replaceAll(/\$labels\.(\w+)/g, '{{$1}}'),
    })),
  );
}

/** The metrics that Prometheus gets from servers and workers, with their labels. */
async function exposed(): Promise<Map<string, Set<string>>> {
  const found = new Map<string, Set<string>>();
  const add = (name: string, labels: Iterable<string>): void =>
    void found.set(name, new Set([...(found.get(name) ?? []), ...labels]));
  for (const { name, kind, labels } of [...(await metricsOfServer()), ...metricsOfWorker()])
    for (const end of kind === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']) add(name + end, labels);
  for (const [name, labels] of Object.entries(metricsOfTemporal))
    for (const end of name.endsWith('latency_seconds') ? ['_bucket', '_sum', '_count'] : ['']) add(name + end, labels);
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const { name } of registry.getMetricsAsArray()) add(name, []);
  return found;
}

/** What Prometheus adds to every series, and a server of several processes. */
const ofTargets = ['instance', 'pod', 'job', 'process', 'le'];

describe('the dashboards for Grafana', function () {
  this.timeout(900_000); // promtool may have to be built first
  const scratch = folderPerTest();
  afterEach(cleanUp);

  it('are stored as they are written', () => {
    const where = join(folder, 'dashboards');
    const files = Object.entries(dashboards).map(([name, dashboard]) => ({ name: `${name}.json`, text: dashboardJson(dashboard) })); // prettier-ignore
    if (process.env['UPDATE_GOLDEN']) for (const { name, text } of files) writeFileSync(join(where, name), text);
    assert.deepEqual(readdirSync(where).sort(), files.map(({ name }) => name).sort()); // prettier-ignore
    for (const { name, text } of files) assert.equal(readFileSync(join(where, name), 'utf8'), text);
  });

  it('show, as the rules do, only metrics and labels that servers and workers offer', async () => {
    const known = await exposed();
    for (const { where, expr, names } of [...ofDashboards, ...ofChoices, ...ofRules()]) {
      const labels = new Set(ofTargets);
      for (const [, metric, selector] of expr.matchAll(
        /\b((?:perennial|temporal|process|nodejs)_\w+)(?:\{([^}]*)\})?/g,
      )) {
        const its = known.get(metric!);
        assert.ok(its, `${where}: nothing offers ${metric}`);
        for (const label of its) labels.add(label);
        for (const [, label] of selector?.matchAll(/(\w+)(?:=~|!~|!=|=)"/g) ?? [])
          assert.ok(its.has(label!) || ofTargets.includes(label!), `${where}: ${metric} has no label ${label}`);
      }
      const used = [
        ...[...expr.matchAll(/\b(?:by|on) \(([^)]*)\)/g)].flatMap(([, list]) => list!.split(/,\s*/)),
        ...[...names.matchAll(/\{\{\s*(?:with )?(\w+)\s*\}\}/g)].map(([, label]) => label!),
      ].filter((label) => label !== 'end');
      for (const label of used) assert.ok(labels.has(label), `${where}: no label ${label} in ${expr}`);
    }
  });

  it('show, or the rules judge, every metric of ours', async () => {
    const read = [...ofDashboards, ...ofChoices, ...ofRules()].map(({ expr }) => expr).join(' ');
    const used = new Set(
      [...read.matchAll(/\bperennial_\w+/g)].map(([name]) => name.replace(/_(bucket|sum|count)$/, '')),
    );
    const offered = [...(await metricsOfServer()), ...metricsOfWorker()].map(({ name }) => name);
    assert.deepEqual(offered.filter((name) => !used.has(name)), []); // prettier-ignore
  });

  it('have expressions that Prometheus reads', async () => {
    const filled = (expr: string): string => expr.replaceAll('$__rate_interval', '5m').replaceAll('$pipeline', 'fraud');
    const rules = ofDashboards.map(({ where, expr }, i) => ({ record: `shown:${i}`, expr: filled(expr), labels: { where } })); // prettier-ignore
    const file = join(scratch(), 'expressions.yml');
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'shown', rules }] }));
    const { path } = await find(promtoolTool);
    const program = start(path, ['check', 'rules', file]);
    assert.equal(await program.ended, 0, program.stdout() + program.stderr());
    assert.match(program.stdout(), new RegExp(`SUCCESS: ${rules.length} rules found`));
  });

  it('say of each panel what it shows, under a title of its own, and lay them out without overlaps', () => {
    assert.equal(new Set(panels.map(({ where }) => where)).size, panels.length);
    for (const { where, description } of panels) assert.match(description, /\w\.$/, where);
    for (const dashboard of Object.values(dashboards)) {
      const taken = new Set<string>();
      const { panels: placed } = JSON.parse(dashboardJson(dashboard)) as { panels: { gridPos: Record<'x' | 'y' | 'w' | 'h', number> }[] }; // prettier-ignore
      for (const { gridPos } of placed)
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
          for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
            assert.ok(x < 24 && !taken.has(`${x}/${y}`), `${dashboard.title}: ${x}, ${y}`);
            taken.add(`${x}/${y}`);
          }
    }
  });
});
