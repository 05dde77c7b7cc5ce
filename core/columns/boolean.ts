import type { ColumnKind } from './column.ts';
import { booleanBins } from '../data/profiles/binning.ts';
import { feature, sensitive, share, strict } from '../base/schema.ts';
import * as z from 'zod';

export const booleanColumn = strict({ kind: z.literal('boolean'), nulls: share.default(0), sensitive, feature });

export const boolean: ColumnKind<z.infer<typeof booleanColumn>> = {
  value: 'boolean',
  derive: null,
  votes: true,
  nulls: ({ nulls }) => nulls,
  limits: () => ({}),
  sampled: false,
  bins: booleanBins,
  fit(column, style) {
    let more = 0;
    return {
      add: (value) => void (value === null || (more += value === true ? 1 : -1)),
      finish: () => ({
        kind: style === 'values' ? 'level' : 'category',
        column,
        levels: ['false', 'true'],
        ...(more > 0 && { usual: 'true' }),
      }),
    };
  },
};
