import { LEVEL } from '../../metrics/difference.ts';
import type { Instant } from '../../time/time.ts';
import type { Looks } from '../training.ts';

/** A training that was judged on the holdout of this period. */
export interface Look {
  run: string;
  from: Instant;
  to: Instant;
}

const MOST_HALVED = 30;

/**
 * What earlier looks leave to a holdout. Who looks at the same rows often enough finds one day what is not there, so
 * each look at them has half the error of the one before: 2.5 % to either side at first, then 1.25 %, and all of them
 * together 5 %. A look at a part of the rows counts as that part. After MOST_HALVED the error stays, or it would round
 * to none.
 */
export function looksAt(holdout: Pick<Look, 'from' | 'to'>, earlier: readonly Look[]): Looks {
  const [from, to] = [Date.parse(holdout.from), Date.parse(holdout.to)];
  const shares = earlier.map((look) => {
    const common = Math.min(to, Date.parse(look.to)) - Math.max(from, Date.parse(look.from));
    return { run: look.run, share: Math.max(0, common) / Math.max(1, to - from) };
  });
  const seen = shares.filter(({ share }) => share > 0);
  const before = seen.reduce((sum, { share }) => sum + share, 0);
  return { runs: seen.map(({ run }) => run), before, level: 1 - (1 - LEVEL) / 2 ** Math.min(before, MOST_HALVED) };
}
