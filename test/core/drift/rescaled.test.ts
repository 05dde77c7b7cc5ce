import { qualityAlert } from '../../../core/alerts/rules/performance-alerts.ts';
import { createRandom, type Random } from '../../../core/base/random.ts';
import { makeBinning, makeBins } from '../../../core/data/profiles/binning.ts';
import { type Row } from '../../../core/data/data.ts';
import { type Profile } from '../../../core/data/profiles/profile.ts';
import { type PipelineInput } from '../../../core/declaration/pipeline.ts';
import { judge, type Judgement } from '../../../core/drift/compare.ts';
import { levelWithoutBroken } from '../../../core/drift/findings/inputs.ts';
import { brokenColumns, brokenInWords } from '../../../core/drift/findings/quality.ts';
import { type Verdict } from '../../../core/drift/verdict.ts';
import { aPipeline, countRows } from './drifting.ts';
import assert from 'node:assert/strict';

const columns: PipelineInput['columns'] = {
  weight_kg: { kind: 'number', max: 200 },
  price: { kind: 'number' },
  balance: { kind: 'number' },
  discount: { kind: 'number' },
};
const usual = (random: Random) => ({
  weight_kg: Math.exp(0.5 + 0.6 * random.normal()),
  price: Math.exp(2 * random.normal()),
  balance: random.normal(),
  discount: random.uniform() < 0.03 ? 1 + random.uniform() : 0,
});
const random = createRandom('rescaled');
const sample = Array.from({ length: 10_000 }, () => usual(random));
const binning = makeBinning(
  Object.fromEntries(
    Object.keys(columns).map((name) => [
      name,
      makeBins(Float64Array.from(sample, (row) => row[name as keyof typeof row])),
    ]),
  ),
);
type Usual = ReturnType<typeof usual>;
const rows = (change: (row: Usual, random: Random) => Partial<Usual>, count = 2000, seed = 2): Profile =>
  countRows(binning, count, (random) => ({ ...usual(random), ...(change(usual(random), random) as Row) }), seed);
const reference = rows(() => ({}), 8000, 1);
const pipeline = aPipeline(columns);
const check = (current: Profile): Judgement => judge({ reference, current, pipeline, binning });
const broken = (current: Profile): string[] => brokenColumns(check(current)).map(({ column }) => column);

describe('a column that came on another scale', () => {
  it('is data quality, and asks for no model, also where no bin tells that values are beyond the limit', () => {
    const current = rows(({ weight_kg }, random) => ({ weight_kg: weight_kg * (random.uniform() < 0.6 ? 100 : 1) }));
    const judged = check(current);
    const weight = judged.columns.find(({ column }) => column === 'weight_kg')!;
    assert.equal(weight.outside!.current, 0);
    assert.deepEqual(broken(current), ['weight_kg']);
    assert.equal(levelWithoutBroken(judged, pipeline.drift), 'stable');
    const [says] = brokenInWords(judged);
    assert.match(says!, /^weight_kg is on another scale: its values are on average (5|6)\d times as large as in the reference, as when a unit changes$/); // prettier-ignore

    const verdict = { ...judged, id: 'v', pipeline: 'returns', asOf: '2026-03-02T00:00:00.000Z', window: { from: '2026-03-01T00:00:00.000Z', to: '2026-03-02T00:00:00.000Z' } } as Verdict; // prettier-ignore
    const alert = qualityAlert(verdict)!;
    assert.equal(alert.severity, 'critical');
    assert.equal(alert.summary, 'returns: weight_kg is on another scale');
    assert.match(alert.detail, /If the values are right, train on them: perennial models retrain returns/);
  });

  it('is told of a tenth of the rows of a day, of values that became smaller, and of those around zero', () => {
    assert.deepEqual(broken(rows(({ weight_kg }, random) => ({ weight_kg: weight_kg * (random.uniform() < 0.1 ? 1000 : 1) }))), ['weight_kg']); // prettier-ignore
    for (const factor of [1000, -1000, 1 / 1000]) {
      assert.deepEqual(broken(rows(({ weight_kg }) => ({ weight_kg: weight_kg * factor }))), ['weight_kg']);
      assert.deepEqual(broken(rows(({ balance }) => ({ balance: balance * factor }))), ['balance']);
      assert.deepEqual(broken(rows(({ price }) => ({ price: price * factor }))), ['price']);
    }
    const smaller = check(rows(({ balance }) => ({ balance: balance / 100 })));
    assert.match(brokenInWords(smaller)[0]!, /on average 1\/[89]\d as large as in the reference/);
  });

  it('is none that grew, wandered, moved away from zero, has a few huge values, or is no longer seldom filled', () => {
    const moved: Record<string, Profile> = {
      'twice as much': rows(({ weight_kg, price }) => ({ weight_kg: 2 * weight_kg, price: 2 * price })),
      'half as much': rows(({ weight_kg, price }) => ({ weight_kg: weight_kg / 2, price: price / 2 })),
      'four times as much': rows(({ weight_kg, price }) => ({ weight_kg: 4 * weight_kg, price: 4 * price })),
      'off zero': rows(({ balance }) => ({ balance: balance + 2 })),
      'a few huge values': rows(({ weight_kg }, random) => (random.uniform() < 0.01 ? { weight_kg: 1e9 } : { weight_kg })), // prettier-ignore
      'no longer seldom': rows((_, random) => ({ discount: random.uniform() < 0.9 ? 1 + random.uniform() : 0 })),
    };
    for (const [name, current] of Object.entries(moved)) {
      assert.deepEqual(broken(current), [], name);
      if (name !== 'a few huge values') assert.notEqual(check(current).level, 'stable', name);
    }
    for (let seed = 10; seed < 40; seed++)
      assert.deepEqual(
        broken(rows(({ price }, random) => ({ price: price * Math.exp(random.normal()) }), 500, seed)),
        [],
      );
  });

  it('is none where the alarm finds nothing unusual in it', () => {
    const { columns } = check(rows(({ price }) => ({ price: 1000 * price })));
    const alarm = { raised: [{ column: 'balance', of: 'mean', direction: 'higher' }] } as unknown as NonNullable<
      Verdict['alarm']
    >;
    assert.deepEqual(brokenColumns({ columns, alarm }), []);
  });
});
