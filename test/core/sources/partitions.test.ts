import { planPartitions, readingsOf } from '../../../core/sources/partitions.ts';
import { MOST_PARTITIONS, type Pipeline } from '../../../core/declaration/pipeline.ts';
import { aPipeline } from '../../reports/fixtures.ts';
import assert from 'node:assert/strict';

const plan = (asOf: string, source: Partial<Pipeline['source']> = {}) =>
  planPartitions(
    { source: { partition: '1 day', lateness: '1 hour', history: '3 days', ...source } as Pipeline['source'] },
    asOf,
  );

describe('the partitions of a window', () => {
  it('are cut by the calendar, the newest ending at the watermark', () => {
    assert.deepEqual(plan('2026-01-10T02:00:00.000Z'), {
      watermark: '2026-01-10T01:00:00.000Z',
      partitions: [
        { from: '2026-01-07T00:00:00.000Z', to: '2026-01-08T00:00:00.000Z' },
        { from: '2026-01-08T00:00:00.000Z', to: '2026-01-09T00:00:00.000Z' },
        { from: '2026-01-09T00:00:00.000Z', to: '2026-01-10T00:00:00.000Z' },
        { from: '2026-01-10T00:00:00.000Z', to: '2026-01-10T01:00:00.000Z' },
      ],
    });
  });

  it('have no empty last one when the watermark falls on a bound', () => {
    const { partitions } = plan('2026-01-10T01:00:00.000Z');
    assert.equal(partitions.at(-1)?.to, '2026-01-10T00:00:00.000Z');
    assert.ok(partitions.every(({ from, to }) => from < to));
  });

  it('leave no gap and do not overlap', () => {
    const { partitions } = plan('2026-01-10T02:30:00.000Z', { partition: '7 hours' });
    partitions.slice(1).forEach(({ from }, i) => assert.equal(from, partitions[i]!.to));
  });

  it('are the same on the next day except the newest, so they are not extracted again', () => {
    const today = plan('2026-01-10T02:00:00.000Z').partitions.map((partition) => JSON.stringify(partition));
    const tomorrow = plan('2026-01-11T02:00:00.000Z').partitions.map((partition) => JSON.stringify(partition));
    assert.deepEqual(tomorrow.slice(0, 2), today.slice(1, 3));
    assert.equal(
      tomorrow.filter((partition) => !today.includes(partition)).length,
      2,
      'the day that was cut short, and the new one',
    );
  });

  it('may outgrow one run when the declaration allows it', () => {
    const hours = { partition: '1 hour', lateness: '0 hours' };
    assert.equal(
      plan('2026-01-30T00:00:00.000Z', { ...hours, history: '500 hours' }).partitions.length,
      MOST_PARTITIONS,
    );
    assert.equal(
      plan('2026-01-30T00:30:00.000Z', { ...hours, history: '500 hours' }).partitions.length,
      MOST_PARTITIONS + 1,
    );
  });
});

describe('the identity of what is read from a source', () => {
  it('stays the same when only an expectation changed, so nothing is extracted again', () => {
    const pipeline = aPipeline();
    const stricter = structuredClone(pipeline);
    for (const column of Object.values(stricter.columns)) if (column.kind === 'number') column.max = 10;
    assert.deepEqual(readingsOf(stricter), readingsOf(pipeline));
  });

  it('selects the facts of labels by when they were observed', () => {
    const { label } = aPipeline();
    const { labels } = readingsOf(aPipeline());
    assert.equal(labels.time, label.facts?.observedAt);
    assert.deepEqual(Object.keys(labels.columns), [label.facts?.value]);
  });

  it("selects a label column of the rows, known at the row's time, when the label has no facts of its own", () => {
    const { source, label, ...rest } = aPipeline();
    const { facts, ...inRows } = label;
    assert.ok(facts);
    const { rows, labels } = readingsOf({ ...rest, source, label: inRows });
    assert.deepEqual([labels.key, labels.time, labels.entity], [source.key, source.time, null]);
    assert.deepEqual(labels.columns, { [label.name]: { kind: 'number', nulls: 0 } });
    assert.deepEqual(labels.from, rows.from);
    assert.ok(!Object.hasOwn(rows.columns, label.name), 'no model may see it');
  });

  it('depends on the place alone: how far back it looks does not make its rows other rows', () => {
    const pipeline = aPipeline();
    const longer = { ...pipeline, source: { ...pipeline.source, history: '90 days', lateness: '2 days' } };
    assert.deepEqual(readingsOf(longer), readingsOf(pipeline));
  });
});
