import { versionName } from '../../base/ids.ts';
import type { Interval } from '../../metrics/difference.ts';
import { besideNames, besideTitle, type Besides } from '../../metrics/besides.ts';
import { classNames, countsByClass, precisionOf, recallOf, type ClassCounts } from '../../metrics/confusion.ts';
import { metricNames, metricTitle } from '../../metrics/index.ts';
import { periodInWords, type ComparedVersion, type Comparison } from './comparison.ts';
import { leakInShort } from '../leaks.ts';
import { count, value } from '../gates/gate-words.ts';
import { tagsInWords } from './version-names.ts';

/** A fact of each version, in the order of the versions. */
export interface ComparisonLine {
  name: string;
  cells: string[];
}

const NONE = '-';
type Compared = Comparison['versions'][number];

/** A comparison as lines of a table, whose head is the versions. */
export function comparisonLines({ versions }: Comparison): ComparisonLine[] {
  const line = (name: string, cell: (version: Compared) => string | number | null | undefined): ComparisonLine => ({
    name,
    cells: versions.map((version) => String(cell(version) ?? NONE)),
  });
  const someHave = (has: (version: Compared) => unknown): boolean => versions.some((each) => has(each) != null);
  const options = [...new Set(versions.flatMap(({ declared }) => Object.keys(declared ?? {})))];
  const besideLines = besideNames
    .filter((name) => someHave((version) => besidesOf(version)[name]))
    .map((name) =>
      line(besideTitle(name), (version) => figure(besidesOf(version)[name]?.value, besidesOf(version)[name])),
    );
  return [
    line('Stage', ({ stage }) => stage),
    ...(someHave(({ aliases }) => aliases) ? [line('Aliases', ({ aliases }) => aliases?.join(', '))] : []),
    ...(someHave(({ tags }) => tags) ? [line('Tags', ({ tags }) => tags && tagsInWords(tags))] : []),
    ...(someHave(({ note }) => note) ? [line('Note', ({ note }) => note)] : []),
    line('Gate', ({ gate }) => gate.outcome),
    ...metricNames
      .filter((metric) => someHave(({ metrics }) => metrics[metric]))
      .map((metric) =>
        line(metricTitle(metric), ({ metrics, intervals }) => figure(metrics[metric], intervals?.[metric])),
      ),
    ...besideLines,
    ...classLines(versions).map(({ name, of }) => line(name, of)),
    line('Holdout', ({ splits }) => holdoutInWords(splits)),
    line('Holdout rows', ({ metrics }) => (metrics.rows === undefined ? null : count(metrics.rows))),
    line('Candidate', ({ candidate }) => candidate),
    ...options.map((option) => line(`  ${option}`, ({ declared }) => optionInWords(declared?.[option]))),
    ...importantColumns(versions).map((column) =>
      line(`Lost without ${column}`, ({ importance }) => lossInWords(importance, column)),
    ),
    line('Columns', ({ columns }) => columns.length),
    line('  added', ({ columnsAdded }) => columnsAdded.join(', ') || NONE),
    line('  removed', ({ columnsRemoved }) => columnsRemoved.join(', ') || NONE),
    line('Data', ({ splits }) => periodInWords(splits.from, splits.to)),
    line('  snapshot', ({ snapshot }) => snapshot),
    line('  rows', ({ rows }) => rows && count(Object.values(rows).reduce((sum, each) => sum + each, 0))),
    line('  rows to train on', ({ rows }) => rows && count(rows.train)),
    line('  leaks', ({ leaks }) => leaks && (leaks.found.map(leakInShort).join(', ') || 'none found')),
    line('Learnt in', ({ trained }) => learntIn(trained)),
    line('  seconds', ({ trained }) => trained?.seconds.toFixed(1)),
  ];
}

