import { cardJsonIn } from '../../../core/training/versions/card-json.ts';
import { modelCard } from '../../../reports/card/model-card.ts';
import { modelCardJson } from '../../../reports/card/model-card-json.ts';
import { curvePng } from '../../../reports/drawing/png.ts';
import { aClassCard, aModelCard, aModelVersion, aNumberCard } from '../fixtures.ts';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { z } from 'zod';

/**
 * The names and types of the fields of the Model Card Toolkit's schema 0.0.2 (as of its release 2.1), and that there are
 * no others, which the schema itself says of the outermost ones alone.
 */
const schema = z.fromJSONSchema(
  JSON.parse(
    readFileSync(new URL('../../golden/reports/model-card-0.0.2.schema.json', import.meta.url), 'utf8'),
  ) as never,
);

function aFullCard() {
  const { evaluation } = aModelVersion();
  const interval = { low: 0.02, high: 0.2 };
  const rate = { name: 'Called positive', value: 0.2, low: 0.15, high: 0.25 };
  return aModelCard({
    evaluation: {
      ...evaluation,
      intervals: { averagePrecision: { low: 0.55, high: 0.67 } },
      decided: {
        counts: { truePositives: 90, falsePositives: 60, falseNegatives: 59, trueNegatives: 11_839 },
        measures: { precision: { value: 0.6, low: 0.51, high: 0.69 } },
      },
      curves: { roc: [[0, 0], [0.2, 0.8], [1, 1]], precisionRecall: [[0, 1], [1, 0.1]], calibration: [[0.01, 0.02], [0.3, 0.25]] },
      measured: { microsecondsPerRow: 12.34, artifactBytes: 20_480, calibrationError: 0.0123 },
      others: [{ metric: 'brier', estimate: -0.01, low: -0.02, high: -0.001 }],
      slices: {
        by: 'rocAuc', looked: 2, small: 0, stride: 1,
        list: [{ column: 'country', name: 'PL', rows: 9, positives: 4, value: 0.4, ...interval, toAll: { estimate: 0, chance: 1 }, toChampion: null }],
      },
      fairness: {
        threshold: 0.2, stride: 1,
        columns: [{
          column: 'country', others: 0, groups: [{ name: 'DE', rows: 90, positives: 9, rates: [rate] }],
          gaps: [{ measure: 'demographicParity', difference: 0.1, ...interval, lower: 'PL', higher: 'DE', rate: 'share', ratio: { value: 0.5, low: 0.3, high: 0.8 }, pairs: 1 }],
        }],
      },
    },
  }); // prettier-ignore
}

