import { SCORE, type Binning } from '../../data/profiles/binning.ts';
import { isFeature } from '../../columns/index.ts';
import type { ColumnSummary, Example, Expectation, Snapshot, SnapshotSummary } from '../../data/data.ts';
import type { ColumnDrift, Verdict } from '../../drift/verdict.ts';
import type { Explained } from '../../drift/explaining/explained.ts';
import { moverPlace } from '../../drift/explaining/movers.ts';
import type { ShownRow } from '../../drift/explaining/shown-rows.ts';
import { limitsValues } from '../../expectations/index.ts';
import type { Encoding, EnsembleModel, ModelArtifact } from '../../model/artifact.ts';
import type { EstimateInterval } from '../../model/calibration/interval.ts';
import { own } from '../../base/own.ts';
import type { ModelVersion } from '../../training/training.ts';
import { groupOf, type DeclaredFairness } from '../fairness.ts';
import { withoutClasses } from './redacted-classes.ts';
import { withoutNames } from './redacted-evaluation.ts';
import type { Pipeline } from '../pipeline.ts';
import type { Concept } from '../../performance/decay.ts';
import type { Insight } from '../../explaining/insight.ts';
import type { ColumnProfile, Profile } from '../../data/profiles/profile.ts';

declare const redacted: unique symbol;
/**
 * What people may read: for sensitive columns only counts, shares of nulls and distances, no values. Only this file
 * makes it, and reports take nothing else, so none can forget to redact.
 */
export type Redacted<T> = T & { readonly [redacted]: true };

export type RedactedPipeline = Redacted<Pipeline>;
export type RedactedSnapshot = Redacted<Snapshot>;
export type RedactedSummary = Redacted<SnapshotSummary>;
export type RedactedExamples = Redacted<Example[]>;
export type RedactedVerdict = Redacted<Verdict>;
export type RedactedProfile = Redacted<Profile>;
/** Bins of numbers lose their edges but keep their order; levels lose their names but keep their count. */
export type RedactedBins =
  { kind: 'number'; edges: number[] | null } | { kind: 'category'; levels: string[] | Unnamed };
type Unnamed = { length: number };
export type RedactedInsight = Redacted<Insight>;
export type RedactedBinning = Redacted<{ id: string; columns: Record<string, RedactedBins> }>;
export type RedactedEncoding =
  | Encoding
  | (Omit<Extract<Encoding, { kind: 'number' }>, 'median' | 'mean' | 'deviation' | 'range'> & { median: null })
  | (Omit<Extract<Encoding, { kind: 'robust' }>, 'median' | 'scale' | 'range'> & { median: null })
  | (Omit<Extract<Encoding, { kind: 'pieces' }>, 'median' | 'edges' | 'range'> & { median: null; edges: Unnamed })
  | (Omit<Extract<Encoding, { kind: 'value' }>, 'usual' | 'range'> & { usual: null })
  | { kind: 'category'; column: string; levels: Unnamed; shared?: { inputs: number; levels: Unnamed } }
  | { kind: 'level'; column: string; levels: Unnamed };
type Described = Pick<ModelArtifact, 'calibration' | 'threshold' | 'trainedWith' | 'target'> & {
  interval?: Pick<EstimateInterval, 'coverage' | 'rows'> | undefined;
};
export type RedactedModel = Redacted<
  Described & { encodings: RedactedEncoding[]; members?: { candidate: string; weight: number }[] }
>;

/** Whether a column is declared sensitive, in any of its roles. */
export function isSensitive({ source, label, columns }: Pipeline, column: string): boolean {
  return (
    own(columns, column)?.sensitive === true ||
    (column === label.name && label.sensitive === true) ||
    (source.sensitive ?? []).some((part) => source[part] === column)
  );
}

/** Estimates of a number reveal its labels' range; a probability does not. */
export const scoreIsSensitive = (pipeline: Pipeline): boolean =>
  pipeline.label.kind === 'number' && isSensitive(pipeline, pipeline.label.name);

/** Whether names of classes reveal labels. */
export const classesAreSensitive = (pipeline: Pipeline): boolean =>
  pipeline.label.kind === 'class' && isSensitive(pipeline, pipeline.label.name);

/** Whether what a version answers reveals labels. */
export const answersAreSensitive = (pipeline: Pipeline): boolean =>
  scoreIsSensitive(pipeline) || classesAreSensitive(pipeline);

/**
 * Removes the values of a pipeline's sensitive columns from data that is drawn, listed or stored for people. For an earlier
 * declaration also those of today's, which may be any where this release cannot read it (null).
 */
