import type { Encoding } from '../../core/model/artifact.ts';
import { widthOf } from '../../core/model/preprocessing.ts';
import type { Pipeline, PipelineInput } from '../../core/declaration/pipeline.ts';
import { classCostsOf } from '../../core/declaration/class-costs.ts';
import { redactorOf } from '../../core/declaration/redaction/redaction.ts';
import { createOverview } from '../../operations/overview.ts';
import { createStatus } from '../../operations/status.ts';
import { driftReport } from '../../reports/drift/drift-report.ts';
import { quantity } from '../../pages/format.ts';
import { modelCard } from '../../reports/card/model-card.ts';
import { qualityReport } from '../../reports/quality-report.ts';
import { asAda } from '../support/asked.ts';
import type { FairGroup, Gap } from '../../core/fairness/fairness.ts';
import type { Slice } from '../../core/training/slices/slices.ts';
import {
  aClassCard,
  aDriftReport,
  aModelCard,
  aModelVersion,
  anInsight,
  aNumberCard,
  aPipeline,
  aQualityReport,
  aSummary,
} from './fixtures.ts';
import { standsAlone, textOf } from './golden.ts';
import assert from 'node:assert/strict';

const allSensitive = aPipeline({
  columns: Object.fromEntries(
    Object.entries(aPipeline().columns).map(([name, column]) => [name, { ...column, sensitive: true }]),
  ) as PipelineInput['columns'],
});

/** What the columns of the fixtures hold, as reports write it. */
const values = [true, false].flatMap((broken) =>
  aSummary(broken).columns.flatMap(({ column, min, max, mean, levels }) => [
    // Small numbers are counts and shares of something, too.
    ...[min, max, mean].filter((value) => Math.abs(value ?? 0) > 50).map(quantity),
    ...(column === 'country' ? [] : levels.map(({ level }) => level).filter((level) => level !== 'other')),
  ]),
);
const medians = ['34.1', '7.9', '210.4', '1,401'];

/** Those of `texts` that stand in a page as words of their own. */
const found = (html: string, texts: readonly string[]): string[] =>
  [...new Set(texts)].filter((text) => ` ${textOf(html)} `.includes(` ${text} `) || html.includes(`>${text}<`));

