import { ratesByPlace, withRates } from '../../fairness/classes.ts';
import type { FairColumn, Fairness } from '../../fairness/fairness.ts';
import { betweenGroups, namesOfRate } from '../../fairness/verdict.ts';
import type { Slice, Slices } from '../../training/slices/slices.ts';
import type { Evaluation, ModelVersion } from '../../training/training.ts';

/** What slices and groups of a column are called that was sensitive when they were named. */
const TELLS_NOTHING = /^(missing|(level|group) \d+ of \d+)$/;

/** What may be named no more. */
export interface Hidden {
  sensitive: (column: string) => boolean;
  /** The label's. */
  classes: boolean;
}

/**
 * A version with slices and groups of sensitive columns, and classes of a sensitive label, by their places, also in what its
 * gate said; declared slices keep the name that their author chose.
 */
export const withoutNames = <Kept extends Pick<ModelVersion, 'evaluation'> & Partial<Pick<ModelVersion, 'gate'>>>(
  version: Kept,
  hidden: Hidden,
): Kept => ({
  ...version,
  evaluation: evaluationWithoutNames(version.evaluation, hidden),
  ...(version.gate && {
    gate: { ...version.gate, reason: wordsWithoutNames(version.gate.reason, version.evaluation, hidden) },
  }),
});

function evaluationWithoutNames(evaluation: Evaluation, hidden: Hidden): Evaluation {
  const { slices, fairness } = evaluation;
  return {
    ...evaluation,
    ...(slices && { slices: unnamed(slices, hidden.sensitive) }),
    ...(fairness && { fairness: fairnessWithoutNames(fairness, hidden) }),
  };
}

const fairnessWithoutNames = (fairness: Fairness, { sensitive, classes }: Hidden): Fairness => {
  const columns = fairness.columns.map((column) => (sensitive(column.column) ? ungrouped(column) : column));
  return classes ? withRates({ ...fairness, columns }, ratesByPlace(fairness)) : { ...fairness, columns };
};

/** As a gate writes them: "amount below 10 by", "between NORTH and SOUTH (" and "the share called early differs". */
function wordsWithoutNames(words: string, { slices, fairness }: Evaluation, { sensitive, classes }: Hidden): string {
  const shown = slices && unnamed(slices, sensitive).list;
  const ofSlices = (slices?.list ?? []).map(
    ({ column, name }, i) => [`${column} ${name} by `, `${column} ${shown![i]!.name} by `] as const,
  );
  const ofGroups = (fairness?.columns ?? [])
    .filter(({ column }) => sensitive(column))
    .flatMap((column) => {
      const { gaps } = ungrouped(column);
      return column.gaps.map((gap, i) => [betweenGroups(gap), betweenGroups(gaps[i]!)] as const);
    });
  const ofClasses = (fairness && classes ? [...ratesByPlace(fairness)] : []).flatMap(([named, unnamed]) => {
    const [before, after] = [namesOfRate(named), namesOfRate(unnamed)];
    return before.map((name, i) => [name, after[i]!] as const);
  });
  return [...ofSlices, ...ofGroups, ...ofClasses]
    .toSorted(([a], [b]) => b.length - a.length)
    .reduce((told, [named, unnamed]) => told.replaceAll(named, () => unnamed), words);
}

function unnamed(slices: Slices, sensitive: (column: string) => boolean): Slices {
  const hidden = ({ column, declared }: Slice): boolean => !declared && sensitive(column);
  const named = new Map<string, Map<string, string>>();
  for (const column of new Set(slices.list.filter(hidden).map((slice) => slice.column)))
    named.set(column, places(slices.list.filter((slice) => hidden(slice) && slice.column === column)));
  return {
    ...slices,
    list: slices.list.map((slice) => (hidden(slice) ? { ...slice, name: named.get(slice.column)!.get(slice.name)! } : slice)), // prettier-ignore
  };
}

function ungrouped(column: FairColumn): FairColumn {
  const named = places(column.groups);
  const nameOf = (group: string): string => named.get(group) ?? 'a group';
  return {
    ...column,
    groups: column.groups.map((group) => ({ ...group, name: nameOf(group.name) })),
    gaps: column.gaps.map((gap) => ({ ...gap, lower: nameOf(gap.lower), higher: nameOf(gap.higher) })),
  };
}

const places = (of: readonly { name: string }[]): Map<string, string> =>
  new Map(of.map(({ name }, i) => [name, TELLS_NOTHING.test(name) ? name : `group ${i + 1} of ${of.length}`]));
