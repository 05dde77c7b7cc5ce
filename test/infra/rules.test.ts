import { alertKinds } from '../../core/alerts/alerts.ts';
import { find } from '../../local/toolchain/find.ts';
import { promtoolTool } from '../../local/toolchain/tools/checkers.ts';
import { folderPerTest } from '../support/folders.ts';
import { repository, start } from '../support/processes/programs.ts';
import { createMetrics } from '../../server/protocols/health/prometheus.ts';
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const file = join(repository, 'helm/perennial/monitoring/rules.yml');
interface Rule {
  alert: string;
  expr: string;
  for?: string;
  labels: { severity: string };
  annotations: Record<string, string>;
}
const rules = (parse(readFileSync(file, 'utf8')) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules); // prettier-ignore

/** What Prometheus gets each minute, by series; null: nothing. As promtool writes it: "0+5x70" grows by 5, 70 times. */
type Series = Record<string, string | null>;
const always = (value: number): string => `${value}x70`;
const growing = (each: number): string => `0+${each}x70`;
const alert = (kind: string, pipeline = 'fraud', severity = 'warning'): string =>
  `perennial_alerts_open_by_kind{pipeline="${pipeline}",kind="${kind}",severity="${severity}"}`;

/** An installation that just keeps within every limit. */
const well: Series = {
  'up{job="perennial-server"}': always(1),
  'perennial_build_info{version="0.1.0"}': always(1),
  'perennial_performance_fallen{pipeline="fraud"}': always(0),
  'perennial_performance_below_floor{pipeline="fraud",declared="true"}': always(0),
  'perennial_performance_below_floor{pipeline="churn",declared="false"}': always(0),
  [alert('promoted')]: always(1),
  'perennial_retraining_waits{pipeline="fraud",reason="cooldown"}': always(1),
  'perennial_request_duration_seconds_bucket{pipeline="fraud",le="0.1"}': growing(94),
  'perennial_request_duration_seconds_bucket{pipeline="fraud",le="0.25"}': growing(97),
  'perennial_request_duration_seconds_bucket{pipeline="fraud",le="+Inf"}': growing(100),
  'perennial_request_duration_seconds_count{pipeline="fraud"}': growing(100),
  'perennial_requests_total{pipeline="fraud",status="200"}': growing(96),
  'perennial_requests_total{pipeline="fraud",status="503"}': growing(4),
  // A few requests, however bad, say little.
  'perennial_requests_total{pipeline="churn",status="503"}': growing(1),
  'perennial_requests_shed_total{reason="late"}': always(7),
  'perennial_version_tripped{pipeline="fraud",version="1"}': always(0),
  'perennial_model_problem{pipeline="fraud"}': always(0),
  'perennial_spool_dropped_total': always(12),
  'perennial_spool_shed_total': always(3),
  'perennial_queue_oldest_age_seconds{role="control"}': always(600),
  'perennial_queue_oldest_age_seconds{role="data"}': always(1_800),
  'perennial_queue_oldest_age_seconds{role="training"}': always(21_600),
  'perennial_spool_oldest_age_seconds': always(30),
  'perennial_predictions_uncounted': always(1e6),
  'perennial_queue_silence_seconds{role="data",instance="a"}': always(60),
  // One of two servers may fail to see what the other sees.
  'perennial_queue_silence_seconds{role="data",instance="b"}': always(600),
  'perennial_temporal_reachable{instance="a"}': always(1),
  'perennial_temporal_reachable{instance="b"}': always(0),
  'perennial_database_reachable': always(1),
  'perennial_alert_delivery_oldest_age_seconds': always(890),
  'perennial_disk_used_ratio': always(0.9),
  'perennial_worker_disk_free_bytes': always(10),
  'perennial_worker_disk_size_bytes': always(100),
  'perennial_server_processes_replaced_total{process="0"}': always(4),
}; // prettier-ignore