describe('a sensitive column', () => {
  it('shows none of its values in a quality report, and its levels by their rank', () => {
    assert.ok(
      found(qualityReport(aQualityReport(true)), values).length > 20,
      'they are looked for as they are written',
    );
    const html = qualityReport(aQualityReport(true, allSensitive));
    standsAlone(html);
    assert.deepEqual(found(html, values), []);
    const page = textOf(html);
    assert.match(page, /merchant level 1 of 7 34\.0 % level 2 of 7 20\.0 %/);
    assert.match(page, /device ■ not met undeclared levels what is declared 80 of 86,410 rows/);
    assert.doesNotMatch(page, /-4\.5|watch|p-88|at least 0 |up to 20,000/);
    assert.match(page, /distance_km number sensitive 11\.42 % up to 5\.00 %/, 'with its nulls');
  });

  it('keeps a sensitive key out of the examples of other columns', () => {
    const { source } = aPipeline();
    const open = textOf(qualityReport(aQualityReport(true)));
    assert.match(open, /device undeclared levels .*watch.* 80 2026-02-20 12:00 UTC p-4 2026-01-25/);
    const page = textOf(qualityReport(aQualityReport(true, aPipeline({ source: { ...source, sensitive: ['key'] } }))));
    assert.match(page, /device undeclared levels .*watch.* 80 2026-02-20 12:00 UTC – 2026-01-25/);
    assert.doesNotMatch(page, /p-\d/);
  });

  it('shows none in a drift report, and its distances', () => {
    const bounds = ['below 10.99', ...values];
    assert.ok(found(driftReport(aDriftReport()), bounds).length > 5);
    const html = driftReport(aDriftReport({ pipeline: allSensitive }));
    standsAlone(html);
    assert.deepEqual(found(html, bounds), []);
    const page = textOf(html);
    assert.match(page, /Moved most: level 4 of 7, 11\.8 % → 28\.2 %/);
    assert.match(page, /Moved most: group 10, 10\.\d % → 2\d\.\d %/);
    const [of, ofOpen] = [aDriftReport({ pipeline: allSensitive }), aDriftReport()].map(({ verdict }) => verdict);
    assert.deepEqual(
      of!.columns.map((column) => [column.column, column.distances, column.nullShare, column.mean]),
      ofOpen!.columns.map((column) => [column.column, column.distances, column.nullShare, null]),
    );
  });

  it('is told to have moved, by the place of its values alone', () => {
    const { verdict } = aDriftReport();
    const explained = {
      q: 0,
      found: true,
      designEffect: 1,
      since: null,
      movers: [
        { label: 'groceries', place: 1, reference: 0.34, current: 0.2 },
        { label: 'nulls', place: 0, reference: 0, current: 0.1 },
      ],
      score: { shift: 0.01, share: 1 },
      rows: [{ id: 'id-1', key: 'key-1', entity: 'card-1', time: '2026-03-04T08:00:00.000Z', value: 'groceries' }],
    };
    const columns = verdict.columns.map((column) => ({ ...column, explained }));
    const shown = redactorOf(allSensitive).verdict({ ...verdict, columns });
    const labelsOf = (name: string) =>
      shown.columns.find(({ column }) => column === name)!.explained!.movers.map(({ label }) => label);
    assert.deepEqual(labelsOf('merchant'), ['level 1', 'nulls']);
    assert.deepEqual(labelsOf('amount'), ['group 1', 'nulls']);
    assert.equal(
      redactorOf(aPipeline()).verdict({ ...verdict, columns }).columns[2]!.explained!.movers[0]!.label,
      'groceries',
    );
    const rowsOf = (pipeline: typeof allSensitive) =>
      redactorOf(pipeline).verdict({ ...verdict, columns }).columns[2]!.explained!.rows;
    const { time } = explained.rows[0]!;
    assert.deepEqual(rowsOf(aPipeline()), explained.rows);
    assert.equal(rowsOf(allSensitive), undefined, 'whose rows they are would tell who has the value that gained');
    const source = { ...aPipeline().source, sensitive: ['key', 'entity'] };
    const open = rowsOf(aPipeline({ source } as Partial<PipelineInput>));
    assert.deepEqual(open, [{ id: 'id-1', time, value: 'groceries' }]);
  });

  it('is hidden in what earlier checks found, too, once it is declared sensitive', async () => {
    const { verdict } = aDriftReport();
    const rows = [{ id: 'id-1', key: 'key-1', entity: 'card-1', time: verdict.asOf, value: 'groceries' }];
    const explained = { q: 0, found: true, designEffect: 1, since: null, movers: [], score: null, rows };
    const check = { ...verdict, columns: verdict.columns.map((column) => ({ ...column, explained })) };
    const source = { ...aPipeline().source, sensitive: ['entity'] } as PipelineInput['source'];
    const { amount } = aPipeline().columns;
    const columns = { ...aPipeline().columns, amount: { ...amount!, sensitive: true } } as PipelineInput['columns'];
    const nothing = async () => [];
    const today = aPipeline({ source, columns });
    const pipelines = {
      applied: async () => ({ name: 'fraud', revision: 'later' }),
      declaration: async () => today,
    };
    const overview = createOverview({
      pipelines,
      traffic: { get: async () => null },
      modelVersions: { list: nothing },
      verdicts: { list: async () => [check] },
      ledger: { cycles: nothing, openRequests: nothing },
      snapshots: { list: nothing },
      crowd: { predictions: nothing },
      clock: { now: () => new Date(verdict.asOf) },
    } as never); // prettier-ignore
    const crowd = Object.fromEntries(
      ['champions', 'snapshots', 'predictions', 'cycles', 'openRequests', 'waits', 'openAlerts', 'paused'].map(
        (fact) => [fact, nothing],
      ),
    );
    const statusWith = (declaration: Pipeline | null) =>
      asAda(
        createStatus({
          pipelines: {
            ...pipelines,
            declared: async () => [{ ref: { name: 'fraud', revision: 'later' }, declaration }],
          },
          traffic: { list: nothing },
          crowd: { ...crowd, verdicts: async () => [{ ...check, pipeline: 'fraud' }] },
          clock: { now: () => new Date(verdict.asOf) },
        } as never),
      ).of('fraud');
    const [ofPage] = (await asAda(overview).of('fraud')).verdicts;
    for (const shown of [ofPage, (await statusWith(today)).verdict]) {
      const find = (name: string) => shown!.columns.find(({ column }) => column === name)!;
      assert.equal(find('amount').mean, null);
      assert.equal(find('amount').explained!.rows, undefined);
      assert.deepEqual(find('merchant').explained!.rows, [
        { id: 'id-1', key: 'key-1', time: verdict.asOf, value: 'groceries' },
      ]);
    }
    const { verdict: unreadable } = await statusWith(null);
    assert.deepEqual([unreadable!.columns, unreadable!.score, unreadable!.level], [[], null, verdict.level]);
  });

  it('is hidden in what was learned of an earlier version, too, once it is declared sensitive', () => {
    const columns = { ...aPipeline().columns, amount: { ...aPipeline().columns['amount']!, sensitive: true } };
    const today = aPipeline({ columns } as Partial<PipelineInput>);
    const redact = redactorOf(aPipeline(), today);
    assert.deepEqual(redact.pipeline().columns['amount'], { kind: 'number', nulls: 0, sensitive: true });
    assert.equal(
      redact.insight(anInsight()).dependence.some(({ column }) => column === 'amount'),
      false,
    );
    assert.equal(
      redactorOf(aPipeline())
        .insight(anInsight())
        .dependence.some(({ column }) => column === 'amount'),
      true,
    );

    const slice = (column: string, name: string, declared?: true) =>
      ({ column, name, ...(declared && { declared }) }) as Slice;
    const list = [slice('amount', 'below 4321'), slice('country', 'PL'), slice('amount', 'missing'), slice('amount', 'large', true)]; // prettier-ignore
    const groups = [{ name: 'below 4321' }, { name: '4321 and more' }, { name: 'group 3 of 3' }] as FairGroup[];
    const gaps = [{ lower: '4321 and more', higher: 'below 4321' }] as Gap[];
    const { evaluation: stored, gate: passed } = aModelVersion();
    const reason =
      'By amount, the positive rate differs by 0.2 between 4321 and more and below 4321 (demographic parity; 3 pairs). ' +
      'By slices, ROC AUC falls on amount below 4321 by 0.03 (95 %), country PL by 0.02, "large" by 0.01.';
    const { evaluation, gate } = redactorOf(today).version({
      gate: { ...passed, reason },
      evaluation: {
        ...stored,
        slices: { by: 'rocAuc', looked: 4, small: 0, stride: 1, list },
        fairness: { threshold: null, stride: 1, columns: [{ column: 'amount', groups, others: 0, gaps }] },
      },
    });
    const namesOf = (named: readonly { name: string }[]) => named.map(({ name }) => name);
    assert.deepEqual(namesOf(evaluation.slices!.list), ['group 1 of 2', 'PL', 'missing', 'large']);
    assert.match(gate!.reason, /on amount group 1 of 2 by 0\.03 \(95 %\), country PL by 0\.02, "large" by 0\.01\.$/);
    assert.match(gate!.reason, /differs by 0\.2 between group 2 of 3 and group 1 of 3 \(demographic parity/);
    const [fair] = evaluation.fairness!.columns;
    assert.deepEqual(namesOf(fair!.groups), ['group 1 of 3', 'group 2 of 3', 'group 3 of 3']);
    assert.deepEqual([fair!.gaps[0]!.lower, fair!.gaps[0]!.higher], ['group 2 of 3', 'group 1 of 3']);
  });

  it('leaves no condition of a slice and no cut of a group in a declaration that is shown', () => {
    const declared = {
      slices: { 'late and large': { hour: { from: 22, to: 6 }, amount: { from: 4_321 } } },
      fairness: { groups: [{ column: 'amount', cuts: [4_321] }, 'country'] },
    };
    const open = redactorOf(aPipeline(declared)).pipeline();
    assert.deepEqual([open.slices, open.fairness], [declared.slices, declared.fairness]);
    const { amount } = aPipeline().columns;
    const columns = { ...aPipeline().columns, amount: { ...amount!, sensitive: true } } as PipelineInput['columns'];
    const { slices, fairness } = redactorOf(aPipeline({ ...declared, columns })).pipeline();
    assert.deepEqual(slices, { 'late and large': { hour: { from: 22, to: 6 } } });
    assert.deepEqual(fairness, { groups: ['amount', 'country'] });
  });

  it('leaves no class in a declaration that is shown, nor in its costs, when it is the label', () => {
    const { pipeline: declared } = aClassCard();
    const costs = { high: { low: 5, mid: 2 } };
    const open = { ...declared, gates: { ...declared.gates, costs } };
    const today = aClassCard({ sensitive: true }).pipeline;
    assert.deepEqual(redactorOf(open).pipeline(), open);
    const shown = redactorOf(open, today).pipeline();
    assert.deepEqual([shown.label.classes, shown.label.sensitive], [['class 1', 'class 2', 'class 3'], true]);
    assert.deepEqual(shown.gates.costs, { 'class 3': { 'class 1': 5, 'class 2': 2 } });
    assert.deepEqual(classCostsOf(shown), classCostsOf(open));
  });

  it('shows none in a model card, and how many inputs it makes', () => {
    const inputs = [...medians, 'groceries, restaurants,'];
    assert.deepEqual(found(modelCard(aModelCard()), medians), medians);
    const html = modelCard(aModelCard({}, allSensitive));
    standsAlone(html);
    assert.deepEqual(found(html, [...inputs, ...values]), []);
    assert.match(textOf(html), /merchant category 7 levels, which are sensitive 7 /);
    assert.match(textOf(html), /amount number signed logarithm, then standardised; nulls become the median 1 /);
  });

  it('shows none of what a network reads: neither quartiles, edges of pieces, nor levels that share inputs', () => {
    const encodings: Encoding[] = [
      { kind: 'robust', column: 'amount', transform: 'log', median: 34.1, scale: 7.9, flagMissing: true, range: [1, 210.4] },
      { kind: 'pieces', column: 'amount', median: 34.1, edges: [7.9, 210.4, 1401], flagMissing: false },
      { kind: 'category', column: 'device', levels: ['watch'], shared: { inputs: 2, levels: ['phone', 'tablet', 'chip'] } },
    ]; // prettier-ignore
    const shown = redactorOf(allSensitive).encodings(encodings);
    assert.doesNotMatch(JSON.stringify(shown), /34\.1|7\.9|210|1401|watch|phone|tablet|chip/);
    assert.deepEqual(shown.map(widthOf), [2, 2, 3]);
    const card = aModelCard({}, allSensitive);
    const page = textOf(modelCard({ ...card, artifact: { ...card.artifact, encodings: shown } }));
    assert.match(page, /signed logarithm, then scaled by quartiles; nulls become the median and are flagged/);
    assert.match(page, /2 pieces between quantiles; nulls become the median/);
  });

  it('hides where the labels of a pipeline lie, and its estimates, when it is the label', () => {
    const label = { name: 'demand', kind: 'number', maturesAfter: '2 hours', sensitive: true } as const;
    const pipeline = aPipeline({
      label,
      expectations: {},
      candidates: [{ kind: 'linear', name: 'linear' }],
      gates: { metric: 'rmse', margin: 0.1 },
    });
    const redact = redactorOf(pipeline);
    const card = aNumberCard();
    const artifact = redact.model({
      encodings: [],
      calibration: { slope: 1, intercept: 0 },
      threshold: null,
      trainedWith: card.artifact.trainedWith,
      target: { mean: 41.2, deviation: 12.5 },
    });
    assert.match(textOf(modelCard({ ...card, artifact })), /Mean of the training labels not shown/);
    const drift = textOf(driftReport(aDriftReport({ pipeline })));
    assert.match(drift, /Estimates .* demand .*Moved most: group \d+/);
    assert.doesNotMatch(/Estimates .*/.exec(drift)![0].slice(0, 400), /Mean/);
  });
});
