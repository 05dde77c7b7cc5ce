import { SCORE, type Binning } from '../../core/data/profiles/binning.ts';
import { type HourCounts, type Prediction, type Shipment } from '../../core/data/predictions/prediction-log.ts';
import { countRow, emptyProfile } from '../../core/data/profiles/profile.ts';
import { floorTo } from '../../core/time/time.ts';

export type SegmentCounts = Shipment['counts'];

/** With fewer predictions for each profile their ids are shorter than the profiles. */
const LEAST_PER_PROFILE = 500;
/** Who sends such different times is not counted while it is answered. */
const MOST_PROFILES = 50;

/** Counts the predictions of a segment while it is written, so that nobody needs to read them back. */
export interface SegmentCounter {
  add(prediction: Prediction): void;
  counts(): SegmentCounts;
}

interface Counted {
  /** Null: its predictions are not counted here. */
  binning: Binning | null;
  rows: number;
  hours: Map<string, HourCounts>;
}

export function createSegmentCounter(binningOf: (pipeline: string) => Binning | null): SegmentCounter {
  const pipelines = new Map<string, Counted>();

  return {
    add(prediction) {
      const { pipeline, version, time } = prediction;
      let counted = pipelines.get(pipeline);
      if (!counted) pipelines.set(pipeline, (counted = { binning: binningOf(pipeline), rows: 0, hours: new Map() }));
      if (!counted.binning) return;
      const key = `${version} ${time.slice(0, HOUR_END)}`;
      let at = counted.hours.get(key);
      if (!at) {
        if (counted.hours.size === MOST_PROFILES) {
          counted.binning = null;
          counted.hours.clear();
          return;
        }
        at = { pipeline, version, hour: floorTo(time, '1 hour'), profile: emptyProfile(counted.binning) };
        counted.hours.set(key, at);
      }
      counted.rows++;
      const { row, score, probabilities } = prediction;
      countRow(at.profile, counted.binning, { ...row, [SCORE]: score }, probabilities);
    },
    counts: () =>
      new Map(
        [...pipelines]
          .filter(([, { binning, rows, hours }]) => binning !== null && rows >= LEAST_PER_PROFILE * hours.size)
          .map(([pipeline, { hours }]) => [pipeline, [...hours.values()]]),
      ),
  };
}

const HOUR_END = '2026-01-01T00'.length;
