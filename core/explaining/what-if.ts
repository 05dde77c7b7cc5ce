import { UserError } from '../base/errors/errors.ts';
import { own } from '../base/own.ts';
import { valueTypeOf } from '../columns/index.ts';
import type { ValueType } from '../columns/column.ts';
import type { Row, Value } from '../data/data.ts';
import type { Binning } from '../data/profiles/binning.ts';
import type { Pipeline } from '../declaration/pipeline.ts';
import { columnsOf, type Encoding, type ModelArtifact } from '../model/artifact.ts';
import type { Scorer } from '../model/scorer.ts';
import { encodingsByColumn, typicalRow } from '../model/effects/typical.ts';
import type { Dependence } from './insight.ts';
import { choicesOf, searchCounterfactual, type Counterfactual } from './counterfactual.ts';

/** A column of the row that is tried. */
export interface TriedField {
  column: string;
  type: ValueType;
  /** Absent: a sensitive value, which is used and not shown. */
  value?: Value;
  /** Values that were seen, for those to choose from; none of a sensitive column, and none of a number. */
  seen: string[];
}

/** What one version says of the row. */
export interface TriedVersion {
  version: number;
  score: number;
  /** What the label of an estimate lies between; absent: of another kind, or not known. */
  low?: number;
  high?: number;
  /** null: a number is estimated, so there is nothing to decide. */
  decision: boolean | null;
  threshold: number | null;
  /** Of classes: the answer, whose probability the score, the effects and the curve are of; all by name; and what a counterfactual makes the answer. */
  classes?: { label: string; probabilities: Record<string, number>; otherwise?: string };
  /** Where effects begin; it and the effects add up to the score. */
  typicalScore: number;
  from: 'mean' | 'typical';
  exact: boolean;
  /** By column, the largest first. */
  effects: { column: string; effect: number }[];
  /** The score of this row along one column. */
  curve: { value: Value; mean: number }[] | null;
  /** What scores do along that column on average, as measured when the version was judged; absent: not measured. */
  dependence?: Dependence;
  /** null: none was found, or none was asked for. */
  counterfactual: Counterfactual | null;
  /** Whether a counterfactual was looked for. */
  searched: boolean;
}

export interface WhatIf {
  pipeline: string;
  /** The prediction whose row this is; null: the typical row. */
  prediction: string | null;
  isNumber: boolean;
  fields: TriedField[];
  /** The column whose curve is drawn; null: none can be. */
  changed: string | null;
  /** By how much an estimate is to change. */
  by: number | null;
  versions: TriedVersion[];
}

/** A version that is ready to be tried. */
export interface Triable {
  version: number;
  artifact: ModelArtifact;
  scorer: Scorer;
}

export interface WhatIfQuestion {
  pipeline: Pipeline;
  /** Also by earlier declarations: a column that left this one is in none of its columns. */
  sensitive: (column: string) => boolean;
  binning: Binning | null;
  versions: readonly Triable[];
  /** A logged row, in place of the typical one. */
  logged: { id: string; row: Row } | null;
  /** What the reader changed. */
  given: Readonly<Record<string, unknown>>;
  /** The values are texts of a form: an empty one is missing, or of a sensitive column unchanged. */
  written?: boolean | undefined;
  changed?: string | undefined;
  by?: number | undefined;
}

/** Tries a row on versions; a generator, whose caller gives others a turn at each yield. */
export function* tryRow(question: WhatIfQuestion): Generator<void, WhatIf> {
  const { pipeline, sensitive, binning, versions, logged, given, written = false, by = null } = question;
  const isOpen = (column: string): boolean => !sensitive(column);
  const isGiven = (column: string): boolean =>
    Object.hasOwn(given, column) && (isOpen(column) || !written || given[column] !== '');
  const encodings = encodingsByColumn(versions.flatMap(({ artifact }) => artifact.encodings));
  const typical = typicalRow([...encodings.values()]);
  const row: Row = {};
  for (const [column, encoding] of encodings) {
    const type = typeOf(pipeline, encoding);
    const known = logged ? (logged.row[column] ?? null) : typical[column]!;
    row[column] = type === 'boolean' && typeof known === 'string' ? known === 'true' : known;
    if (isGiven(column)) row[column] = checked(written ? read(given[column], type) : given[column], column, type);
  }
  // A form keeps the fields of a version that is no longer tried.
  const unknown = written ? undefined : Object.keys(given).find((column) => !encodings.has(column));
  if (unknown !== undefined)
    throw new UserError(
      'REQUEST_INVALID',
      `No version that is tried reads a column "${unknown}". They read: ${[...encodings.keys()].join(', ')}.`,
    );

  const choices = [...encodings].map(([column, encoding]) =>
    choicesOf(column, own(binning?.columns ?? {}, column), encoding),
  );
  const first = versions[0]!;
  const explained = explain(first, row);
  yield;
  const isAsked = question.changed !== undefined && encodings.has(question.changed) && isOpen(question.changed);
  const strongest = explained.effects.find(({ column }) => isOpen(column));
  const changed = isAsked ? question.changed! : (strongest?.column ?? null);
  const tried: TriedVersion[] = [];
  for (const each of versions) {
    const reads = new Set(columnsOf(each.artifact.encodings));
    const open = choices.filter(({ column }) => reads.has(column) && isOpen(column));
    tried.push(yield* tryVersion(each, row, each === first ? explained : explain(each, row), open, changed, by));
    yield;
  }
  return {
    pipeline: pipeline.name,
    prediction: logged?.id ?? null,
    isNumber: pipeline.label.kind === 'number',
    fields: choices.map(({ column, values }): TriedField => {
      const type = typeOf(pipeline, encodings.get(column)!);
      const seen = isOpen(column) && type === 'text' ? values.map(String) : [];
      return { column, type, seen, ...((isOpen(column) || isGiven(column)) && { value: row[column]! }) };
    }),
    changed,
    by,
    versions: tried,
  };
}

