import { RequestProblem } from '../errors.ts';
import { type Element } from './datatypes.ts';
import { type Field, type Signature } from './signature.ts';
import { described, quoted, type Tensor } from './tensors.ts';

/** Rows with the fields that a request sent. */
export interface SentRows {
  count: number;
  /** A row, as JSON would bring it. */
  rowAt(place: number): Record<string, unknown>;
  /** 1: tensors were of the shape [N]; 2: [N, 1], or a matrix. */
  rank: number;
}

/** One input's values, or one column's of a matrix: those at `offset`, `offset + step`, ... */
interface Series {
  name: string;
  field: Field;
  elements: readonly Element[];
  offset: number;
  step: number;
}

const MOST_NAMED = 50;

/**
 * Puts a tensor per field, or one matrix with all columns, together into rows. Checks names, datatypes and shapes; what
 * the declaration says of the values is checked later, as with any row.
 */
export function rowsOf(tensors: readonly Tensor[], signature: Signature, mostRows: number): SentRows {
  const [first] = tensors;
  if (!first) throw new RequestProblem('"inputs" is empty; send a tensor per field.', 'inputs');
  const count = first.shape[0] ?? 0;
  const series: Series[] = [];
  const sent = new Set<string>();
  for (const tensor of tensors) {
    checkShape(tensor, count, mostRows);
    for (const each of seriesOf(tensor, signature)) {
      if (sent.has(each.name))
        throw new RequestProblem(`The input ${quoted(each.name)} is sent twice; send it once.`, each.name);
      sent.add(each.name);
      series.push(each);
    }
  }
  return {
    count,
    rowAt(place) {
      const row: Record<string, unknown> = {};
      for (const { name, field, elements, offset, step } of series)
        row[name] = field.valueOf(elements[place * step + offset]!);
      return row;
    },
    rank: tensors.every(({ shape }) => shape.length === 1) ? 1 : 2,
  };
}

function checkShape(tensor: Tensor, rows: number, mostRows: number): void {
  const { name, shape } = tensor;
  if (shape.length < 1 || shape.length > 2)
    throw new RequestProblem(
      `The input ${described(tensor)} has ${shape.length} dimensions; send [N] or [N, 1].`,
      name,
    );
  if (rows < 1 || rows > mostRows)
    throw new RequestProblem(`The input ${described(tensor)} has ${rows} rows; send 1 to ${mostRows}.`, name);
  if (shape[0] !== rows)
    throw new RequestProblem(
      `The input ${described(tensor)} has ${shape[0]} rows, but the first input ${rows}; send as many of each.`,
      name,
    );
}

function seriesOf(tensor: Tensor, signature: Signature): Series[] {
  const { name, datatype, shape, elements } = tensor;
  const field = signature.fields.get(name) ?? signature.ignored.get(name);
  if (!field) {
    const { extra, columns } = signature;
    const isMatrix = shape[1] === columns.length && columns.every(({ isNumeric }) => isNumeric);
    return extra && !isMatrix
      ? [{ name, field: extra, elements, offset: 0, step: shape[1] ?? 1 }]
      : columnsOf(tensor, signature);
  }
  if (shape.length === 2 && shape[1] !== 1)
    throw new RequestProblem(`The input ${described(tensor)} is one field; send the shape [N] or [N, 1].`, name);
  if (!field.takes.includes(datatype))
    throw new RequestProblem(`The input ${described(tensor)} cannot be ${datatype}; send ${takes(field)}.`, name);
  return [{ name, field, elements, offset: 0, step: 1 }];
}

const takes = ({ datatype, takes }: Field): string =>
  takes.length === 1 ? datatype : `${datatype}, or one of ${takes.filter((other) => other !== datatype).join(', ')}`;

/** A matrix of all columns under any other name. */
function columnsOf(tensor: Tensor, { fields, columns }: Signature): Series[] {
  const { name, datatype, shape, elements } = tensor;
  const inputs = [...fields.keys()];
  const listed = inputs.slice(0, MOST_NAMED).join(', ') + (inputs.length > MOST_NAMED ? ', ...' : '');
  if (shape.length !== 2 || (datatype !== 'FP32' && datatype !== 'FP64'))
    throw new RequestProblem(
      `${quoted(name)} is not an input of this model; inputs are: ${listed}; or one FP32 or FP64 tensor of the ` +
        `shape [N, ${columns.length}] with all columns.`,
      name,
    );
  const text = columns.find(({ isNumeric }) => !isNumeric);
  if (text)
    throw new RequestProblem(
      `The input ${described(tensor)} has all columns in one tensor, but ${quoted(text.name)} is not a number; ` +
        `send a tensor per field: ${listed}.`,
      name,
    );
  const step = columns.length;
  if (shape[1] !== step)
    throw new RequestProblem(
      `The input ${described(tensor)} has ${shape[1]} columns; send [N, ${step}] in this order: ` +
        `${columns.map((column) => column.name).join(', ')}.`,
      name,
    );
  return columns.map((column, offset) => ({
    name: column.name,
    field: fields.get(column.name)!,
    elements,
    offset,
    step,
  }));
}
