import { cardJsonIn } from '../../core/training/card-json.ts';
import { modelCard } from '../../reports/model-card.ts';
import { modelCardJson } from '../../reports/model-card-json.ts';
import { curvePng } from '../../reports/png.ts';
import { aClassCard, aModelCard, aModelVersion, aNumberCard } from './fixtures.ts';
import assert from 'node:assert/strict';
import { inflateSync } from 'node:zlib';

/** What the Model Card Toolkit's schema 0.0.2 allows: all values are strings, in these places. */
const texts = (...keys: string[]) => Object.fromEntries(keys.map((key) => [key, 'text'] as const));
const graphics = { description: 'text', collection: [texts('name', 'image')] };
const allowed = {
  schema_version: 'text',
  model_details: {
    ...texts('name', 'overview', 'documentation', 'path'),
    version: texts('name', 'date', 'diff'),
  },
  model_parameters: {
    ...texts('model_architecture', 'input_format', 'output_format'),
    data: [{ ...texts('name', 'description'), sensitive: { sensitive_data: ['text'] }, graphics }],
    input_format_map: [texts('key', 'value')],
    output_format_map: [texts('key', 'value')],
  },
  quantitative_analysis: {
    performance_metrics: [{ ...texts('type', 'value', 'slice'), confidence_interval: texts('lower_bound', 'upper_bound') }],
    graphics,
  },
  considerations: {
    limitations: [texts('description')],
    tradeoffs: [texts('description')],
    ethical_considerations: [texts('name', 'mitigation_strategy')],
  },
}; // prettier-ignore

function assertFits(value: unknown, rule: unknown, path: string): void {
  if (rule === 'text') assert.equal(typeof value, 'string', path);
  else if (Array.isArray(rule)) {
    assert.ok(Array.isArray(value), path);
    for (const [i, each] of value.entries()) assertFits(each, rule[0], `${path}[${i}]`);
  } else
    for (const [key, of] of Object.entries(value as object)) {
      assert.ok(Object.hasOwn(rule as object, key), `${path}.${key} is in no schema`);
      assertFits(of, (rule as Record<string, unknown>)[key], `${path}.${key}`);
    }
}

function aFullCard() {
  const { evaluation } = aModelVersion();
  const interval = { low: 0.02, high: 0.2 };
  const rate = { name: 'Called positive', value: 0.2, low: 0.15, high: 0.25 };
  const card = aModelCard({
    evaluation: {
      ...evaluation,
      intervals: { averagePrecision: { low: 0.55, high: 0.67 } },
      decided: {
        counts: { truePositives: 90, falsePositives: 60, falseNegatives: 59, trueNegatives: 11_839 },
        measures: { precision: { value: 0.6, low: 0.51, high: 0.69 } },
      },
      curves: { roc: [[0, 0], [0.2, 0.8], [1, 1]], precisionRecall: [[0, 1], [1, 0.1]] },
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
  return { ...card, node: 'v22.1.0' };
}

describe('a model card for programs', () => {
  it("fits the Model Card Toolkit's schema, with all there is and with little", () => {
    for (const card of [aFullCard(), aModelCard(), aNumberCard(), aClassCard()])
      assertFits(modelCardJson(card), allowed, 'card');
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
    assert.match(json.considerations.tradeoffs[0]!.description, /brier falls/);
    const { data, output_format_map } = json.model_parameters;
    assert.match(data[3]!.description, /rows, from 2026-.* of snapshot 91c0de55aa01f3b7/);
    const of = (key: string) => output_format_map.find((each) => each.key === key)?.value;
    assert.deepEqual([of('Node'), of('TensorFlow.js'), of('revision')], ['v22.1.0', '4.22.0', '5f1d0c77a9be2e34']);
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