type Explained = Pick<TriedVersion, 'typicalScore' | 'from' | 'exact' | 'effects'>;

function explain({ artifact, scorer }: Triable, row: Row): Explained {
  const columns = columnsOf(artifact.encodings);
  const { effects, typicalScore, from, exact } = scorer.explainer(columns.map((column) => [column]))(row);
  return {
    typicalScore,
    from,
    exact,
    effects: columns
      .map((column, i) => ({ column, effect: effects[i]! }))
      .sort((a, b) => Math.abs(b.effect) - Math.abs(a.effect)),
  };
}

function* tryVersion(
  { version, artifact, scorer }: Triable,
  row: Row,
  explained: Explained,
  open: ReturnType<typeof choicesOf>[],
  changed: string | null,
  by: number | null,
): Generator<void, TriedVersion> {
  const { threshold } = artifact;
  const { score, scoreOf, classes, searchedBy } = asked(scorer, row);
  yield;
  const isWanted = classes ? belowZero : wanted(score, threshold, by);
  const found = isWanted && (yield* searchCounterfactual(row, open, searchedBy, isWanted));
  const otherwise = classes && found ? asked(scorer, changedRow(row, found)) : null;
  const counterfactual = found && otherwise ? { ...found, score: otherwise.score } : found;
  const along = open.find(({ column }) => column === changed);
  const curve: TriedVersion['curve'] = along ? [] : null;
  for (const value of along ? withOwn(along.values, row[along.column] ?? null) : []) {
    curve!.push({ value, mean: scoreOf({ ...row, [along!.column]: value }) });
    yield;
  }
  return {
    version,
    score,
    ...scorer.interval?.(score),
    decision: threshold === null ? null : score >= threshold,
    threshold,
    ...explained,
    curve,
    counterfactual: counterfactual ?? null,
    searched: isWanted !== null,
    ...(classes && { classes: { ...classes, ...(otherwise?.classes && { otherwise: otherwise.classes.label }) } }),
  };
}

/** The score of a row, and how others are held against it: of classes, by the probability of this row's answer. */
function asked(scorer: Scorer, row: Row) {
  const { classes: known } = scorer;
  if (!known) return { score: scorer.score(row), scoreOf: scorer.score, searchedBy: scorer.score, classes: null };
  const { names } = known;
  const probabilities = known.probabilities(row);
  const place = known.answer(probabilities);
  return {
    score: probabilities[place]!,
    scoreOf: (other: Row): number => known.probabilities(other)[place]!,
    searchedBy: (other: Row): number => known.ahead(known.probabilities(other), place),
    classes: {
      label: names[place]!,
      probabilities: Object.fromEntries(names.map((name, at) => [name, probabilities[at]!])),
    },
  };
}

const belowZero = (ahead: number): number => (ahead < 0 ? 0 : 1e-12 + ahead);

const changedRow = (row: Row, { changes }: Counterfactual): Row => ({
  ...row,
  ...Object.fromEntries(changes.map(({ column, to }) => [column, to])),
});

/** How far a score is from the other side of the threshold, or from having moved by so much. */
function wanted(score: number, threshold: number | null, by: number | null): ((score: number) => number) | null {
  if (threshold !== null)
    return score >= threshold ? (other) => (other < threshold ? 0 : 1e-12 + other - threshold) : (other) => threshold - other; // prettier-ignore
  if (by === null || by === 0) return null;
  return by > 0 ? (other) => score + by - other : (other) => other - (score + by);
}

/** The values in their order, with the row's own among them. */
function withOwn(values: readonly Value[], value: Value): Value[] {
  if (values.includes(value)) return [...values];
  if (typeof value !== 'number') return value === null ? [...values, null] : [...values, value];
  return [...values, value].sort((a, b) => Number(a) - Number(b));
}

function typeOf(pipeline: Pipeline, encoding: Encoding): ValueType {
  const declared = own(pipeline.columns, encoding.column);
  if (declared) return valueTypeOf(declared);
  return 'levels' in encoding ? 'text' : 'number'; // no longer declared
}

/** What a text of a form stands for; left as it is where it stands for nothing of this type. */
function read(text: unknown, type: ValueType): unknown {
  const isBlank = typeof text === 'string' && text.trim() === '';
  if (text === '' || (isBlank && type !== 'text')) return null;
  if (type === 'number') return Number(text);
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  return text;
}

const typeWords: Record<ValueType, string> = { number: 'a number', text: 'text', boolean: 'true or false' };

function checked(value: unknown, column: string, type: ValueType): Value {
  const fits =
    value === null ||
    (type === 'number' && typeof value === 'number' && Number.isFinite(value)) ||
    (type === 'text' && typeof value === 'string') ||
    (type === 'boolean' && typeof value === 'boolean');
  if (fits) return value as Value;
  throw new UserError('REQUEST_INVALID', `"${column}" takes ${typeWords[type]} or null.`);
}
