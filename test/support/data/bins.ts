import {
  type Binning,
  booleanBins,
  categoryBins,
  type ColumnBins,
  hourBins,
  makeBinning,
  makeBins,
} from '../../../core/data/profiles/binning.ts';
import { type Row } from '../../../core/data/data.ts';
import { type Pipeline } from '../../../core/declaration/pipeline.ts';

/** A pipeline's binning made of rows that are at hand, as the data loop makes it of a snapshot. */
export function binsOf({ columns }: Pick<Pipeline, 'columns'>, rows: Row[]): Binning {
  const bins: Record<string, ColumnBins> = {};
  for (const [name, { kind }] of Object.entries(columns)) {
    const values = rows.map((row) => row[name] ?? null).filter((value) => value !== null);
    if (kind === 'number') bins[name] = makeBins(Float64Array.from(values, Number));
    else if (kind === 'hour') bins[name] = hourBins();
    else if (kind === 'boolean') bins[name] = booleanBins();
    else bins[name] = categoryBins([...new Set(values)].map((level) => ({ level: String(level), rows: 1 })));
  }
  return makeBinning(bins);
}