describe('a model card for programs', () => {
  it("fits the Model Card Toolkit's schema, with all there is and with little", () => {
    for (const card of [aFullCard(), aModelCard(), aNumberCard(), aClassCard()])
      assert.deepEqual(schema.safeParse(JSON.parse(JSON.stringify(modelCardJson(card)))).error?.issues, undefined);
    const { model_details, ...others } = modelCardJson(aFullCard());
    for (const odd of [
      { ...others, model_details: { ...model_details, nickname: 'x' } },
      { ...others, schema_version: 2 },
    ])
      assert.equal(schema.safeParse(odd).success, false);
  });

  it('carries metrics with intervals, slices, groups, counts, limits and what it comes from', () => {
    const json = modelCardJson(aFullCard());
    const metrics = json.quantitative_analysis.performance_metrics;
    const confidence_interval = { lower_bound: '0.55', upper_bound: '0.67' };
    assert.deepEqual(metrics[0], { type: 'averagePrecision', value: '0.6128', confidence_interval });
    const found = (type: string, slice?: string) => metrics.find((each) => each.type === type && each.slice === slice);
    assert.equal(found('precision')!.confidence_interval!.upper_bound, '0.69');
    assert.equal(found('truePositives')!.value, '90');
    assert.equal(found('averagePrecision', 'country: PL')!.value, '0.4');
    assert.equal(found('Called positive', 'country: DE')!.value, '0.2');
    assert.equal(found('demographicParity ratio', 'country')!.value, '0.5');
    assert.match(json.considerations.ethical_considerations[0]!.name, /demographic parity by country: PL and DE/);
    assert.match(json.considerations.tradeoffs[0]!.description, /brier is worse than the champion's by 0\.\d+$/);
    const { data, output_format_map } = json.model_parameters;
    assert.match(data[3]!.description, /rows, from 2026-.* of snapshot 91c0de55aa01f3b7/);
    const of = (key: string) => output_format_map.find((each) => each.key === key)?.value;
    assert.deepEqual([of('Node'), of('TensorFlow.js'), of('revision')], ['v22.1.0', '4.22.0', '5f1d0c77a9be2e34']);
    assert.deepEqual([of('Perennial'), of('system'), of('cores')], ['0.1.0', 'Linux 6.1.0 x64', '2']);
    assert.equal(
      json.quantitative_analysis.graphics.collection[2]!.name,
      'Calibration: share of positives, or of right answers, over mean score, from 0 to 0.5 both ways',
    );
  });

  it('says that the serving model learnt from all rows, where another was judged, and when splits end', () => {
    const { splits } = aModelVersion();
    const judged = { objectKey: 'judged.json', sha256: 'b'.repeat(64) };
    const agreement = { correlation: 0.97, shift: 0.01, loss: { judged: 0.1, refitted: 0.09 } };
    const refit = {
      outcome: 'refitted',
      rows: 61_000,
      seconds: 3,
      agreement,
      objectKey: 'a',
      sha256: 'a',
      judged,
    } as const;
    const ends = { train: '2026-02-01T00:00:00.000Z', selection: splits.calibration, calibration: splits.holdout };
    const json = modelCardJson(aModelCard({ refit, splits: { ...splits, ends } }));
    assert.match(
      json.model_details.documentation,
      /The model that serves was trained again, the same way, on all 61,000 rows/,
    );
    assert.match(json.model_details.documentation, /judged sha256: b{64}/);
    assert.match(json.model_parameters.data[0]!.description, / to 2026-02-01T00:00:00\.000Z, of snapshot/);
  });

  it('has what scores do along columns', () => {
    const json = modelCardJson(aFullCard());
    const along = json.quantitative_analysis.performance_metrics.filter(({ type }) => type === 'partial dependence');
    assert.deepEqual(along[3], { type: 'partial dependence', value: '0.03', slice: 'amount: missing' });
  });

  it('names a column once, however many ways an average reads it', () => {
    const { artifact, ...card } = aFullCard();
    const twice = { ...artifact, encodings: [...artifact.encodings, ...artifact.encodings] };
    const columns = modelCardJson({ ...card, artifact: twice }).model_parameters.input_format_map.map(({ key }) => key);
    assert.deepEqual(columns, [...new Set(artifact.encodings.map(({ column }) => column))]);
  });

  it('names each sensitive column, the label and the key too', () => {
    const card = aFullCard();
    const { label, source } = card.pipeline;
    Object.assign(card, { pipeline: { ...card.pipeline, label: { ...label, sensitive: true }, source: { ...source, sensitive: ['key'] } } }); // prettier-ignore
    const named = modelCardJson(card).model_parameters.data[0]!.sensitive.sensitive_data;
    for (const column of [label.name, source.key]) assert.ok(named.includes(column), named.join());
  });

  it('tells of each class, and for which its rows were taken', () => {
    const { model_parameters, quantitative_analysis } = modelCardJson(aClassCard());
    assert.match(model_parameters.output_format, /likeliest class of urgency/);
    assert.ok(model_parameters.output_format_map.some(({ key, value }) => key === 'calibration' && value === 'temperature'));
    const of = (type: string, slice: string) =>
      quantitative_analysis.performance_metrics.find((each) => each.type === type && each.slice === slice)?.value;
    assert.equal(of('recall', 'urgency: low'), String(6 / 7));
    assert.equal(of('rows answered mid', 'urgency: low'), '900');
    assert.equal(of('rows', 'urgency: high'), '48');
  }); // prettier-ignore

  it('is read from the page that carries it, whatever is in its words', () => {
    const card = { ...aFullCard(), brought: false };
    const odd = { ...card, pipeline: { ...card.pipeline, description: 'Is it <b>"5 & 6"</b>\'s </template>?' } };
    assert.deepEqual(cardJsonIn(modelCard(odd)), JSON.parse(JSON.stringify(modelCardJson(odd))));
    assert.equal(cardJsonIn('<html><p>a card of an earlier release</p></html>'), null);
  });
});

describe('a curve as a PNG', () => {
  it('is a picture whose pixels lie on the curve', () => {
    const bytes = Buffer.from(curvePng([[0, 0], [0.5, 0.5]]), 'base64'); // prettier-ignore
    assert.equal(bytes.subarray(1, 4).toString(), 'PNG');
    const at = bytes.indexOf('IDAT');
    const pixels = inflateSync(bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at - 4)));
    const isBlack = (x: number, y: number): boolean => ((pixels[y * 31 + 1 + (x >> 3)]! >> (7 - (x & 7))) & 1) === 0;
    assert.equal(pixels.length, 240 * 31);
    // The corner at the lower left is (0, 0).
    assert.deepEqual([isBlack(60, 239 - 60), isBlack(180, 239 - 180), isBlack(60, 60)], [true, false, false]);
  });
});
