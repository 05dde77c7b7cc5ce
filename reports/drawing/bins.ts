import { groupNumbers } from '../../core/drift/group.ts';
import { total, type ColumnProfile } from '../../core/data/profiles/profile.ts';
import { rank, type RedactedBins } from '../../core/declaration/redaction/redaction.ts';
import { quantity, shortQuantity } from '../../pages/format.ts';

/** One bar of a drawing: a run of bins, or a level, with its share of the rows before and now. */
export interface Bar {
  label: string;
  reference: number;
  current: number;
}

/** Bars in the order of the values, and their axis labels: position i is the left edge of bar i. */
export interface NumberBars {
  bars: Bar[];
  ticks: { position: number; label: string }[];
}

interface Counts {
  reference: ColumnProfile;
  current: ColumnProfile;
}

const MOST_HOURS = 24;
/** Nulls with a smaller share than this, before and now, appear only in the table. */
const SHOWN_NULLS = 0.005;

/** Shares of all rows, nulls included, as PSI takes them; all zero when there are no rows. */
export const sharesOf = ({ counts, nulls }: ColumnProfile): number[] => {
  const rows = total(counts) + nulls;
  return counts.map((each) => (rows === 0 ? 0 : each / rows));
};

const nullShareOf = ({ counts, nulls }: ColumnProfile): number => (nulls === 0 ? 0 : nulls / (total(counts) + nulls));

/** A bin that holds a single value ends at the next larger float. */
const isSingleValue = (low: number, high: number): boolean =>
  high - low <= Math.max(Math.abs(low) * Number.EPSILON, Number.MIN_VALUE);

/**
 * Draws the groups that PSI compares: about ten, each with a tenth of the reference, so an unmoved column is level and
 * a moved one is not. Hours, whose bins have meanings, stay separate. Without edges groups have numbers.
 */
export function numberBars(
  edges: readonly number[] | null,
  counts: Counts,
  { hasFixedBins }: { hasFixedBins: boolean },
): NumberBars {
  const before = sharesOf(counts.reference);
  const now = sharesOf(counts.current);
  const keepBins = hasFixedBins && edges !== null && before.length <= MOST_HOURS;
  const bars: Bar[] = [];
  const ticks: NumberBars['ticks'] = [];
  for (const { from, to } of runsOf(keepBins ? before.map((_, bin) => bin) : groupNumbers(counts.reference.counts))) {
    const reference = total(before.slice(from, to + 1));
    const current = total(now.slice(from, to + 1));
    const low = edges?.[from - 1];
    const high = edges?.[to];
    const single = low !== undefined && high !== undefined && isSingleValue(low, high);
    const index = bars.length;
    if (reference === 0 && current === 0 && !keepBins) {
      if (index === 0 && high !== undefined) ticks.push({ position: 0, label: shortQuantity(high) });
      continue;
    }
    const range = single ? quantity(low) : rangeLabel(low, high);
    bars.push({
      label: edges === null ? `group ${index + 1}` : keepBins ? String(from) : range,
      reference,
      current,
    });
    if (keepBins) ticks.push({ position: index + 0.5, label: String(from) });
    else if (single) ticks.push({ position: index + 0.5, label: shortQuantity(low) });
    else if (high !== undefined) ticks.push({ position: index + 1, label: shortQuantity(high) });
  }
  const nulls = nullBar(counts);
  return {
    bars: nulls ? [...bars, nulls] : bars,
    ticks: [...withoutEchoes(ticks), ...(nulls ? [{ position: bars.length + 0.5, label: 'null' }] : [])],
  };
}

const nullBar = ({ reference, current }: Counts): Bar | null => {
  const bar = { label: 'null', reference: nullShareOf(reference), current: nullShareOf(current) };
  return Math.max(bar.reference, bar.current) < SHOWN_NULLS ? null : bar;
};

/** Neighbouring bins of one group, as first and last bin. */
function runsOf(groupOf: readonly number[]): { from: number; to: number }[] {
  const runs: { from: number; to: number }[] = [];
  for (const [bin, group] of groupOf.entries()) {
    const last = runs.at(-1);
    if (last && groupOf[last.to] === group) last.to = bin;
    else runs.push({ from: bin, to: bin });
  }
  return runs;
}

/** The edge beside a single value repeats it: label it once, under the value's own bar. */
function withoutEchoes(ticks: NumberBars['ticks']): NumberBars['ticks'] {
  const single = new Set(ticks.filter((tick) => tick.position % 1 !== 0).map((tick) => tick.label));
  const seen = new Set<string>();
  return ticks.filter((tick) => {
    if (tick.position % 1 === 0 && single.has(tick.label)) return false;
    return !seen.has(tick.label) && seen.add(tick.label);
  });
}

function rangeLabel(low: number | undefined, high: number | undefined): string {
  if (low === undefined) return high === undefined ? 'all values' : `below ${quantity(high)}`;
  return high === undefined ? `${quantity(low)} and more` : `${quantity(low)} to ${quantity(high)}`;
}

/** A bar a level, the largest first, at most `most`; the rest is joined under "all other". */
export function levelBars(levels: readonly string[] | { length: number }, counts: Counts, most: number): Bar[] {
  const before = sharesOf(counts.reference);
  const now = sharesOf(counts.current);
  const named = (Array.isArray(levels) ? (levels as readonly string[]) : ranksOf(before, levels.length))
    .map((label, index) => ({ label, reference: before[index] ?? 0, current: now[index] ?? 0 }))
    .filter((bar) => bar.reference > 0 || bar.current > 0)
    .sort((a, b) => Math.max(b.reference, b.current) - Math.max(a.reference, a.current));
  const shown = named.slice(0, most);
  const rest = {
    label: 'all other',
    reference: total(before) - total(shown.map((bar) => bar.reference)),
    current: total(now) - total(shown.map((bar) => bar.current)),
  };
  const nulls = nullBar(counts);
  return [...shown, ...(Math.max(rest.reference, rest.current) > 1e-9 ? [rest] : []), ...(nulls ? [nulls] : [])].map(
    (bar) => ({ ...bar, reference: Math.max(0, bar.reference), current: Math.max(0, bar.current) }),
  );
}

/** Labels of nameless levels: their rank in the reference, which is stable from check to check. */
function ranksOf(reference: readonly number[], levels: number): string[] {
  const byShare = Array.from({ length: levels }, (_, level) => level).sort(
    (a, b) => reference[b]! - reference[a]! || a - b,
  );
  const names: string[] = [];
  byShare.forEach((level, index) => (names[level] = rank(index, levels)));
  return names;
}

/** The bars of any column but the score. */
export const barsOf = (
  bins: RedactedBins,
  counts: Counts,
  { hasFixedBins, most }: { hasFixedBins: boolean; most: number },
): ({ kind: 'number' } & NumberBars) | { kind: 'category'; bars: Bar[] } =>
  bins.kind === 'number'
    ? { kind: 'number', ...numberBars(bins.edges, counts, { hasFixedBins }) }
    : { kind: 'category', bars: levelBars(bins.levels, counts, most) };
