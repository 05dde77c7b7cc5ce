import { count, percent, value } from '../training/gates/gate-words.ts';
import { LEVEL } from '../metrics/difference.ts';
import type { DeclaredFairness } from '../declaration/fairness.ts';
import type { Fairness, Gap } from './fairness.ts';
import { measureKinds, measureNames } from './index.ts';

/** What the declared limits say of groups: what is surely beyond one, and what the holdout cannot tell. */
export interface FairnessVerdict {
  beyond: string[];
  unclear: string[];
}

export function judgeLimits(fairness: Fairness, { limits = {} }: Pick<DeclaredFairness, 'limits'>): FairnessVerdict {
  const [beyond, unclear]: string[][] = [[], []];
  for (const measure of measureNames) {
    const limit = limits[measure];
    if (limit === undefined) continue;
    const { title } = measureKinds[measure];
    for (const { column, gaps } of fairness.columns) {
      const gap = gaps.find((each) => each.measure === measure);
      const named = `fairness.limits.${measure}`;
      if (!gap) unclear!.push(`${title} by ${column} is unknown: fewer than two groups have enough rows (${named}).`);
      else if (gap.low > limit)
        beyond!.push(`${gapInWords(column, gap)}, and the limit is ${value(limit)} (${named}).`);
      else if (gap.high > limit)
        unclear!.push(`${gapInWords(column, gap)}, where the limit is ${value(limit)} (${named}).`);
      else if (gap.unknown)
        unclear!.push(
          `${title} by ${column} is unknown for some classes: fewer than two groups have enough rows for the ` +
            `${gap.unknown[0]}${gap.unknown.length > 1 ? ` and ${count(gap.unknown.length - 1)} others` : ''} (${named}).`,
        );
    }
  }
  return { beyond: beyond!, unclear: unclear! };
}

/** The gap between two groups, with its interval. */
export function gapInWords(column: string, gap: Gap): string {
  const { measure, rate, difference, low, high, level = LEVEL, pairs } = gap;
  return (
    `By ${column}, the ${rate} differs by ${value(difference)}${betweenGroups(gap)}${measureKinds[measure].title}; ` +
    `${percent(level)} interval of the largest gap ${value(low)} to ${value(high)}, all ${count(pairs)} pairs considered)`
  );
}

/** The parts of words here that name a rate. */
export const namesOfRate = (title: string): string[] => [
  `, the ${title} differs by `,
  `rows for the ${title} (`,
  `rows for the ${title} and `,
];

/** The part of a gap's words that names its groups. */
export const betweenGroups = ({ lower, higher }: Pick<Gap, 'lower' | 'higher'>): string =>
  ` between ${lower} and ${higher} (`;
