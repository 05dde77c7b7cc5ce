import { SCORE, type Binning } from '../../core/data/binning.ts';
import { type Prediction, type ServedCounts } from '../../core/data/prediction-log.ts';
import { addProfiles, countRow, emptyProfile, type Profile } from '../../core/data/profile.ts';
import { floorTo, type Instant } from '../../core/time/time.ts';
import { randomUUID } from 'node:crypto';

/** Hours kept in memory; a late row of a dropped hour is counted under a new sequence. */
const MOST_TOTALS = 1_000;

interface Total {
  pipeline: string;
  version: number;
  hour: Instant;
  sequence: number;
  profile: Profile;
}

export interface CountKeeper {
  /** The totals after these predictions. Call inside the log's transaction, then keep or discard. */
  stage(fresh: readonly Prediction[], binnings: ReadonlyMap<string, Binning>): ServedCounts[];
  /** The transaction succeeded: the log holds the staged totals. */
  keep(): void;
  /**
   * The transaction failed, or its answer was lost and the log may hold the staged totals. Those totals stay as they
   * are, and counting continues under a new sequence.
   */
  discard(): void;
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

  return {
    stage(fresh, binnings) {
      staged = new Map();
      for (const prediction of fresh) {
        const binning = binnings.get(prediction.pipeline);
        if (!binning) continue;
        const hour = floorTo(prediction.time, '1 hour');
        const key = JSON.stringify([prediction.pipeline, prediction.version, binning.id, hour]);
        let total = staged.get(key);
        if (!total) {
          const { pipeline, version } = prediction;
          const before = totals.get(key);
          // Adding to nothing makes a copy: kept totals must not change before the transaction has succeeded.
          const profile = before ? addProfiles(before.profile, emptyProfile(binning)) : emptyProfile(binning);
          total = { pipeline, version, hour, sequence: before?.sequence ?? sequence, profile };
          staged.set(key, total);
        }
        countRow(total.profile, binning, { ...prediction.row, [SCORE]: prediction.score });
      }
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
  };
}
