import { comparisonOf, type ComparedVersion } from '../../../../core/training/versions/comparison.ts';
import { comparisonLines, holdoutsInWords } from '../../../../core/training/versions/comparison-words.ts';
import { aComparedVersion } from '../compared.ts';
import assert from 'node:assert/strict';

describe('versions side by side', () => {
  const declared = { kind: 'boosted', trees: 1000, hidden: undefined };
  const first = aComparedVersion({ version: 3 });
  const second = aComparedVersion({
    version: 5,
    declared,
    columns: ['amount', 'merchant'],
    rows: null,
    trained: { epochs: 0, trees: 120, seconds: 4.25, backend: 'none' },
    splits: { ...first.splits, to: '2027-01-01T00:00:00.000Z' },
  });
  const comparison = comparisonOf('fraud', [first, second]);
  const line = (wanted: string) => comparisonLines(comparison).find(({ name }) => name.trim() === wanted)?.cells;

  it('tell which columns came and went since the first', () => {
    assert.deepEqual([line('added'), line('removed')], [['-', 'merchant'], ['-', 'hour']]);
  }); // prettier-ignore

  it('show every option that one of them was declared with', () => {
    assert.deepEqual(line('kind'), ['mlp', 'boosted']);
    assert.deepEqual(line('hidden'), ['[64,32]', '-']);
    assert.deepEqual(line('trees'), ['-', '1000']);
  });

  it('show the metrics of their holdouts, the gate, the data and what training took', () => {
    assert.deepEqual(line('Average precision'), Array(2).fill(first.metrics.averagePrecision!.toFixed(4)));
    assert.deepEqual(line('Gate'), ['passed', 'passed']);
    assert.deepEqual(line('snapshot'), [first.snapshot, first.snapshot]);
    assert.deepEqual(line('rows'), ['10,000', '-']);
    assert.deepEqual([line('Learnt in')![1], line('seconds')![1]], ['120 trees', '4.3']);
  });

  it('show how well each class is told, also where one knows a class more, and no name of a sensitive label', () => {
    const told = (confusion: number[], classes: string[] | null) =>
      aComparedVersion({ classes, metrics: { ...first.metrics, confusion } });
    const two = told([8, 2, 0, 1, 9, 0, 0, 0, 0], ['low', 'mid', 'high']);
    const three = told([5, 5, 0, 0, 10, 0, 2, 0, 6], ['low', 'mid', 'high']);
    const lines = (...versions: ComparedVersion[]) =>
      comparisonLines(comparisonOf('urgency', versions)).filter(({ name }) => / of /.test(name));
    assert.deepEqual(lines(two, three), [
      { name: 'Recall of low', cells: ['0.8000', '0.5000'] },
      { name: 'Precision of low', cells: ['0.8889', '0.7143'] },
      { name: 'Recall of mid', cells: ['0.9000', '1.0000'] },
      { name: 'Precision of mid', cells: ['0.8182', '0.6667'] },
      { name: 'Recall of high', cells: ['-', '0.7500'] },
      { name: 'Precision of high', cells: ['-', '1.0000'] },
    ]);
    assert.equal(lines(told([1, 0, 0, 1], null), three)[0]!.name, 'Recall of low');
    assert.equal(lines(told([1, 0, 0, 1], null), told([1, 0, 0, 1], null))[0]!.name, 'Recall of class 1');
  });

  it('show which groups or keys were held out, where it was not a time', () => {
    const by = { kind: 'group', unit: 'card_id', of: 'entity', holdoutFrom: 0.85, notBefore: null } as const;
    const keys = { ...by, kind: 'stratified', unit: 'id', of: 'key', notBefore: '2026-01-05T00:00:00.000Z' } as const;
    const versions = [by, keys].map((by) =>
      aComparedVersion({ splits: { ...first.splits, to: '2026-03-01T00:00:00.000Z', by } }),
    );
    const held = comparisonLines(comparisonOf('fraud', versions)).find(({ name }) => name === 'Holdout')!.cells;
    assert.deepEqual(held, ['15 % of groups (card_id)', '15 % of keys (id), 2026-01-05 00:00 to 2026-03-01 00:00']);
  });

  it('show what is lost without the columns that matter most to any of them', () => {
    const amount = { column: 'amount', loss: 0.2913, low: 0.25, high: 0.33 };
    const hour = { column: 'hour', loss: 0.012, low: null, high: null };
    const known = comparisonOf('fraud', [
      { ...first, importance: [hour] },
      { ...second, importance: [amount, hour] },
    ]);
    const lines = comparisonLines(known).filter(({ name }) => name.startsWith('Lost'));
    assert.deepEqual(lines, [
      { name: 'Lost without amount', cells: ['-', '0.2913 (0.2500 to 0.3300)'] },
      { name: 'Lost without hour', cells: ['0.0120', '0.0120'] },
    ]);
  });

  it('show intervals, and what each decided at its threshold, where that is known', () => {
    const known = aComparedVersion({
      intervals: { averagePrecision: { low: 0.55, high: 0.67 } },
      decided: {
        counts: { truePositives: 1, falsePositives: 1, falseNegatives: 0, trueNegatives: 2 },
        measures: { precision: { value: 0.5, low: 0.1, high: 0.9 } },
      },
    });
    const earlier = aComparedVersion({ version: 3, intervals: null, decided: null });
    const lines = comparisonLines(comparisonOf('fraud', [known, earlier]));
    const cells = (name: string) => lines.find((line) => line.name === name)?.cells;
    assert.deepEqual(cells('Average precision'), ['0.6128 (0.5500 to 0.6700)', '0.6128']);
    assert.deepEqual(cells('Precision'), ['0.5000 (0.1000 to 0.9000)', '-']);
    assert.equal(cells('Recall'), undefined);
  });

  it('say that holdouts differ, unless all were judged on the same', () => {
    assert.match(holdoutsInWords(comparison), /^The holdouts differ/);
    assert.match(
      holdoutsInWords(comparisonOf('fraud', [first, { ...first, version: 4 }])),
      /^All were judged on the same/,
    );
  });
});