/** How well each class is told. */
function classLines(versions: readonly Compared[]): { name: string; of: (version: Compared) => string | null }[] {
  const told = versions.map(({ metrics }) => countsByClass(metrics.confusion ?? []));
  const width = Math.max(...told.map(({ length }) => length));
  const names = classNames(
    { label: { classes: versions.find(({ classes }) => classes?.length === width)?.classes ?? undefined } },
    width,
  );
  const cell = (version: Compared, place: number, share: (counts: ClassCounts) => number | null): string | null => {
    const counts = countsByClass(version.metrics.confusion ?? [])[place];
    return figure(counts && share(counts));
  };
  return names.flatMap((name, place) => [
    { name: `Recall of ${name}`, of: (version: Compared) => cell(version, place, recallOf) },
    { name: `Precision of ${name}`, of: (version: Compared) => cell(version, place, precisionOf) },
  ]);
}

function holdoutInWords({ by, holdout, to }: Compared['splits']): string {
  if (!by) return periodInWords(holdout, to);
  const units = by.kind === 'group' ? 'groups' : 'keys';
  const since = by.notBefore === null ? '' : `, ${periodInWords(by.notBefore, to)}`;
  return `${Math.round(100 * (1 - by.holdoutFrom))} % of ${units} (${by.unit})${since}`;
}

const MOST_IMPORTANT = 8;

/** The columns that matter most to any of them. */
function importantColumns(versions: readonly Compared[]): string[] {
  const losses = new Map<string, number>();
  for (const { importance } of versions)
    for (const { column, loss } of importance ?? [])
      losses.set(column, Math.max(loss, losses.get(column) ?? -Infinity));
  return [...losses]
    .sort(([, a], [, b]) => b - a)
    .slice(0, MOST_IMPORTANT)
    .map(([column]) => column);
}

function lossInWords(importance: Compared['importance'], column: string): string | null {
  const found = importance?.find((each) => each.column === column);
  if (!found) return null;
  const { loss, low, high } = found;
  return low === null || high === null ? value(loss) : `${value(loss)} (${value(low)} to ${value(high)})`;
}

/** Each measure of one version with its interval, as in a comparison. */
export function measureLines(
  version: Pick<Compared, 'metrics' | 'intervals' | 'decided' | 'errors'>,
): [string, string][] {
  const { metrics, intervals } = version;
  const besides = besidesOf(version);
  const lines = [
    ...metricNames.map((name) => [metricTitle(name), figure(metrics[name], intervals?.[name])] as const),
    ...besideNames.map((name) => [besideTitle(name), figure(besides[name]?.value, besides[name])] as const),
  ];
  return lines.flatMap(([name, cell]) => (cell === null ? [] : [[name, cell]]));
}

/** How the versions are called. */
export const comparedNames = ({ versions }: Comparison): string[] =>
  versions.map(({ version }) => versionName(version));

/** What a reader must know before reading the metrics. */
export const holdoutsInWords = ({ sameHoldout }: Comparison): string =>
  sameHoldout
    ? 'All were judged on the same holdout. Columns are compared with those of the first version.'
    : 'The holdouts differ: each version was judged on its own, so part of a difference between metrics may come from the ' +
      'rows. Columns are compared with those of the first version.';

const besidesOf = ({ decided, errors }: Pick<Compared, 'decided' | 'errors'>): Besides => ({
  ...decided?.measures,
  ...errors,
});

const figure = (metric: number | null | undefined, interval?: Interval): string | null => {
  if (metric == null) return null;
  return interval ? `${value(metric)} (${value(interval.low)} to ${value(interval.high)})` : value(metric);
};

const optionInWords = (option: unknown): string | null => {
  if (option === undefined) return null;
  return typeof option === 'string' ? option : JSON.stringify(option);
};

function learntIn(trained: ComparedVersion['trained']): string | null {
  if (trained === null) return null;
  const { epochs, trees } = trained;
  if (trees !== undefined) return `${count(trees)} trees`;
  return epochs > 0 ? `${count(epochs)} epochs` : null;
}
