import { cellsOf, csvLine } from '../../../core/data/csv-line.ts';
import assert from 'node:assert/strict';

describe('a line of CSV', () => {
  it('is split into its cells, unless its quotes do not match', () => {
    assert.deepEqual(cellsOf('a,"b, ""c""",,'), ['a', 'b, "c"', '', '']);
    assert.deepEqual(['"a', 'a"b', '"a"b'].map(cellsOf), [null, null, null]);
  });

  it('is written so that it reads back the same', () => {
    const cells = ['', 'plain', 'a, b', 'say "no"'];
    assert.deepEqual(cellsOf(csvLine(cells).trimEnd()), cells);
  });
});
