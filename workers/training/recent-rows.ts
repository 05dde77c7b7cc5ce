import { someRows } from './rows/some-rows.ts';
import { hash53 } from '../../core/base/hash-53.ts';
import { KEY, LABEL, TIME, type OwnColumn } from '../../core/data/data.ts';
import type { Analytics } from '../../core/data/analytics.ts';
import type { RowChunk } from '../../core/data/chunks.ts';
import type { TrainingJob } from '../../core/training/trainer.ts';
import { milliseconds } from '../../core/time/time.ts';

/** Never change it: a training that is resumed would learn from other rows. */
const SALT = 'perennial/age/';
const HASHES = 2 ** 53;

/**
 * Reads a row of the train split with a probability that halves with each half-life of its age, the same rows each time.
 * The expected loss is that of rows weighted by age, whatever the recipe; newer splits stay whole.
 */
export function withRecentRows(analytics: Analytics, recency: TrainingJob['recency']): Analytics {
  if (!recency) return analytics;
  const [halfLife, until] = [milliseconds(recency.halfLife), Date.parse(recency.until)];
  const isRead = ({ own }: RowChunk, row: number): boolean => {
    const age = until - Number(own[TIME]![row]);
    return age <= 0 || hash53(SALT + String(own[KEY]![row])) / HASHES < 0.5 ** (age / halfLife);
  };
  return {
    ...analytics,
    readSplit: (file, split, columns, own = [TIME, LABEL]) =>
      split === 'train'
        ? someRows(analytics.readSplit(file, split, columns, [...new Set<OwnColumn>([...own, KEY, TIME])]), isRead)
        : analytics.readSplit(file, split, columns, own),
  };
}
