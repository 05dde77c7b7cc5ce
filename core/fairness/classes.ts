import type { Fairness } from './fairness.ts';
import { measureKinds } from './index.ts';
import type { Rate } from './measure.ts';
import { selected } from './rates.ts';

const kindsOfRates = Object.values(measureKinds).flatMap(({ rates }): readonly Rate[] => rates);
const CALLED = selected.ofClass!('').short;

/**
 * What rates of classes are called, and by the places of the classes, as where the label is sensitive; empty for a label of
 * another kind. 'share called North' // => 'share called class 2'
 */
export function ratesByPlace({ columns }: Pick<Fairness, 'columns'>): ReadonlyMap<string, string> {
  // How often each class is called is told of every group, in the order of the classes.
  const called = columns.flatMap(({ groups }) => groups)[0]?.rates.map(({ name }) => name) ?? [];
  if (called.length < 2 || !called.every((name) => name.startsWith(CALLED))) return new Map();
  const classes = called.map((name) => name.slice(CALLED.length));
  return new Map(
    kindsOfRates.flatMap(({ ofClass }) =>
      classes.flatMap((name, place) => {
        const [named, unnamed] = [ofClass?.(name), ofClass?.(`class ${place + 1}`)];
        return named && unnamed ? [[named.title, unnamed.title] as const, [named.short, unnamed.short] as const] : [];
      }),
    ),
  );
}

/** The same with other names of its rates. */
export const withRates = (fairness: Fairness, names: ReadonlyMap<string, string>): Fairness => ({
  ...fairness,
  columns: fairness.columns.map((column) => ({
    ...column,
    groups: column.groups.map((group) => ({
      ...group,
      rates: group.rates.map((rate) => ({ ...rate, name: names.get(rate.name) ?? rate.name })),
    })),
    gaps: column.gaps.map((gap) => ({
      ...gap,
      rate: names.get(gap.rate) ?? gap.rate,
      ...(gap.unknown && { unknown: gap.unknown.map((rate) => names.get(rate) ?? rate) }),
    })),
  })),
});