/** By rule: what has to change for it, and it alone, to fire. */
const fires: Record<string, Series> = {
  PerennialDriftSevere: { [alert('drift', 'fraud', 'critical')]: always(1) },
  PerennialDrifting: { [alert('drift')]: always(1) },
  PerennialDriftUnwatched: { [alert('unwatched')]: always(1) },
  PerennialPerformanceFallen: { 'perennial_performance_fallen{pipeline="fraud"}': always(1), [alert('performance', 'fraud', 'critical')]: always(1) },
  PerennialPerformanceUnderFloor: { 'perennial_performance_below_floor{pipeline="fraud",declared="true"}': always(1), [alert('performance', 'fraud', 'critical')]: always(1) },
  PerennialPerformanceUnderDerivedFloor: { 'perennial_performance_below_floor{pipeline="churn",declared="false"}': always(1), [alert('performance', 'churn')]: always(1) },
  PerennialChampionStale: { [alert('champion-stale')]: always(1) },
  PerennialLoopFailed: { [alert('care-failed', '')]: always(1) },
  PerennialTrainingFailing: { [alert('training-failing')]: always(1) },
  PerennialScheduleMissed: { [alert('schedule-missed')]: always(1) },
  PerennialRetrainingWaitsForBudget: { 'perennial_retraining_waits{pipeline="fraud",reason="budget"}': always(1), [alert('budget-spent')]: always(1) },
  PerennialRolloutWaits: { [alert('approval-wanted')]: always(1) },
  PerennialAlertOpen: { [alert('volume')]: always(1) },
  PerennialSlow: { 'perennial_request_duration_seconds_bucket{pipeline="fraud",le="0.25"}': growing(95) },
  PerennialErrors: { 'perennial_requests_total{pipeline="fraud",status="503"}': growing(6) },
  PerennialRequestsRefused: { 'perennial_requests_shed_total{reason="late"}': growing(1) },
  PerennialVersionTripped: { 'perennial_version_tripped{pipeline="fraud",version="1"}': always(1) },
  PerennialModelProblem: { 'perennial_model_problem{pipeline="fraud"}': always(1) },
  PerennialPredictionsDropped: { perennial_spool_dropped_total: growing(1) },
  PerennialBacklog: { 'perennial_queue_oldest_age_seconds{role="data"}': always(1_900) },
  PerennialLogBacklog: { perennial_spool_oldest_age_seconds: always(700) },
  PerennialUnseen: { 'perennial_build_info{version="0.1.0"}': null },
  PerennialDown: { 'up{job="perennial-server"}': always(0) },
  PerennialWorkersGone: { 'perennial_queue_silence_seconds{role="data",instance="a"}': always(100) },
  PerennialTemporalGone: { 'perennial_temporal_reachable{instance="a"}': always(0) },
  PerennialDatabaseGone: { perennial_database_reachable: always(0) },
  PerennialDeliveriesStuck: { perennial_alert_delivery_oldest_age_seconds: always(1_000) },
  PerennialDiskFilling: { perennial_worker_disk_free_bytes: always(9) },
  PerennialProcessesDie: { 'perennial_server_processes_replaced_total{process="0"}': growing(1) },
}; // prettier-ignore

const patient = rules.flatMap((rule) => (rule.for === '1h' ? [rule.alert] : []));
const scenario = (name: string, changes: Series, firing: string[]) => ({
  name,
  interval: '1m',
  input_series: Object.entries({ ...well, ...changes }).flatMap(([series, values]) => (values === null ? [] : [{ series, values }])), // prettier-ignore
  promql_expr_test: [
    {
      expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
      eval_time: firing.some((each) => patient.includes(each)) ? '65m' : '20m',
      exp_samples: firing.map((alertname) => ({ labels: `{alertname="${alertname}"}`, value: 1 })),
    },
  ],
});

