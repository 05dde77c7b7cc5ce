import { binsFor, isSampled } from '../../core/columns/index.ts';
import {
  binCount,
  makeBins,
  SCORE,
  scoreBins,
  type Binning,
  type ColumnBins,
} from '../../core/data/profiles/binning.ts';
import type { Snapshot } from '../../core/data/data.ts';
import { canonicalJson } from '../../core/base/ids.ts';
import { own } from '../../core/base/own.ts';
import type { Pipeline } from '../../core/declaration/pipeline.ts';
import type { Analytics } from '../../core/data/analytics.ts';
import type { Binnings } from '../../core/data/profiles/binnings.ts';
import type { LocalCache } from '../../core/data/objects/objects.ts';
import { unlessCancelled } from '../steps/heartbeats.ts';
import { fetchParts } from './parts.ts';

export interface BinningPorts {
  binnings: Pick<Binnings, 'record'>;
  analytics: Pick<Analytics, 'levels' | 'samples'>;
  cache: Pick<LocalCache, 'fetch'>;
}

const SAMPLE_ROWS = 50_000;

/** Re-bins the pipeline from a snapshot, and records the bins as its current ones. */
export async function makeBinning(ports: BinningPorts, pipeline: Pipeline, snapshot: Snapshot): Promise<Binning> {
  const { binnings, analytics, cache } = ports;
  const files = await fetchParts(cache, snapshot, 'rows');
  const columns: Record<string, ColumnBins> = {};
  const levels = await unlessCancelled(analytics.levels(files, pipeline.columns));
  const sampled = Object.keys(pipeline.columns).filter((column) => isSampled(pipeline.columns[column]!));
  const samples = await unlessCancelled(analytics.samples(files, sampled, SAMPLE_ROWS));
  for (const [column, declared] of Object.entries(pipeline.columns))
    columns[column] = binsFor(declared, {
      sample: own(samples, column) ?? new Float64Array(),
      levels: own(levels, column) ?? [],
    });
  const labelFiles = await fetchParts(cache, snapshot, 'labels');
  return binnings.record(pipeline.name, {
    ...columns,
    [SCORE]: await makeScoreBins(analytics, pipeline, labelFiles),
  });
}

/** Estimates of a number have the range of its labels; all probabilities share one binning. */
async function makeScoreBins(
  analytics: BinningPorts['analytics'],
  { label }: Pipeline,
  labelFiles: string[],
): Promise<ColumnBins> {
  if (label.kind !== 'number') return scoreBins();
  const column = label.facts?.value ?? label.name;
  const { [column]: sample } = await unlessCancelled(analytics.samples(labelFiles, [column], SAMPLE_ROWS));
  return makeBins(sample!);
}

/** Whether a binning holds the declared columns, and scores of the label's kind: a label may have become a number. */
export const fits = (binning: Binning, { columns, label }: Pipeline): boolean =>
  columnsOf(binning) === canonicalJson(Object.keys(columns).sort()) &&
  (label.kind === 'number'
    ? !isProbabilities(binning.columns[SCORE]) && binCount(binning.columns[SCORE]!) > 1 // no labels had arrived yet
    : isProbabilities(binning.columns[SCORE]));

const isProbabilities = (bins: ColumnBins | undefined): boolean => canonicalJson(bins) === canonicalJson(scoreBins());

const columnsOf = (binning: Binning): string =>
  canonicalJson(
    Object.keys(binning.columns)
      .filter((column) => column !== SCORE)
      .sort(),
  );
