import { bytes, integer, joined, message, text, type Field } from '../../../core/exports/onnx/protobuf.ts';

// Parts of an ONNX file.

/** An input of one column. */
export function input(name: string, type = 1): Field {
  const shape = message(2, [message(1, [text(2, 'N')]), message(1, [integer(1, 1)])]);
  return message(11, [text(1, name), message(2, [message(1, [integer(1, type), shape])])]);
}
export const output = (name: string): Field => message(12, [text(1, name)]);
/** Of ones, unless values are given. */
export function tensor(name: string, dims: number[], values?: number[]): Field {
  const numbers = Float32Array.from(
    values ?? new Array<number>(dims.reduce((product, dim) => product * dim, 1)).fill(1),
  );
  return message(5, [...dims.map((dim) => integer(1, dim)), integer(2, 1), text(8, name), bytes(9, bytesIn(numbers))]);
}
export function node(
  operator: string,
  from: string[],
  to: string[],
  attributes: Record<string, Attribute> = {},
): Field {
  const [, domain = '', name] = /^(?:(ai\.onnx\.ml)\.)?(\w+)$/.exec(operator)!;
  return message(1, [
    ...from.map((each) => text(1, each)),
    ...to.map((each) => text(2, each)),
    text(4, name!),
    text(7, domain),
    ...Object.entries(attributes).map(([key, value]) => message(5, [text(1, key), ...valueOf(value)])),
  ]);
}
/** `leftOut`: of this type, and without a value; `float`: one float; `whole`: a list. */
export type Attribute =
  number | string | string[] | Float32Array | { leftOut: number } | { float: number } | { whole: number[] };
function valueOf(value: Attribute): Field[] {
  if (typeof value === 'object' && 'leftOut' in value) return [integer(20, value.leftOut)];
  if (typeof value === 'object' && 'float' in value)
    return [joined([Uint8Array.of(21), bytesIn(Float32Array.of(value.float))])];
  if (typeof value === 'object' && 'whole' in value) return value.whole.map((each) => integer(8, each));
  if (typeof value === 'number')
    return [value === -1 ? Uint8Array.of(24, ...new Array<number>(9).fill(255), 1) : integer(3, value)];
  if (typeof value === 'string') return [text(4, value)];
  return value instanceof Float32Array ? [bytes(7, bytesIn(value))] : value.map((each) => text(9, each));
}
export const bytesIn = ({ buffer }: Float32Array): Uint8Array => new Uint8Array(buffer);
