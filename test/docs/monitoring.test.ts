import { metricsOfServer, metricsOfWorker, type Exposed } from '../support/exposed-metrics.ts';
import { repository } from '../support/processes/programs.ts';
import { release } from '../../core/base/release.ts';
import { cleanUp } from '../server/fakes.ts';
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const file = join(repository, 'docs/monitoring.md');
const page = (): string => readFileSync(file, 'utf8');
const HEAD = '| metric | kind | labels | |\n|---|---|---|---|\n';

const row = ({ name, kind, labels, help }: Exposed): string =>
  `| \`${name}\` | ${kind} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |\n`;
const tableOf = (metrics: Exposed[]): string =>
  HEAD +
  metrics
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(row)
    .join('');

describe('docs/monitoring.md', () => {
  afterEach(cleanUp);

  it('lists each metric that servers and workers offer, as they describe it', async () => {
    const tables = { server: tableOf(await metricsOfServer()), worker: tableOf(metricsOfWorker()) };
    for (const [who, table] of Object.entries(tables)) {
      const [before, after] = page().split(`<!-- metrics of ${who} -->\n`) as [string, string];
      const [, ...rest] = after.split('<!-- end -->');
      const wanted = `${before}<!-- metrics of ${who} -->\n\n${table}\n<!-- end -->${rest.join('<!-- end -->')}`;
      if (process.env['UPDATE_GOLDEN']) writeFileSync(file, wanted);
      assert.equal(page(), wanted);
    }
  });

  it('is of a release that metrics, package and chart agree on', () => {
    const read = (path: string): string => readFileSync(join(repository, path), 'utf8');
    assert.equal((JSON.parse(read('package.json')) as { version: string }).version, release);
    assert.match(read('helm/perennial/Chart.yaml'), new RegExp(`^appVersion: ${release}$`, 'm'));
  });

  it('names no metric of a pipeline by anything that has no bounds', async () => {
    const bounded = ['pipeline', 'version', 'status', 'role', 'column', 'problem', 'by', 'reason', 'metric', 'loop', 'result', 'decision', 'kind', 'severity', 'channel', 'outcome', 'state', 'process', 'node', 'declared']; // prettier-ignore
    for (const { name, labels } of await metricsOfServer())
      for (const label of labels) assert.ok(bounded.includes(label), `${name}{${label}}`);
  });
});
