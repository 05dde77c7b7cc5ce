import { type Row, type Snapshot, TIME } from '../../core/data/data.ts';
import { type LocalCache } from '../../core/data/objects/objects.ts';
import { type BatchFiles, partsWithin } from '../../core/data/predictions/batches.ts';
import { type PredictionLog } from '../../core/data/predictions/prediction-log.ts';
import { SCORE } from '../../core/data/profiles/binning.ts';
import { hourSums, type HourSums } from '../../core/drift/alarm/alarm.ts';
import { addSums, createRowSums, type Contrast, type Sums } from '../../core/drift/alarm/contrasts.ts';
import { HOUR, type Instant } from '../../core/time/time.ts';
import { fetchParts } from '../data/parts.ts';
import { reportProgress } from '../steps/heartbeats.ts';
import { createPauses } from '../steps/pauses.ts';
import { scorerOf } from '../training/scorer-of.ts';
import { rowsOf } from '../training/scoring.ts';
import { type Compared } from './explaining.ts';
import { rowsWithin, scoredRows, type ScoringPorts } from './scored-rows.ts';

export type HourPorts = ScoringPorts & {
  log: Pick<PredictionLog, 'servedByHour'>;
  analytics: Pick<BatchFiles, 'readRows'>;
  cache: Pick<LocalCache, 'fetch'>;
};

export const columnsOf = (contrasts: readonly Contrast[]): string[] => [
  ...new Set(contrasts.map(({ column }) => column)),
];

/** Adds up rows by hour. */
export function createHours(contrasts: readonly Contrast[], rows: ReturnType<typeof createRowSums>) {
  const byHour = new Map<number, Sums[]>();
  const hourOf = (time: number): Sums[] => {
    const hour = Math.floor(time / HOUR) * HOUR;
    const sums = byHour.get(hour) ?? rows.empty();
    byHour.set(hour, sums);
    return sums;
  };
  return {
    addRow: (time: number, row: Row): void => rows.add(row, hourOf(time)),
    add({ time, sums: more }: HourSums): void {
      const sums = hourOf(time);
      more.forEach((its, i) => addSums(sums[i]!, its));
    },
    /** The first hour with rows that is no further than so long before the last one, and the end of that. */
    ends(longest: number): [number, number] {
      const last = [...byHour.keys()].reduce((latest, hour) => Math.max(latest, hour), 0);
      const first = [...byHour.keys()].filter((hour) => hour > last - longest).reduce((a, b) => Math.min(a, b), last);
      return byHour.size === 0 ? [0, 0] : [first, last + HOUR];
    },
    between: (from: number, to: number): HourSums[] =>
      Array.from({ length: Math.max(0, Math.round((to - from) / HOUR)) }, (_, i) => {
        const time = from + i * HOUR;
        return { time, sums: byHour.get(time) ?? contrasts.map(() => ({ rows: 0, sum: 0, squares: 0 })) };
      }),
  };
}

/** Adds the rows that a snapshot has of a stretch of time. */
export async function addSource(
  { analytics, cache }: Pick<HourPorts, 'analytics' | 'cache'>,
  sums: ReturnType<typeof createHours>,
  snapshot: Snapshot,
  columns: string[],
  within: { from: Instant; to: Instant },
): Promise<void> {
  const pause = createPauses();
  for (const file of await fetchParts(cache, { parts: partsWithin(snapshot.parts, within) }, 'rows'))
    for await (const chunk of analytics.readRows(file, within, columns)) {
      let i = 0;
      for (const row of rowsOf(chunk, columns)) {
        sums.addRow(Number(chunk.own[TIME]![i]), row);
        if (++i % 64 === 0) await pause();
      }
      reportProgress({ counted: chunk.rows });
    }
}

/** The hours of a stretch, in order, with those that have no rows. */
export async function hoursOf(
  ports: HourPorts,
  compared: Compared,
  contrasts: readonly Contrast[],
  within: { from: Instant; to: Instant },
): Promise<HourSums[]> {
  const { pipeline, version, snapshot, binning } = compared;
  const [from, to] = [Date.parse(within.from), Date.parse(within.to)];
  if (snapshot) {
    const inputs = contrasts.filter(({ ofScore }) => !ofScore);
    const sums = createHours(inputs, createRowSums(binning, inputs));
    await addSource(ports, sums, snapshot, columnsOf(inputs), within);
    const scores = await scoredHours(ports, compared, contrasts.slice(inputs.length), snapshot, within);
    const ofScores = scores.between(from, to);
    return sums.between(from, to).map((hour, i) => ({ ...hour, sums: [...hour.sums, ...ofScores[i]!.sums] }));
  }
  const sums = createHours(contrasts, createRowSums(binning, contrasts));
  for await (const { version: of, hour, profile } of ports.log.servedByHour(pipeline, binning, within)) {
    // Columns add up over every version that served; scores are each version's own.
    const { [SCORE]: _others, ...columns } = profile.columns;
    const its = of === version.version ? profile : { ...profile, columns };
    sums.add(hourSums(contrasts, { hour, profile: its }));
  }
  return sums.between(from, to);
}

/** A stretch's scores come from about so many rows, however many there are. */
const MOST_SCORED = 50_000;

/** The champion's scores of the source's rows. */
async function scoredHours(
  ports: HourPorts,
  { version, features, binning }: Compared,
  contrasts: readonly Contrast[],
  snapshot: Snapshot,
  within: { from: Instant; to: Instant },
): Promise<ReturnType<typeof createHours>> {
  const sums = createHours(contrasts, createRowSums(binning, contrasts));
  if (contrasts.length === 0) return sums;
  const scorer = await scorerOf(ports, version);
  const one = { in: Math.max(1, Math.ceil(rowsWithin(snapshot, within) / MOST_SCORED)) };
  for await (const some of scoredRows(ports, snapshot, within, { columns: [...features], scorer, one })) {
    for (const { time, score } of some) sums.addRow(time, { [SCORE]: score });
    reportProgress({ scored: some.length });
  }
  return sums;
}
