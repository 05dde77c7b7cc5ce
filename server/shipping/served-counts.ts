import { SCORE, type Binning } from '../../core/data/profiles/binning.ts';
import { type HourCounts, type ServedCounts, type Uncounted } from '../../core/data/predictions/prediction-log.ts';
import { addProfiles, countRow, emptyProfile } from '../../core/data/profiles/profile.ts';
import { floorTo } from '../../core/time/time.ts';
import { randomUUID } from 'node:crypto';

/** Hours kept in memory; a late row of a dropped hour is counted under a new sequence. */
const MOST_TOTALS = 1_000;

interface Total extends HourCounts {
  sequence: number;
}

const keyOf = ({ pipeline, version, hour }: Omit<HourCounts, 'profile'>, binning: string): string =>
  JSON.stringify([pipeline, version, binning, hour]);

export interface CountKeeper {
  /** The totals after these predictions. Call inside the log's transaction, then keep or discard. */
  stage(uncounted: Uncounted, binnings: ReadonlyMap<string, Binning>): ServedCounts[];
  /** The transaction succeeded: the log holds the staged totals. */
  keep(): void;
  /**
   * The transaction failed, or its answer was lost and the log may hold the staged totals. Those totals stay as they
   * are, and counting continues under a new sequence.
   */
  discard(): void;
  /** The bins in which a pipeline was last counted; null: not yet, or it has none. */
  binningOf(pipeline: string): Binning | null;
  /** Whether somebody asked for bins that the next count will tell. */
  readonly lacksBins: boolean;
}

/**
 * Absolute totals of this replica by pipeline, version and hour of event time. Each process counts under its own
 * incarnation, so no other one overwrites its totals: not a replica of the same name, not this one after a restart.
 */
export function createCountKeeper(replica: string, most = MOST_TOTALS): CountKeeper {
  const incarnation = `${replica}/${randomUUID()}`;
  /** Least recently counted first. */
  const totals = new Map<string, Total>();
  let staged = new Map<string, Total>();
  let sequence = 1;
  const known = new Map<string, Binning | null>();
  const wanted = new Set<string>();

  /** Adding makes a copy: kept totals must not change before the transaction has succeeded. */
  function add(more: HourCounts): void {
    const key = keyOf(more, more.profile.binning);
    const before = staged.get(key) ?? totals.get(key);
    const profile = before ? addProfiles(before.profile, more.profile) : more.profile;
    staged.set(key, { ...more, sequence: before?.sequence ?? sequence, profile });
  }

  return {
    stage({ predictions, counts }, binnings) {
      staged = new Map();
      for (const { pipeline, version, time, row, score, probabilities } of predictions) {
        const binning = binnings.get(pipeline) ?? null;
        known.set(pipeline, binning);
        if (!binning) continue;
        const hour = floorTo(time, '1 hour');
        const key = keyOf({ pipeline, version, hour }, binning.id);
        if (!staged.has(key)) add({ pipeline, version, hour, profile: emptyProfile(binning) });
        countRow(staged.get(key)!.profile, binning, { ...row, [SCORE]: score }, probabilities);
      }
      for (const more of counts) add(more);
      return [...staged.values()].map((total) => ({ ...total, replica: incarnation }));
    },
    keep() {
      for (const [key, total] of staged) {
        totals.delete(key);
        totals.set(key, total);
      }
      staged = new Map();
      if (totals.size <= most) return;
      for (const key of [...totals.keys()].slice(0, totals.size - most)) totals.delete(key);
      sequence++;
    },
    discard() {
      if (staged.size === 0) return;
      for (const key of staged.keys()) totals.delete(key);
      staged = new Map();
      sequence++;
    },
    binningOf(pipeline) {
      const binning = known.get(pipeline);
      if (binning === undefined) wanted.add(pipeline);
      return binning ?? null;
    },
    get lacksBins() {
      return [...wanted].some((pipeline) => !known.has(pipeline));
    },
  };
}
