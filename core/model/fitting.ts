import type { Encoding, EncodingStyle } from './artifact.ts';
import { own } from '../base/own.ts';
import { fitColumn, type Columns } from '../columns/index.ts';
import type { ColumnChunk } from '../data/chunks.ts';
import type { Random } from '../base/random.ts';

/** Learns encodings from the train split as its chunks stream by, in bounded memory. */
export interface Fitting {
  add: (chunk: ColumnChunk) => void;
  finish: () => Encoding[];
}

export function fitEncodings(columns: Columns, style: EncodingStyle, random: Random): Fitting {
  const fits = Object.entries(columns).map(([column, declared]) => ({
    column,
    ...fitColumn(column, declared, style, random),
  }));
  return {
    add(chunk) {
      for (const { column, add } of fits) {
        const values = own(chunk.columns, column);
        if (!values)
          throw new Error(`Column "${column}" was not read; read are: ${Object.keys(chunk.columns).join(', ')}`);
        for (let row = 0; row < chunk.rows; row++) add(values[row] ?? null);
      }
    },
    finish: () => fits.map(({ finish }) => finish()),
  };
}
