import { driftHeatmap, heatWords } from '../../console/charts/drift-heatmap.ts';
import { intervalChart, type Seen } from '../../console/charts/interval-chart.ts';
import { metricChart, sparkline } from '../../console/charts/metric-chart.ts';
import { mostVaried, optionsOf } from '../../console/charts/trial-charts.ts';
import { type Trial } from '../../core/search/trials.ts';
import { driftSection, qualitySection } from '../../console/pages/quality-and-drift.ts';
import { valueInWords } from '../../pages/curve.ts';
import { Scene } from './fakes.ts';
import { aDriftReport, aPipeline } from '../reports/fixtures.ts';
import { type JudgedAlarm } from '../../core/drift/warned.ts';
import assert from 'node:assert/strict';

const at = (hour: number): string => `2026-03-04T${String(hour).padStart(2, '0')}:00:00.000Z`;

describe('the charts of live pages', () => {
  it('join the points of one version, and mark who took over', () => {
    const { markup } = metricChart({
      metric: 'average precision',
      points: [
        { at: at(1), value: 0.6, version: 3 },
        { at: at(2), value: 0.5, version: 3 },
        { at: at(4), value: 0.7, version: 4 },
        { at: at(5), value: 0.71, version: 4 },
      ],
      promotions: [{ at: at(3), version: 4 }],
    });
    assert.equal(markup.match(/<path\s+class="metric-line"/g)?.length, 2);
    assert.match(markup, /class="promotion"[\s\S]*>v4\s*<\/text/);
    assert.match(
      markup,
      /aria-label="average precision at 4 moments from 2026-03-04 to 2026-03-04, 0\.7100 at the end\."/,
    );
    assert.doesNotMatch(markup, /NaN|Infinity|style=/);
  });

  it('draw what decisions cost a day, by labels, and tell what is estimated, also by slice; nothing where no costs are declared', () => {
    const { overview } = new Scene();
    const told = (verdicts: typeof overview.verdicts): string =>
      qualitySection({ ...overview, verdicts }).content.markup;
    assert.doesNotMatch(told(overview.verdicts), /cost/);
    const costly = overview.verdicts.map((verdict, i) => ({
      ...verdict,
      version: 4,
      performance: verdict.performance.map((each) => ({ ...each, value: { cost: 120 + i, saved: 180 } })),
      estimated: { rows: 900, withheld: null, metrics: {}, value: { cost: 130, saved: 150 } },
      estimatedSlices: {
        from: at(0),
        to: at(1),
        sliced: 'id',
        metric: 'averagePrecision' as const,
        slices: [{ name: 'abroad', rows: 300, estimate: { value: 0.31, low: 0.22, high: 0.4 } }],
      },
    }));
    const markup = told(costly);
    assert.match(markup, /abroad[\s\S]*0\.3100[\s\S]*0\.2200 to 0\.4000/);
    assert.match(markup, /By labels, wrong decisions cost 120 a day, deciding all rows alike 300\./);
    assert.match(
      markup,
      /Estimated for the last window, wrong decisions cost 130 a day, .* 280; assumes no concept drift/,
    );
    assert.match(markup, /aria-label="cost of wrong decisions a day at 48 moments/);
  });

  it('draw quality by the days of the rows, not of the checks, once each, beside what the holdout promised', () => {
    const { overview } = new Scene();
    const of = (check: number, value: number, to: string) => {
      const verdict = overview.verdicts[check]!;
      const [one] = verdict.performance;
      const labelled = { from: '2026-02-20T00:00:00.000Z', to };
      return {
        ...verdict,
        labelled,
        performance: [{ ...one!, metrics: { ...one!.metrics, averagePrecision: value } }],
      };
    };
    const [second, first] = ['2026-02-25T00:00:00.000Z', '2026-02-24T00:00:00.000Z'];
    const verdicts = [of(0, 0.4, second), of(1, 0.39, second), of(2, 0.6, first), of(3, 0.61, first)];
    const { markup } = qualitySection({ ...overview, verdicts, cycles: [] }).content;
    assert.deepEqual(
      [...markup.matchAll(/<title>(v4, [^<]*)<\/title>/g)].map(([, said]) => said),
      ['v4, 2026-02-23: 0.6000', 'v4, 2026-02-24: 0.4000'],
    );
    assert.match(markup, /<title>v4 on its holdout: 0\.6128<\/title>/);
    const alone = qualitySection({ ...overview, verdicts: verdicts.slice(0, 1), cycles: [] }).content.markup;
    assert.equal(alone.match(/>2026-02-24</g)?.length, 1, 'one day is named once');
  });

  it('tell what is estimated also where no promotion is listed and no label has come', () => {
    const { overview } = new Scene();
    const slices = [{ name: 'abroad', rows: 300, estimate: { value: 0.31, low: 0.22, high: 0.4 } }];
    const estimatedSlices = { from: at(0), to: at(1), sliced: 'id', metric: 'averagePrecision' as const, slices };
    const estimated = {
      rows: 900,
      withheld: null,
      metrics: { averagePrecision: { value: 0.37, low: 0.3, high: 0.44 } },
    };
    const [verdict] = overview.verdicts;
    const verdicts = [{ ...verdict!, performance: [], estimated, estimatedSlices }];
    const { markup } = qualitySection({ ...overview, verdicts, cycles: [] }).content;
    assert.match(markup, /No promotion is listed[\s\S]*0\.3700[\s\S]*abroad[\s\S]*0\.3100/);
    assert.match(qualitySection({ ...overview, verdicts: [], cycles: [] }).content.markup, /No promotion is listed/);
  });

  it('lead from the rows that show a drift to their predictions', () => {
    const { overview } = new Scene();
    const { verdict } = aDriftReport();
    const drifted = verdict.columns.filter(({ drifted: has, votes }) => has && votes).map(({ column }) => column);
    const rows = [
      { id: '0a/1', key: 'key 7', entity: null, time: at(8), value: 12.5 },
      { id: null, key: 'key 8', entity: null, time: at(9), value: null },
    ];
    const explained = { found: true, movers: [], score: null, since: null, q: 0, designEffect: 1, rows };
    const verdicts = [{ ...verdict, columns: verdict.columns.map((column) => ({ ...column, explained })) }];
    const told = driftSection({ ...overview, verdicts }).content.markup.replace(/\s+/g, ' ');
    const link = '<a href="/pipelines/fraud/try?from=0a%2F1">request</a>';
    const text = told.replace(/<a [^>]*>/g, '[').replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' '); // prettier-ignore
    assert.match(text, /<details|Rows that show it .* Column Value Time Row Request/);
    for (const column of drifted)
      assert.ok(text.includes(` ${column} 12.5 2026-03-04 08:00 UTC key 7 [request ${column} null 2026-03-04 09:00 UTC key 8`), text); // prettier-ignore
    assert.ok(told.includes(link));
  });

  it('draw a single value, equal values and large numbers', () => {
    for (const values of [[0.5], [0.5, 0.5, 0.5], [12_000, 40_000], [-3, 8], [0, 0]]) {
      const points = values.map((value, i) => ({ at: at(i), value, version: 1 }));
      const { markup } = metricChart({ metric: 'RMSE', points, promotions: [] });
      assert.doesNotMatch(markup, /NaN|Infinity/, String(values));
      assert.equal(markup.match(/<circle/g)?.length, values.length);
    }
    assert.doesNotMatch(sparkline([1, 1], 'flat').markup, /NaN/);
    assert.equal(sparkline([1], 'one').markup, '');
  });

  it('put the column that moved most on top, warmer the further it is past its threshold', () => {
    const pipeline = aPipeline();
    const moved = aDriftReport({ pipeline }).verdict;
    const calm = { ...aDriftReport({ pipeline, moved: false }).verdict, asOf: '2026-03-04T08:00:00.000Z' };
    const { markup } = driftHeatmap([moved, calm], pipeline.drift);
    const [first] = markup.match(/text-anchor="end"[^>]*>\s*([a-z_]+)/)!.slice(1);
    assert.ok(moved.columns.find(({ column }) => column === first)?.drifted);
    assert.match(markup, /12 columns over 2 checks\. In the latest check: 3 of 11 columns drifted \(/);
    assert.match(markup, new RegExp(`class="h0"[^>]*>\\s*<title>${first}, 2026-03-04 08:00 UTC`));
    assert.match(markup, new RegExp(`class="h[23]"[^>]*>\\s*<title>${first}, 2026-03-04 09:00 UTC`));
  });

  it('keep warm colours for what the alarm is raised for, where it decides', () => {
    const pipeline = aPipeline();
    const { verdict } = aDriftReport({ pipeline });
    const [since, raisedAt] = [at(1), at(4)];
    const one = (column: string) => ({ column, of: 'location', direction: 'higher', since, raisedAt }) as const;
    const alarm = { rate: '1 a year', raised: [one('online'), one('_score')] };
    const cellOf = (column: string, markup: string): string =>
      new RegExp(`class="([^"]*)"[^>]*>\\s*<title>${column}, 2026-03-04 09:00`).exec(markup)![1]!;
    const { markup } = driftHeatmap([{ ...verdict, alarm }], pipeline.drift);
    assert.equal(cellOf('online', markup), 'h2', 'unusual, however near');
    assert.equal(cellOf('the score', markup), 'h2');
    assert.equal(cellOf('merchant', markup), 'f3', 'far, and yet as usual');
    assert.match(markup, /In the latest check: 1 of 11 columns unusual, and the score \(online and the score\)/);
    const calm = driftHeatmap(
      [{ ...verdict, level: 'stable', alarm: { ...alarm, raised: [] } }],
      pipeline.drift,
    ).markup;
    assert.doesNotMatch(calm, /class="h[0-3]"/, 'nothing is red in a stable pipeline');
    const finds = [{ column: 'merchant', of: 'category', least: null } as const];
    const blind = driftHeatmap([{ ...verdict, alarm: { ...alarm, finds } }], pipeline.drift).markup;
    assert.match(blind, /<title>merchant, [^<]* times its threshold; the alarm cannot tell whether that is usual</);
    assert.doesNotMatch(blind, /<title>amount, [^<]*cannot tell/);
    const warned: JudgedAlarm = { ...alarm, raised: [], finds, warned: ['merchant'] };
    const warns = { ...verdict, alarm: warned };
    assert.equal(cellOf('merchant', driftHeatmap([warns], pipeline.drift).markup), 'h3');
    assert.match(heatWords([warns]).map(({ words }) => words).join(), /or it warns where the alarm cannot tell/); // prettier-ignore
    assert.match(heatWords([warns, verdict]).map(({ words }) => words).join(), /unusual, or it warns where .*; before the alarm/); // prettier-ignore
  });

  it('leave a check that abstained empty, and a name that is markup harmless', () => {
    const pipeline = aPipeline();
    const { verdict } = aDriftReport({ pipeline });
    const columns = verdict.columns.map((column, i) => (i === 0 ? { ...column, column: '<script>' } : column));
    const abstained = { ...verdict, abstained: 'only 12 rows', asOf: '2026-03-04T10:00:00.000Z' };
    const { markup } = driftHeatmap([abstained, { ...verdict, columns }], pipeline.drift);
    assert.match(markup, /class="level abstained"/);
    assert.match(markup, /class="hnone"/);
    assert.doesNotMatch(markup, /<script>/);
  });

  it('leave out the end of a long name, and cut no character in half', () => {
    const name = '\u{1f6b2}'.repeat(40);
    const pipeline = aPipeline();
    const { verdict } = aDriftReport({ pipeline });
    const columns = verdict.columns.map((column, i) => (i === 0 ? { ...column, column: name } : column));
    const { markup } = driftHeatmap([{ ...verdict, columns }], pipeline.drift);
    for (const short of [valueInWords(name), /<text[^>]*>(\u{1f6b2}*\u2026)<title>/u.exec(markup)?.[1]])
      assert.match(short ?? '', /^(\u{1f6b2})+\u2026$/u);
  });

  const looks = (...intervals: Seen['finding']['interval'][]): Seen[] =>
    intervals.map((interval, i) => ({
      requests: 10 ** (i + 1),
      finding: { check: 'errors', verdict: 'fine', difference: 1, interval, allowed: 1, says: '' },
    }));

  it('begin with the option of the most values, not one that was declared', () => {
    const trial = (leaves: number, learningRate: number) => ({ spec: { kind: 'boosted', name: 'boosted', leaves, learningRate } }) as unknown as Trial; // prettier-ignore
    const trials = [trial(8, 0.1), trial(16, 0.1), trial(32, 0.1), trial(8, 0.05)];
    assert.deepEqual(optionsOf(trials), ['learningRate', 'leaves']);
    assert.equal(mostVaried(trials), 'leaves');
    assert.equal(mostVaried([]), null);
  });

  it('show how an interval closes, from the first look at which it says something', () => {
    const { markup } = intervalChart(looks(null, [0, null], [0.1, null], [0.5, 2]))!;
    assert.match(
      markup,
      /often as the champion: from 0\.1× to anything after 1,000 requests, from 0\.5× to 2× after 10,000 requests\./,
    );
    const [x1, low1, x2, low2, , high2, , high1] = markup.match(/class="interval"\s+d="([^"]+)"/)![1]!.match(/[\d.]+/g)!.map(Number); // prettier-ignore
    assert.ok(x1! < x2! && low1! >= low2! && low2! > high2! && high2! > high1!, 'it is narrower at the right');
  });

  it('draw nothing of an interval that is unknown, endless or of one look', () => {
    assert.equal(intervalChart([]), null);
    assert.equal(intervalChart(looks([0, null], [0, null], null)), null);
    assert.equal(intervalChart(looks([0.5, 2])), null);
    assert.doesNotMatch(intervalChart(looks([0, 0], [1, 1]))!.markup, /NaN|Infinity/);
  });
});
