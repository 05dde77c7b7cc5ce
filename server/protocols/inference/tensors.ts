import { kindOf } from '../../../core/base/errors/kind-of.ts';
import { LONGEST_SHOWN, RequestProblem } from '../errors.ts';
import { fixedDatatypes, wholeDatatypes, type DatatypeName, type Element } from './datatypes.ts';
import { isUtf8 } from 'node:buffer';

export interface TensorShape {
  name: string;
  datatype: DatatypeName;
  shape: readonly number[];
}

export interface Tensor extends TensorShape {
  /** In row-major order, as many as the shape says. */
  elements: readonly Element[];
}

/** The bytes before each element of BYTES: its length. */
const LENGTH_BYTES = 4;

const countOf = ({ shape }: TensorShape): number => shape.reduce((count, size) => count * size, 1);

/** A tensor in words: "amount" (FP64, shape [2, 1]). */
export const described = ({ name, datatype, shape }: TensorShape): string =>
  `${quoted(name)} (${datatype}, shape [${shape.join(', ')}])`;

export const quoted = (name: string): string => JSON.stringify(name.slice(0, LONGEST_SHOWN));

/** Refuses parameters that ask for what this server does not do; others mean nothing to it. */
export function checkParameters(parameters: object): void {
  for (const name of ['shared_memory_region', 'classification'])
    if ((parameters as Record<string, unknown>)[name] != null)
      throw new RequestProblem(`The parameter "${name}" is not supported; leave it out.`, name);
}

/** The tensor of a JSON array, nested by rows or flat. */
export function fromJson(of: TensorShape, data: unknown): Tensor {
  if (!Array.isArray(data))
    throw new RequestProblem(`"data" of the input ${described(of)} is ${kindOf(data)}; send an array.`, of.name);
  const elements = (data.some(Array.isArray) ? data.flat(Infinity) : data) as unknown[];
  const wrong = elements.findIndex((element) => element !== null && !fits(of.datatype, element));
  if (wrong >= 0)
    throw new RequestProblem(
      `Element ${wrong} of the input ${described(of)} is ${kindOf(elements[wrong])}, which ${of.datatype} cannot hold.`,
      of.name,
      wrong,
    );
  return counted(of, elements as Element[]);
}

function fits(datatype: DatatypeName, element: unknown): boolean {
  if (datatype === 'BYTES') return typeof element === 'string';
  if (typeof element !== fixedDatatypes[datatype].holds) return false;
  return !(wholeDatatypes as string[]).includes(datatype) || Number.isInteger(element);
}

/** Checks that there are as many elements as the shape says. */
export function counted(of: TensorShape, elements: readonly Element[]): Tensor {
  if (elements.length === countOf(of)) return { ...of, elements };
  throw new RequestProblem(`The input ${described(of)} has ${elements.length} elements; send ${countOf(of)}.`, of.name);
}

/** The tensor of binary data: elements one after the other, without gaps. */
export function fromBinary(of: TensorShape, bytes: Buffer): Tensor {
  if (of.datatype === 'BYTES') return counted(of, textsIn(of, bytes));
  const { size, read } = fixedDatatypes[of.datatype];
  if (bytes.length !== countOf(of) * size)
    throw new RequestProblem(
      `The input ${described(of)} has ${bytes.length} bytes of data; send ${countOf(of) * size}.`,
      of.name,
    );
  const elements: Element[] = [];
  for (let at = 0; at < bytes.length; at += size) elements.push(read(bytes, at));
  return { ...of, elements };
}

function textsIn(of: TensorShape, bytes: Buffer): Element[] {
  const texts: Element[] = [];
  for (let at = 0; at < bytes.length;) {
    const start = at + LENGTH_BYTES;
    const end = start <= bytes.length ? start + bytes.readUInt32LE(at) : Infinity;
    if (end > bytes.length)
      throw new RequestProblem(
        `The data of the input ${described(of)} ends within element ${texts.length}; ` +
          'send each text after its length in four bytes, little-endian.',
        of.name,
        texts.length,
      );
    texts.push(textOf(of, bytes.subarray(start, end), texts.length));
    at = end;
  }
  return texts;
}

/** One element of BYTES; another encoding than UTF-8 would silently become another text. */
export function textOf(of: TensorShape, bytes: Uint8Array, at: number): string {
  if (isUtf8(bytes)) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  throw new RequestProblem(`Element ${at} of the input ${described(of)} is not text in UTF-8.`, of.name, at);
}

/** fromBinary(tensor, toBinary(tensor)) has the same elements. */
export function toBinary({ datatype, elements }: Tensor): Buffer {
  if (datatype === 'BYTES')
    return Buffer.concat(
      elements.flatMap((element) => {
        const text = Buffer.from(String(element));
        const length = Buffer.alloc(LENGTH_BYTES);
        length.writeUInt32LE(text.length);
        return [length, text];
      }),
    );
  const { size, write } = fixedDatatypes[datatype];
  const bytes = Buffer.alloc(elements.length * size);
  elements.forEach((element, i) => write(bytes, element, i * size));
  return bytes;
}

/** How an answer's tensor is written in JSON. */
export const toJson = ({ elements }: Tensor): unknown[] =>
  elements.map((element) => (typeof element === 'bigint' ? Number(element) : element));