export function redactorOf(pipeline: Pipeline, today: Pipeline | null = pipeline) {
  const { source } = pipeline;
  const hidesScores =
    scoreIsSensitive(pipeline) || (today ? scoreIsSensitive(today) : pipeline.label.kind === 'number');
  const sensitive = (column: string): boolean =>
    column === SCORE ? hidesScores : isSensitive(pipeline, column) || !today || isSensitive(today, column);
  const hidesClasses = sensitive(pipeline.label.name) || !today || classesAreSensitive(today);

  const columnsOf = <T, Shown>(columns: Record<string, T>, redact: (column: T) => Shown): Record<string, T | Shown> =>
    Object.fromEntries(Object.entries(columns).map(([name, of]) => [name, sensitive(name) ? redact(of) : of]));
  const drift = (column: ColumnDrift): ColumnDrift => ({
    ...column,
    ...(sensitive(column.column) && { mean: null }),
    ...(column.explained && { explained: explanationOf(column, column.explained) }),
  });
  /** Rows that show how a sensitive column moved would tell whose values gained, which the movers name by their place. */
  const explanationOf = ({ column, kind }: ColumnDrift, { rows, ...explained }: Explained): Explained => ({
    ...explained,
    ...(sensitive(column) && {
      movers: explained.movers.map((mover) => ({ ...mover, label: moverPlace(kind, mover) })),
    }),
    ...(rows && !sensitive(column) && { rows: rows.map(shownOf) }),
    ...(hidesScores && explained.score && { score: { ...explained.score, shift: null } }),
  });

  const shownOf = ({ key, entity, ...shown }: ShownRow): ShownRow => ({
    ...shown,
    ...(key !== undefined && !sensitive(source.key) && { key }),
    ...(entity !== undefined && (source.entity === undefined || !sensitive(source.entity)) && { entity }),
  });

  /** Of a sensitive label no mean, and no class by name. */
  const concept = ({ mean, classes, ...kept }: Concept): Concept => ({
    ...kept,
    ...(mean && !sensitive(pipeline.label.name) && { mean }),
    ...(classes && { classes: hidesClasses ? classes.map((moved) => ({ ...moved, name: 'a class' })) : classes }),
  });

  const encodingOf = (encoding: Encoding): RedactedEncoding =>
    sensitive(encoding.column) ? withoutValues(encoding) : encoding;

  const withoutSensitive = <T>(byColumn: Record<string, T>): Record<string, T> =>
    Object.fromEntries(Object.entries(byColumn).filter(([column]) => !sensitive(column)));

  /** Where groups begin is told by their number. */
  const withoutCuts = (fairness: DeclaredFairness): DeclaredFairness => ({
    ...fairness,
    groups: fairness.groups.map((group) => (sensitive(groupOf(group).column) ? groupOf(group).column : group)),
  });

  return {
    /** Without declared limits and levels, which the author knows from the rows. */
    pipeline: (): RedactedPipeline =>
      asRedacted({
        ...pipeline,
        columns: columnsOf(pipeline.columns, (column): Pipeline['columns'][string] => {
          const { kind } = column;
          const kept = {
            ...('nulls' in column && { nulls: column.nulls }),
            ...(!isFeature(column) && { feature: false }),
          };
          return { kind, ...kept, sensitive: true } as typeof column;
        }),
        ...(hidesClasses && withoutClasses(pipeline)),
        ...(pipeline.fairness && { fairness: withoutCuts(pipeline.fairness) }),
        ...(pipeline.slices && { slices: mapped(pipeline.slices, withoutSensitive) }),
      }),

    summary: (summary: SnapshotSummary): RedactedSummary =>
      asRedacted({
        ...summary,
        columns: summary.columns.map((column) =>
          sensitive(column.column)
            ? { ...column, min: null, max: null, mean: null, levels: ranked(column.levels) }
            : column,
        ),
      }),

    /** The limits of a sensitive column reveal something about its values, too. */
    snapshot: <Kept extends Pick<Snapshot, 'expectations'>>(snapshot: Kept): Redacted<Kept> =>
      asRedacted({
        ...snapshot,
        expectations: snapshot.expectations.map((expectation) =>
          expectation.column !== null && sensitive(expectation.column) ? withoutLimits(expectation) : expectation,
        ),
      }),

    /** Hides a sensitive key: examples of repeated keys are dropped, and other examples lose their key. */
    examples: (examples: readonly Example[]): RedactedExamples =>
      asRedacted(
        examples
          .filter(({ column }) => !sensitive(column ?? pipeline.source.key))
          .map((example) => (sensitive(pipeline.source.key) ? { ...example, key: null } : example)),
      ),

    binning: ({ id, columns }: Binning): RedactedBinning =>
      asRedacted({
        id,
        columns: columnsOf(columns, (bins): RedactedBins =>
          bins.kind === 'number'
            ? { kind: 'number', edges: null }
            : { kind: 'category', levels: { length: bins.levels.length } },
        ),
      }),

    profile: ({ promised: _classes, ...profile }: Profile): RedactedProfile =>
      asRedacted({ ...profile, columns: columnsOf(profile.columns, withoutSums) }),

    /** Names and what is lost without them; no curve along a sensitive column, or of sensitive estimates. */
    insight: (insight: Insight): RedactedInsight =>
      asRedacted({
        ...insight,
        dependence: hidesScores ? [] : insight.dependence.filter(({ column }) => !sensitive(column)),
      }),

    encodings: (encodings: readonly Encoding[]): RedactedEncoding[] => encodings.map(encodingOf),

    /** Scores of a version, counted. */
    score: (profile: ColumnProfile): Redacted<ColumnProfile> =>
      asRedacted(hidesScores ? withoutSums(profile) : profile),

    version: <Kept extends Pick<ModelVersion, 'evaluation'> & Partial<Pick<ModelVersion, 'gate'>>>(
      version: Kept,
    ): Redacted<Kept> => asRedacted(withoutNames(version, { sensitive, classes: hidesClasses })),

    verdict: (verdict: Verdict): RedactedVerdict =>
      asRedacted({
        ...verdict,
        columns: verdict.columns.map(drift),
        score: verdict.score && drift(verdict.score),
        ...(verdict.concept && { concept: concept(verdict.concept) }),
      }),

    model: (model: Described & { kind?: string; encodings: Encoding[]; members?: unknown }): RedactedModel => {
      const { kind, encodings, calibration, threshold, trainedWith, target, members, interval } = model;
      return asRedacted({
        encodings: encodings.map(encodingOf),
        calibration,
        threshold,
        trainedWith,
        ...(target && !hidesScores && { target }),
        ...(interval && { interval: { coverage: interval.coverage, rows: interval.rows } }),
        ...(kind === 'ensemble' && {
          members: (members as EnsembleModel['members']).map(({ candidate, weight }) => ({
            candidate,
            weight,
          })),
        }),
      });
    },
  };
}

