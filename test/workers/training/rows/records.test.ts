import { type Encoding } from '../../../../core/model/artifact.ts';
import { createEncoder } from '../../../../core/model/preprocessing.ts';
import { encodeRows } from '../../../../workers/training/reading.ts';
import { layoutOf, pack, recordsIn, unpack } from '../../../../workers/training/rows/records.ts';
import assert from 'node:assert/strict';

const encodings: Encoding[] = [
  { kind: 'category', column: 'country', levels: ['nl', 'de', 'fr'] },
  { kind: 'number', column: 'height', transform: 'identity', median: 1, mean: 2, deviation: 3, flagMissing: true },
  { kind: 'category', column: 'empty', levels: [] },
  { kind: 'hour', column: 'hour' },
  { kind: 'number', column: 'width', transform: 'log', median: 0, mean: 0, deviation: 1, flagMissing: false },
];

describe('records', () => {
  it('give back every row as it was encoded, nulls and levels that are not known among them', () => {
    const rows = [
      { country: 'fr', height: 7, hour: 23, width: -4 },
      { country: 'nowhere', height: null, hour: null, width: 2 },
      { country: null, height: 0, hour: 0, width: null },
      {},
    ];
    const encoder = createEncoder(encodings);
    const layout = layoutOf(encodings);
    const inputs = encodeRows(rows, encoder);
    const records = recordsIn(new ArrayBuffer(rows.length * layout.words * 4), 0, rows.length, layout);
    pack(inputs, Float32Array.of(1, 0, 0, 1), rows.length, layout, records);

    assert.equal(layout.width, encoder.width);
    const back = new Float32Array(inputs.length);
    const labels = rows.map((_, row) => unpack(records, row, layout, back, row * layout.width));
    assert.deepEqual(back, inputs);
    assert.deepEqual(labels, [1, 0, 0, 1]);
    assert.ok(layout.words < layout.width / 2, 'they are smaller');
  });
});
