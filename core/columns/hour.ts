import type { ColumnKind } from './column.ts';
import { hourBins } from '../data/profiles/binning.ts';
import { sensitive, strict } from '../base/schema.ts';
import { HOUR } from '../time/time.ts';
import * as z from 'zod';

export const hourColumn = strict({ kind: z.literal('hour'), sensitive });

/** The hour of day of the source's time column, in UTC. */
export const hour: ColumnKind<z.infer<typeof hourColumn>> = {
  value: 'number',
  derive: (time) => Math.floor(time / HOUR) % 24,
  votes: false,
  nulls: () => 0,
  limits: () => ({}),
  sampled: false,
  bins: hourBins,
  fit(column, style) {
    const rows = new Array<number>(24).fill(0);
    return {
      add: (hour) => void (typeof hour === 'number' && hour in rows && rows[hour]!++),
      finish: () => ({
        kind: style === 'values' ? 'value' : 'hour',
        column,
        usual: rows.indexOf(Math.max(...rows)),
      }),
    };
  },
};
