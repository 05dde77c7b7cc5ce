import type { ColumnChunk } from '../../../core/data/chunks.ts';
import { scoreVariants, type Variant } from '../../../core/explaining/variants.ts';
import assert from 'node:assert/strict';

describe('the scores of rows with other values', () => {
  const chunk: ColumnChunk = {
    rows: 3,
    columns: { amount: [1, 2, Number.NaN], country: ['nl', 'de', null] },
  };
  const variants: Variant[] = [
    { column: 'amount', values: [2, 2, 5] },
    { column: 'country', values: ['nl', 'be', 'nl'] },
    { column: 'amount', values: [2, 3, Number.NaN] },
    { column: 'country', values: ['be', 'be', null] },
  ];
  let scored = 0;
  const score = ({ rows, columns }: ColumnChunk): Float64Array => {
    scored += rows;
    const ofCountry = (at: number): number =>
      ['nl', 'de', 'be', null].indexOf(columns['country']![at] as string | null);
    return Float64Array.from({ length: 2 * rows }, (_, i) => {
      const at = Math.floor(i / 2);
      return i % 2 === 0 ? Number(columns['amount']![at]) : 10 * ofCountry(at);
    });
  };

  it('are those of each variant by itself, several numbers a row too', () => {
    const { own, varied } = scoreVariants(score, chunk, variants);
    assert.deepEqual(own, score(chunk));
    for (const [place, { column, values }] of variants.entries())
      assert.deepEqual(varied[place], score({ ...chunk, columns: { ...chunk.columns, [column]: [...values] } }));
  });

  it('are computed once for a value that the row has anyway, or in two variants', () => {
    scored = 0;
    scoreVariants(score, chunk, variants);
    // Of the first row itself, amount 2 and be; of the second itself, amount 3 and be; of the third itself, amount 5 and nl.
    assert.equal(scored, 9);
  });
});
