import { type Columns } from '../../core/columns/index.ts';
import { unreadOf } from '../../core/columns/unread.ts';
import { type Binning, SCORE } from '../../core/data/profiles/binning.ts';
import { versionName } from '../../core/base/ids.ts';
import { type Partition, type Snapshot } from '../../core/data/data.ts';
import { type Pipeline } from '../../core/declaration/pipeline.ts';
import { type Binnings } from '../../core/data/profiles/binnings.ts';
import { type Profiles } from '../../core/data/profiles/profiles.ts';
import { type PredictionLog } from '../../core/data/predictions/prediction-log.ts';
import { addProfiles, type ColumnProfile, emptyProfile, type Profile } from '../../core/data/profiles/profile.ts';
import { type Promised } from '../../core/data/profiles/promised.ts';
import { type ModelVersion } from '../../core/training/training.ts';
import { DAY, HOUR, instant, milliseconds } from '../../core/time/time.ts';
import { reportProgress } from '../steps/heartbeats.ts';
import { createPauses } from '../steps/pauses.ts';
import { scorerOf } from '../training/scorer-of.ts';
import { countScored, scoredRows, type ScoringPorts } from './scored-rows.ts';

/** A window's rows as a drift check sees them. */
export interface Counted {
  binning: Binning;
  current: Profile;
  /** The champion's scores of them; undefined when it gave none. */
  currentScore: ColumnProfile | undefined;
  /** What its probabilities promise of their classes. */
  promised?: Promised | undefined;
  /** Why the champion cannot score these rows. */
  unscored?: string;
}

export type WindowPorts = ScoringPorts & {
  binnings: Pick<Binnings, 'list'>;
  profiles: Pick<Profiles, 'find' | 'record'>;
  log: Pick<PredictionLog, 'served'>;
};

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

/** Counts a snapshot's rows of a window, scored by a version, with the columns that it learnt. Counted once. */
export async function countRows(
  ports: WindowPorts,
  pipeline: Pipeline,
  snapshot: Snapshot,
  window: Partition,
  { version, learnt, binningId }: { version: ModelVersion; learnt: Columns; binningId?: string | undefined },
): Promise<Counted | undefined> {
  const { binnings, profiles } = ports;
  const [binning] = await binningsOf(binnings, pipeline.name, binningId);
  if (!binning) return undefined;
  const read = Object.keys(pipeline.columns);
  const unscored = whyUnscored(version, unreadOf(Object.keys(learnt), learnt, pipeline.columns));
  const hours = (Date.parse(window.to) - Date.parse(window.from)) / HOUR;
  const isDeclared = hours * HOUR === milliseconds(pipeline.drift.window);
  const subject = `window/${snapshot.id}/v${version.version}${isDeclared ? '' : `/${hours}h`}`;
  const counted = await profiles.find(pipeline.name, subject, binning.id);
  const current = counted ?? emptyProfile(binning);
  if (!counted) {
    const scorer = unscored === null ? await scorerOf(ports, version) : null;
    const pause = createPauses();
    let rows = 0;
    for await (const some of scoredRows(ports, snapshot, window, { columns: read, scorer })) {
      for (const one of some) {
        countScored(current, binning, one);
        if (++rows % 64 === 0) await pause();
      }
      reportProgress({ counted: rows });
    }
    await profiles.record(pipeline.name, subject, current);
  }
  if (unscored !== null) return { binning, current, currentScore: undefined, unscored };
  return { binning, current, currentScore: current.columns[SCORE], promised: current.promised };
}

/** A champion that needs columns no longer read, or read as another type, cannot score rows. */
const whyUnscored = ({ version }: ModelVersion, unread: readonly string[]): string | null =>
  unread.length > 0
    ? `${versionName(version)} needs ${unread.join(', ')}, which the declaration no longer reads`
    : null;

/** The pipeline's binnings, newest first, or the requested one. */
const binningsOf = async (
  binnings: WindowPorts['binnings'],
  pipeline: string,
  id: string | undefined,
): Promise<Binning[]> => (await binnings.list(pipeline)).filter((binning) => id === undefined || binning.id === id);
