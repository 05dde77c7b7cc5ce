/** How many rows a threshold decided rightly and wrongly. */
export interface Counts {
  truePositives: number;
  falsePositives: number;
  falseNegatives: number;
  trueNegatives: number;
}

/** One measure of decisions at a threshold: a file of this folder, and a line in its index. */
export interface DecidedKind {
  /** Within a sentence. */
  title: string;
  /** Its least and its largest value. */
  range: readonly [least: number, most: number];
  /** Null where it is undefined. */
  of(counts: Counts): number | null;
  /** How much one row more of each kind changes it, where it is defined; a thousand rows change it less. */
  slope(counts: Counts): Counts;
}

/** A measure that is some of the counts over some of them, each so many times. */
export function ratioOf(title: string, above: Partial<Counts>, below: Partial<Counts>): DecidedKind {
  const sum = (counts: Counts, times: Partial<Counts>): number =>
    kinds.reduce((all, kind) => all + counts[kind] * (times[kind] ?? 0), 0);
  const of = (counts: Counts): number | null => {
    const all = sum(counts, below);
    return all === 0 ? null : sum(counts, above) / all;
  };
  return {
    title,
    range: [0, 1],
    of,
    slope(counts) {
      const [value, all] = [of(counts)!, sum(counts, below)];
      return byKind((kind) => ((above[kind] ?? 0) - value * (below[kind] ?? 0)) / all);
    },
  };
}

export const kinds = ['truePositives', 'falsePositives', 'falseNegatives', 'trueNegatives'] as const;

export const byKind = (of: (kind: (typeof kinds)[number]) => number): Counts => ({
  truePositives: of('truePositives'),
  falsePositives: of('falsePositives'),
  falseNegatives: of('falseNegatives'),
  trueNegatives: of('trueNegatives'),
});
