import { type Binning, SCORE } from '../../core/data/profiles/binning.ts';
import { type BatchFiles, partsWithin } from '../../core/data/predictions/batches.ts';
import { type Partition, type Snapshot } from '../../core/data/data.ts';
import { type Pipeline } from '../../core/declaration/pipeline.ts';
import { type Binnings } from '../../core/data/profiles/binnings.ts';
import { type Profiles } from '../../core/data/profiles/profiles.ts';
import { type LocalCache } from '../../core/data/objects/objects.ts';
import { type PredictionLog } from '../../core/data/predictions/prediction-log.ts';
import {
  addProfiles,
  type ColumnProfile,
  countRow,
  emptyProfile,
  type Profile,
} from '../../core/data/profiles/profile.ts';
import { type Promised } from '../../core/data/profiles/promised.ts';
import { type ModelVersion } from '../../core/training/training.ts';
import { DAY, HOUR, instant, milliseconds } from '../../core/time/time.ts';
import { reportProgress } from '../steps/heartbeats.ts';
import { fetchParts } from '../data/parts.ts';
import { createPauses } from '../steps/pauses.ts';
import { scorerOf } from '../training/scorer-of.ts';
import { answered, rowsOf, scoreChunk } from '../training/scoring.ts';

/** A window's rows as a drift check sees them. */
export interface Counted {
  binning: Binning;
  current: Profile;
  /** The champion's scores of them; undefined when it gave none. */
  currentScore: ColumnProfile | undefined;
  /** What its probabilities promise of their classes. */
  promised?: Promised | undefined;
}

export interface WindowPorts {
  binnings: Pick<Binnings, 'list'>;
  profiles: Pick<Profiles, 'find' | 'record'>;
  log: Pick<PredictionLog, 'served'>;
  analytics: Pick<BatchFiles, 'readRows'>;
  cache: Pick<LocalCache, 'fetch'>;
}

/** A window with too few rows begins earlier, but no longer than this before its end. */
const LONGEST = 7 * DAY;

/**
 * The stretches of time that a check may look at, the declared window first: the first with enough rows counts, or the
 * longest. What was before the drift that its champion was trained for is in none but the declared one.
 */
export function windowsOf(
  { drift }: Pick<Pipeline, 'drift'>,
  window: Partition,
  { evaluation }: Pick<ModelVersion, 'evaluation'>,
) {
  const [from, to] = [Date.parse(window.from), Date.parse(window.to)];
  const since = Date.parse(evaluation.afterDrift?.since ?? instant(0));
  const windows = [window];
  // Some hours are compared with the same hours of the day, and no others.
  if (drift.sameHours === true && to - from < DAY) return windows;
  for (let length = to - from; length < LONGEST;) {
    length = Math.min(2 * length, LONGEST);
    const earlier = Math.floor(Math.max(to - length, since) / HOUR) * HOUR;
    if (earlier < Date.parse(windows.at(-1)!.from)) windows.push({ from: instant(earlier), to: window.to });
  }
  return windows;
}

/**
 * Counts of served rows, in the newest binning that covers enough of them: one made today has no counts of yesterday.
 */
export async function countServed(
  { binnings, log }: WindowPorts,
  pipeline: Pipeline,
  window: Partition,
  champion: number,
  binningId?: string,
): Promise<Counted | undefined> {
  const counts: Counted[] = [];
  for (const binning of await binningsOf(binnings, pipeline.name, binningId)) {
    const served = await log.served(pipeline.name, binning, window);
    // Features add up over every version that served; scores are each version's own.
    const current = served.map(({ profile }) => profile).reduce(addProfiles, emptyProfile(binning));
    const its = served.find((arm) => arm.version === champion)?.profile;
    counts.push({ binning, current, currentScore: its?.columns[SCORE], promised: its?.promised });
    if (current.rows >= pipeline.drift.minRows) return counts.at(-1);
  }
  return counts[0];
}

/** Counts a snapshot's rows of a window, scored by a version that was trained on `columns`. Counted once. */
export async function countRows(
  ports: WindowPorts,
  pipeline: Pipeline,
  snapshot: Snapshot,
  window: Partition,
  { version, columns, binningId }: { version: ModelVersion; columns: string[]; binningId?: string | undefined },
): Promise<Counted | undefined> {
  const { binnings, profiles, analytics, cache } = ports;
  const [binning] = await binningsOf(binnings, pipeline.name, binningId);
  if (!binning) return undefined;
  const read = Object.keys(pipeline.columns);
  // A champion that needs columns no longer read cannot score these rows.
  const scores = columns.every((column) => read.includes(column));
  const hours = (Date.parse(window.to) - Date.parse(window.from)) / HOUR;
  const isDeclared = hours * HOUR === milliseconds(pipeline.drift.window);
  const subject = `window/${snapshot.id}/v${version.version}${isDeclared ? '' : `/${hours}h`}`;
  const counted = await profiles.find(pipeline.name, subject, binning.id);
  const current = counted ?? emptyProfile(binning);
  if (!counted) {
    const scorer = scores ? await scorerOf(ports, version) : null;
    const pause = createPauses();
    for (const file of await fetchParts(cache, { parts: partsWithin(snapshot.parts, window) }, 'rows'))
      for await (const chunk of analytics.readRows(file, window, read)) {
        const found = scorer && (await scoreChunk(chunk, scorer.scoreChunk, pause));
        const scored = found && answered(found, chunk.rows, (row) => scorer.classes!.answer(found, row));
        const width = found && chunk.rows > 0 ? found.length / chunk.rows : 1;
        let i = 0;
        for (const row of rowsOf(chunk, read)) {
          const chances = found && width > 1 ? found.subarray(i * width, (i + 1) * width) : null;
          countRow(current, binning, scored ? { ...row, [SCORE]: scored[i]! } : row, chances);
          if (++i % 64 === 0) await pause();
        }
        reportProgress({ counted: current.rows });
      }
    await profiles.record(pipeline.name, subject, current);
  }
  return { binning, current, currentScore: scores ? current.columns[SCORE] : undefined, promised: current.promised };
}

/** The pipeline's binnings, newest first, or the requested one. */
const binningsOf = async (
  binnings: WindowPorts['binnings'],
  pipeline: string,
  id: string | undefined,
): Promise<Binning[]> => (await binnings.list(pipeline)).filter((binning) => id === undefined || binning.id === id);
