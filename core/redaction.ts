import { SCORE, type Binning } from './binning.ts';
import type { ColumnSummary, Example, Expectation, Snapshot, SnapshotSummary } from './data.ts';
import type { ColumnDrift, Verdict } from './drift/verdict.ts';
import type { Encoding, ModelArtifact } from './model/artifact.ts';
import { own } from './own.ts';
import type { Pipeline } from './pipeline.ts';
import type { ColumnProfile, Profile } from './profile.ts';

declare const redacted: unique symbol;
/**
 * What people may read: of sensitive columns it holds counts, shares of nulls and distances, and no value. Only this file
 * makes it, and reports take nothing else, so none can forget to ask.
 */
export type Redacted<T> = T & { readonly [redacted]: true };

export type RedactedPipeline = Redacted<Pipeline>;
export type RedactedSnapshot = Redacted<Snapshot>;
export type RedactedSummary = Redacted<SnapshotSummary>;
export type RedactedExamples = Redacted<Example[]>;
export type RedactedVerdict = Redacted<Verdict>;
export type RedactedProfile = Redacted<Profile>;
/** Bins of numbers without edges are still in their order; of levels without names there is their number. */
export type RedactedBins =
  { kind: 'number'; edges: number[] | null } | { kind: 'category'; levels: string[] | Unnamed };
type Unnamed = { length: number };
export type RedactedBinning = Redacted<{ id: string; columns: Record<string, RedactedBins> }>;
export type RedactedEncoding =
  | Encoding
  | (Omit<Extract<Encoding, { kind: 'number' }>, 'median' | 'mean' | 'deviation'> & { median: null })
  | { kind: 'category'; column: string; levels: Unnamed };
type Described = Pick<ModelArtifact, 'calibration' | 'threshold' | 'trainedWith' | 'target'>;
export type RedactedModel = Redacted<Described & { encodings: RedactedEncoding[] }>;

/** Whether a column is declared sensitive, under any of the parts that it plays. */
export function isSensitive({ source, label, columns }: Pipeline, column: string): boolean {
  return (
    own(columns, column)?.sensitive === true ||
    (column === label.name && label.sensitive === true) ||
    (source.sensitive ?? []).some((part) => source[part] === column)
  );
}

/** Takes the values of a pipeline's sensitive columns out of what is drawn, listed or stored for people. */
export function redactorOf(pipeline: Pipeline) {
  const sensitive = (column: string): boolean => isSensitive(pipeline, column);
  /** Estimates of a number lie where its labels do; a probability says nothing of them. */
  const scoreIsSensitive = pipeline.label.kind === 'number' && sensitive(pipeline.label.name);
  const counted = (column: string): boolean => (column === SCORE ? scoreIsSensitive : sensitive(column));

  const columnsOf = <T, Shown>(columns: Record<string, T>, redact: (column: T) => Shown): Record<string, T | Shown> =>
    Object.fromEntries(Object.entries(columns).map(([name, of]) => [name, counted(name) ? redact(of) : of]));
  const drift = (column: ColumnDrift): ColumnDrift => (counted(column.column) ? { ...column, mean: null } : column);

  const encodingOf = (encoding: Encoding): RedactedEncoding =>
    sensitive(encoding.column) ? withoutValues(encoding) : encoding;

  return {
    /** Without declared limits and levels: who declares them looks at the rows. */
    pipeline: (): RedactedPipeline =>
      made({
        ...pipeline,
        columns: columnsOf(pipeline.columns, (column): Pipeline['columns'][string] => {
          const { kind } = column;
          return kind === 'hour' ? { kind, sensitive: true } : { kind, nulls: column.nulls, sensitive: true };
        }),
      }),

    summary: (summary: SnapshotSummary): RedactedSummary =>
      made({
        ...summary,
        columns: summary.columns.map((column) =>
          sensitive(column.column)
            ? { ...column, min: null, max: null, mean: null, levels: ranked(column.levels) }
            : column,
        ),
      }),

    /** What is expected of the values of a sensitive column tells of them, too. */
    snapshot: (snapshot: Snapshot): RedactedSnapshot =>
      made({
        ...snapshot,
        expectations: snapshot.expectations.map((expectation) =>
          expectation.column !== null && sensitive(expectation.column) && isOfValues(expectation)
            ? { ...expectation, allowed: 'what is declared' }
            : expectation,
        ),
      }),

    /** Rows of others keep their sensitive key to themselves; of a repeated key the key is the value. */
    examples: (examples: readonly Example[]): RedactedExamples =>
      made(
        examples
          .filter(({ column }) => !sensitive(column ?? pipeline.source.key))
          .map((example) => (sensitive(pipeline.source.key) ? { ...example, key: null } : example)),
      ),

    binning: ({ id, columns }: Binning): RedactedBinning =>
      made({
        id,
        columns: columnsOf(columns, (bins): RedactedBins =>
          bins.kind === 'number'
            ? { kind: 'number', edges: null }
            : { kind: 'category', levels: { length: bins.levels.length } },
        ),
      }),

    profile: (profile: Profile): RedactedProfile =>
      made({ ...profile, columns: columnsOf(profile.columns, withoutSums) }),

    encodings: (encodings: readonly Encoding[]): RedactedEncoding[] => encodings.map(encodingOf),

    /** Scores of a version, counted. */
    score: (profile: ColumnProfile): Redacted<ColumnProfile> => made(scoreIsSensitive ? withoutSums(profile) : profile),

    verdict: (verdict: Verdict): RedactedVerdict =>
      made({
        ...verdict,
        columns: verdict.columns.map(drift),
        score: verdict.score && drift(verdict.score),
      }),

    model: ({
      encodings,
      calibration,
      threshold,
      trainedWith,
      target,
    }: Described & { encodings: Encoding[] }): RedactedModel =>
      made({
        encodings: encodings.map(encodingOf),
        calibration,
        threshold,
        trainedWith,
        ...(target && !scoreIsSensitive && { target }),
      }),
  };
}

/** rank(0, 12) // => 'level 1 of 12', the most frequent one */
export const rank = (index: number, levels: number): string => `level ${index + 1} of ${levels}`;

const ranked = (levels: ColumnSummary['levels']): ColumnSummary['levels'] =>
  levels.map(({ rows }, i) => ({ level: rank(i, levels.length), rows }));

const withoutSums = (profile: ColumnProfile): ColumnProfile => ({ ...profile, sums: [], squares: [] });

function withoutValues(encoding: Encoding): RedactedEncoding {
  switch (encoding.kind) {
    case 'number': {
      const { kind, column, transform, flagMissing } = encoding;
      return { kind, column, transform, flagMissing, median: null };
    }
    case 'category':
      return { ...encoding, levels: { length: encoding.levels.length } };
    case 'hour':
      return encoding;
  }
}

/** Expectations whose limits are values, as against counts. */
const isOfValues = ({ name }: Expectation): boolean =>
  ['values below the minimum', 'values above the maximum', 'undeclared levels'].includes(name);

const made = <T>(value: T): Redacted<T> => value as Redacted<T>;