type Redactor = ReturnType<typeof redactorOf>;
/** What people may read of what is stored, whether or not this release can read its declaration. */
export type Shown = Pick<Redactor, 'version' | 'verdict' | 'snapshot' | 'insight'> & {
  pipeline: () => RedactedPipeline | null;
};

/** A declaration that this release cannot read (null) may name any column as sensitive. */
export const shownBy = (pipeline: Pipeline | null, today = pipeline): Shown =>
  pipeline ? redactorOf(pipeline, today) : hidingAll;

const hidingAll: Shown = {
  pipeline: () => null,
  version: (version) => asRedacted(withoutNames(version, { sensitive: () => true, classes: true })),
  verdict: ({ concept: _concept, ...verdict }) => asRedacted({ ...verdict, columns: [], score: null }),
  snapshot: (snapshot) => asRedacted({ ...snapshot, expectations: snapshot.expectations.map(withoutLimits) }),
  insight: (insight) => asRedacted({ ...insight, dependence: [] }),
};

/** rank(0, 12) // => 'level 1 of 12', the most frequent one */
export const rank = (index: number, levels: number): string => `level ${index + 1} of ${levels}`;

const withoutLimits = (expectation: Expectation): Expectation =>
  expectation.column !== null && limitsValues(expectation)
    ? { ...expectation, allowed: 'what is declared' }
    : expectation;

const ranked = (levels: ColumnSummary['levels']): ColumnSummary['levels'] =>
  levels.map(({ rows }, i) => ({ level: rank(i, levels.length), rows }));

const withoutSums = (profile: ColumnProfile): ColumnProfile => ({ ...profile, sums: [], squares: [] });

function withoutValues(encoding: Encoding): RedactedEncoding {
  switch (encoding.kind) {
    case 'number': {
      const { kind, column, transform, flagMissing } = encoding;
      return { kind, column, transform, flagMissing, median: null };
    }
    case 'robust': {
      const { kind, column, transform, flagMissing } = encoding;
      return { kind, column, transform, flagMissing, median: null };
    }
    case 'pieces': {
      const { kind, column, edges, flagMissing } = encoding;
      return { kind, column, flagMissing, median: null, edges: { length: edges.length } };
    }
    case 'category': {
      const { kind, column, levels, shared } = encoding;
      const further = shared && { inputs: shared.inputs, levels: { length: shared.levels.length } };
      return { kind, column, levels: { length: levels.length }, ...(further && { shared: further }) };
    }
    case 'level':
      return { kind: 'level', column: encoding.column, levels: { length: encoding.levels.length } };
    case 'hour':
      return { kind: 'hour', column: encoding.column };
    case 'value':
      return { kind: 'value', column: encoding.column, usual: null };
  }
}

const mapped = <T, To>(record: Record<string, T>, to: (value: T) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, to(value)]));

const asRedacted = <T>(value: T): Redacted<T> => value as Redacted<T>;
