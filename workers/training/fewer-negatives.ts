import { labelsOf } from './reading.ts';
import { someRows } from './rows/some-rows.ts';
import { hash53 } from '../../core/base/hash-53.ts';
import { KEY, LABEL, TIME, type OwnColumn } from '../../core/data/data.ts';
import type { Analytics } from '../../core/data/analytics.ts';

const HASHES = 2 ** 53;

/**
 * Reads all rows of the train and selection splits with a positive label and a share of the others, the same for the same
 * rows and seed. Not the newest ones: what drifts would tell them from older positives.
 */
export const withFewerNegatives = (analytics: Analytics, seed: number, share: number): Analytics => ({
  ...analytics,
  readSplit: (file, split, columns, own = [TIME, LABEL]) =>
    split === 'train' || split === 'selection'
      ? someRows(
          analytics.readSplit(file, split, columns, [...new Set<OwnColumn>([...own, KEY, LABEL])]),
          (chunk, row) =>
            Number(labelsOf(chunk)[row]) > 0 ||
            hash53(`${seed}/negative/${String(chunk.own[KEY]![row])}`) / HASHES < share,
        )
      : analytics.readSplit(file, split, columns, own),
});