describe('the rules for Prometheus', function () {
  this.timeout(900_000); // promtool may have to be built first
  const folder = folderPerTest();
  const promtool = async (...args: string[]): Promise<{ code: number | null; said: string }> => {
    const { path } = await find(promtoolTool);
    const program = start(path, args);
    const code = await program.ended;
    return { code, said: program.stdout() + program.stderr() };
  };
  const tryRules = (tests: object[], from = file) => {
    const path = join(folder(), 'tests.yml');
    writeFileSync(path, JSON.stringify({ rule_files: [from], evaluation_interval: '1m', tests }));
    return promtool('test', 'rules', path);
  };

  it('are silent about an installation that keeps within every limit, and fire one by one as it leaves one', async () => {
    assert.deepEqual(Object.keys(fires), rules.map((rule) => rule.alert)); // prettier-ignore
    const scenarios = Object.entries(fires).map(([rule, changes]) => scenario(rule, changes, [rule]));
    const few = { 'perennial_requests_total{pipeline="churn",status="503"}': growing(5) };
    scenarios.push(scenario('all of few requests fail', few, ['PerennialErrors']));
    const { code, said } = await tryRules([scenario('well', {}, []), ...scenarios]);
    assert.equal(code, 0, said);
  });

  it('are silent about what Perennial knows by itself while its alert is silenced, or another one explains it', async () => {
    // Either way the alert is not among the open ones by kind.
    const explained: Series = {
      'perennial_performance_fallen{pipeline="fraud"}': always(1),
      'perennial_performance_below_floor{pipeline="fraud",declared="true"}': always(1),
      'perennial_performance_below_floor{pipeline="churn",declared="false"}': always(1),
      'perennial_retraining_waits{pipeline="fraud",reason="budget"}': always(1),
      [alert('performance', 'other', 'critical')]: always(1),
    };
    const late = { ...scenario('silenced', explained, []) };
    late.promql_expr_test[0]!.eval_time = '65m';
    const { code, said } = await tryRules([late]);
    assert.equal(code, 0, said);
  });

  it('are as severe as the alert of which they tell', async () => {
    const tests = [['training-failing', 'critical'], ['training-no-help', 'warning']].map(([kind, severity]) => ({
      ...scenario(kind!, { [alert(kind!, 'fraud', severity)]: always(1) }, []),
      promql_expr_test: [{ expr: 'count by (alertname, severity) (ALERTS{alertstate="firing"})', eval_time: '20m', exp_samples: [{ labels: `{alertname="PerennialTrainingFailing",severity="${severity}"}`, value: 1 }] }],
    })); // prettier-ignore
    const { code, said } = await tryRules(tests);
    assert.equal(code, 0, said);
  });

  it('tell of slow answers by what servers count: none just below the limit, and each above it', async () => {
    const answered = async (ms: number): Promise<Series> => {
      const metrics = createMetrics();
      for (let i = 0; i < 100; i++) metrics.answered('fraud', 1, 200, ms / 1000);
      const lines = (await metrics.scrape()).matchAll(
        /^(perennial_request_duration_seconds_(?:bucket|count){.*}) (\d+)$/gm,
      );
      return Object.fromEntries([...lines].map(([, series, value]) => [series, growing(Number(value))]));
    };
    const scenarios = [110, 195].map(async (ms) => scenario(`${ms} ms`, await answered(ms), []));
    scenarios.push(answered(210).then((series) => scenario('210 ms', series, ['PerennialSlow'])));
    const { code, said } = await tryRules(await Promise.all(scenarios));
    assert.equal(code, 0, said);
  });

  it('tell of every kind of alert, and only of kinds that there are', () => {
    const patterns = rules.flatMap(({ expr }) => [...expr.matchAll(/kind(=~|!~|=)"([^"]+)"/g)].map(([, how, kinds]) => ({ how, kinds: kinds! }))); // prettier-ignore
    const wholly = (pattern: string, kind: string): boolean => new RegExp(`^(?:${pattern})$`).test(kind);
    const { kinds: others } = patterns.find(({ how }) => how === '!~')!;
    for (const each of others.split('|'))
      assert.ok(
        alertKinds.some((kind) => wholly(each, kind)),
        each,
      );
    const byMetric = ['latency', 'errors', 'version-tripped', 'predictions-dropped', 'backlog', 'workers-gone', 'temporal-gone', 'database-gone', 'disk']; // prettier-ignore
    const told = patterns.filter(({ how }) => how !== '!~').map(({ kinds }) => kinds);
    for (const kind of alertKinds.filter((each) => wholly(others, each) && each !== 'promoted'))
      assert.ok(byMetric.includes(kind) || told.some((kinds) => wholly(kinds, kind)), kind);
  });

  it('are tried in earnest: limits that are moved are found', async () => {
    const moved = join(folder(), 'moved.yml');
    writeFileSync(moved, readFileSync(file, 'utf8').replace('> 0.05', '> 0.5'));
    const { code, said } = await tryRules([scenario('errors', fires['PerennialErrors']!, ['PerennialErrors'])], moved);
    assert.equal(code, 1);
    assert.match(said, /PerennialErrors/);
  });

  it('say what happened, with the pipeline and the numbers', async () => {
    const { annotations, labels } = rules.find((rule) => rule.alert === 'PerennialErrors')!;
    const words = (text: string) => text.replace('{{ $labels.pipeline }}', 'fraud').replace('{{ $value | humanizePercentage }}', '5.882%'); // prettier-ignore
    const told = Object.fromEntries(Object.entries(annotations).map(([name, text]) => [name, words(text)]));
    const expected = { exp_labels: { ...labels, pipeline: 'fraud' }, exp_annotations: told };
    const test = { ...scenario('words', fires['PerennialErrors']!, ['PerennialErrors']), alert_rule_test: [{ alertname: 'PerennialErrors', eval_time: '20m', exp_alerts: [expected] }] }; // prettier-ignore
    const { code, said } = await tryRules([test]);
    assert.equal(code, 0, said);
  });

  it("are read by compose's Prometheus, whose settings it accepts", async () => {
    const { code, said } = await promtool('check', 'config', '--syntax-only', join(repository, 'infra/monitoring/prometheus.yml')); // prettier-ignore
    assert.equal(code, 0, said);
  });

  it('each have a severity, a summary, a description and a section that says what to do', () => {
    const sections = [...readFileSync(join(repository, 'docs/monitoring.md'), 'utf8').matchAll(/^### (\w+)\n\n(\S.*)/gm)].map(([, name]) => name!); // prettier-ignore
    assert.deepEqual(sections, rules.map((rule) => rule.alert)); // prettier-ignore
    for (const { alert: name, labels, annotations } of rules) {
      assert.match(labels.severity, /^(warning|critical|\{\{ \$labels\.severity \}\})$/);
      assert.deepEqual(Object.keys(annotations), ['summary', 'description', 'runbook_url'], name);
      assert.equal(annotations['runbook_url'], `docs/monitoring.md#${name.toLowerCase()}`);
      assert.match(annotations['description']!, /\.$/, name);
    }
  });
});
