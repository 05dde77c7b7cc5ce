import { type ValueType } from '../../../core/columns/column.ts';
import {
  isFeature,
  limitsOf,
  nullsOf,
  readColumns,
  sentColumns,
  valueTypeOf,
  type Column,
} from '../../../core/columns/index.ts';
import { own } from '../../../core/base/own.ts';
import { type LabelKind } from '../../../core/data/labels/label-kinds.ts';
import { type Pipeline } from '../../../core/declaration/pipeline.ts';
import { ignoresExtra, valuePolicyOf, type ValuePolicy } from '../../../core/declaration/values.ts';
import { datatypeNames, numberDatatypes, wholeDatatypes, type DatatypeName, type Element } from './datatypes.ts';
import { type Tensor } from './tensors.ts';

/** An input: a field of a row as a tensor. */
export interface Field {
  /** The datatype that the metadata name. */
  datatype: DatatypeName;
  takes: readonly DatatypeName[];
  optional: boolean;
  /** An element as a row holds it, before its declaration checks it. */
  valueOf(element: Element): unknown;
}

/** One row's answer. */
export interface Answered {
  id: string;
  score: number;
  /** Only for a label of kind number, where intervals are known. */
  low?: number;
  high?: number;
  /** Only for a label of kind binary. */
  decision?: boolean;
  /** Only for a label of kind class. */
  label?: string;
  probabilities?: Readonly<Record<string, number>>;
  version: number;
}

/** What a model takes and gives, as tensors. */
export interface Signature {
  fields: ReadonlyMap<string, Field>;
  /** The columns that a row has, in the order of the model's inputs, and whether a matrix of numbers can hold each. */
  columns: readonly { name: string; isNumeric: boolean }[];
  outputs: readonly OutputName[];
  /** For a label of kind class: the order of their probabilities. */
  classes: readonly string[];
  /** Columns that may be sent and are ignored: no model learns from them. */
  ignored: ReadonlyMap<string, Field>;
  /** Takes fields that the declaration does not have, to be ignored where the row is checked. */
  extra: Field | null;
}

/** No element means nothing: NaN among numbers, the empty text where a null is allowed. */
const numberOf = (element: Element): unknown =>
  typeof element === 'bigint' ? Number(element) : Number.isNaN(element) ? null : element;
const booleanOf = (element: Element): unknown => {
  const value = numberOf(element);
  return value === 1 ? true : value === 0 ? false : value;
};
const nameOf = (element: Element): unknown =>
  element === '' ? null : typeof element === 'bigint' ? String(element) : element;
const timeOf = (element: Element): unknown => (element === '' ? null : element);

const kinds: Record<ValueType, Pick<Field, 'datatype' | 'takes' | 'valueOf'>> = {
  number: { datatype: 'FP64', takes: numberDatatypes, valueOf: numberOf },
  boolean: { datatype: 'BOOL', takes: ['BOOL', ...numberDatatypes], valueOf: booleanOf },
  text: { datatype: 'BYTES', takes: ['BYTES'], valueOf: (element) => element },
};

const name: Field = { datatype: 'BYTES', takes: ['BYTES', ...wholeDatatypes], optional: true, valueOf: nameOf };
const ignored: Field = { datatype: 'BYTES', takes: datatypeNames, optional: true, valueOf: (element) => element };
const time: Field = { datatype: 'BYTES', takes: ['BYTES'], optional: true, valueOf: timeOf };

function fieldOf(column: Column, { missing, wrongType }: ValuePolicy): Field {
  const type = valueTypeOf(column);
  const emptyIsNull = type === 'text' && nullsOf(column) > 0 && !limitsOf(column).levels?.includes('');
  return {
    ...kinds[type],
    optional: missing !== 'reject',
    // A value of another type is imputed where the row is checked.
    ...(wrongType === 'impute' && { takes: datatypeNames }),
    ...(emptyIsNull && { valueOf: timeOf }),
  };
}

/** The signature of a declaration; `others`: of versions that share its traffic, whose fields are taken too. `intervals`: one of them knows them. */
export function signatureOf(
  pipeline: Pipeline,
  { others = [], intervals }: { others?: readonly Pipeline[]; intervals: boolean },
): Signature {
  const fields = new Map<string, Field>();
  const taken = new Map<string, Field>();
  const add = (field: string, described: Field): void => void (fields.has(field) || fields.set(field, described));
  for (const one of [pipeline, ...others]) {
    const { columns, source } = one;
    for (const [column, declared] of readColumns(columns))
      if (isFeature(declared)) add(column, fieldOf(declared, valuePolicyOf(one, column)));
      else taken.set(column, ignored);
    add(source.key, name);
    add(source.time, time);
    if (source.entity !== undefined) add(source.entity, name);
  }
  return {
    fields,
    columns: sentColumns(pipeline.columns).map(([column, declared]) => ({
      name: column,
      isNumeric: valueTypeOf(declared) !== 'text',
    })),
    ignored: taken,
    extra: ignoresExtra(pipeline) ? ignored : null,
    outputs: outputsOf[pipeline.label.kind].filter((output) => intervals || !ofIntervals.includes(output)),
    classes: pipeline.label.classes ?? [],
  };
}

export const outputs = {
  score: { datatype: 'FP64', of: ({ score }: Answered): Element => score },
  low: { datatype: 'FP64', of: ({ low }: Answered): Element => low ?? NaN },
  high: { datatype: 'FP64', of: ({ high }: Answered): Element => high ?? NaN },
  decision: { datatype: 'BOOL', of: ({ decision }: Answered): Element => decision ?? null },
  label: { datatype: 'BYTES', of: ({ label }: Answered): Element => label ?? null },
  /** As many as there are classes. */
  probabilities: { datatype: 'FP64', of: (): Element => null },
  version: { datatype: 'INT64', of: ({ version }: Answered): Element => version },
  id: { datatype: 'BYTES', of: ({ id }: Answered): Element => id },
} satisfies Record<string, { datatype: DatatypeName; of: (answer: Answered) => Element }>;
export type OutputName = keyof typeof outputs;

/** An output of all rows, in the shape [N] or [N, 1]; the probabilities of K classes are [N, K]. */
export function outputOf(
  output: OutputName,
  answers: readonly Answered[],
  rank: number,
  classes: readonly string[],
): Tensor {
  const { datatype } = outputs[output];
  if (output === 'probabilities')
    return {
      name: output,
      datatype,
      shape: [answers.length, classes.length],
      elements: answers.flatMap(({ probabilities = {} }) => classes.map((name) => own(probabilities, name) ?? 0)),
    };
  return {
    name: output,
    datatype,
    shape: rank === 1 ? [answers.length] : [answers.length, 1],
    elements: answers.map(outputs[output].of),
  };
}

/** Numbers of an output for a row. */
export const widthOf = (output: OutputName, { classes }: Signature): number =>
  output === 'probabilities' ? classes.length : 1;

const ofIntervals: readonly OutputName[] = ['low', 'high'];

const outputsOf: Record<LabelKind, readonly OutputName[]> = {
  binary: ['score', 'decision', 'version', 'id'],
  number: ['score', 'low', 'high', 'version', 'id'],
  class: ['label', 'score', 'probabilities', 'version', 'id'],
};
