import type { Encoding } from '../../model/artifact.ts';
import { FURTHEST, HOURS, SOFT_FURTHEST, symmetricLog as logOf } from '../../model/preprocessing.ts';
import { types, type Graph } from './graph.ts';

const A_NUMBER = 'a number; NaN: missing';
const A_TEXT = 'a text; for a missing value one that is no level';

type Of<Kind extends Encoding['kind']> = Extract<Encoding, { kind: Kind }>;

/** Adds what turns raw columns into a model's inputs, as `createEncoder` does; returns these inputs. */
export function encode(graph: Graph, encodings: readonly Encoding[]): string {
  return graph.node('Concat', encodings.flatMap((encoding) => encodeColumn(graph, encoding)), { axis: 1 }); // prettier-ignore
}

function encodeColumn(graph: Graph, encoding: Encoding): string[] {
  switch (encoding.kind) {
    case 'number':
      return encodeNumber(graph, encoding);
    case 'robust':
      return encodeRobust(graph, encoding);
    case 'pieces':
      return encodePieces(graph, encoding);
    case 'category':
      return [encodeCategory(graph, encoding)];
    case 'hour':
      return [encodeHour(graph, encoding)];
    case 'value':
      return [encodeValue(graph, encoding)];
    case 'level':
      return [encodeLevel(graph, encoding)];
  }
}

// Numbers are computed as doubles, as createEncoder computes them, and rounded at the end.
function encodeNumber(graph: Graph, encoding: Of<'number'>): string[] {
  const { column, transform, median, mean, deviation, flagMissing, furthest = FURTHEST } = encoding;
  const { node, double } = graph;
  const { number, missing } = numberOf(graph, column, median);
  const transformed = transform === 'log' ? symmetricLog(graph, number) : number;
  const standard = node('Div', [node('Sub', [transformed, double(mean)]), double(deviation)]);
  const clipped = node('Min', [node('Max', [standard, double(-furthest)]), double(furthest)]);
  return [float(graph, clipped), ...(flagMissing ? [float(graph, missing)] : [])];
}

function encodeRobust(graph: Graph, { column, transform, median, scale, flagMissing }: Of<'robust'>): string[] {
  const { node, double } = graph;
  const { number, missing } = numberOf(graph, column, median);
  const transformed = transform === 'log' ? symmetricLog(graph, number) : number;
  const middle = transform === 'log' ? logOf(median) : median;
  const scaled = node('Div', [node('Sub', [transformed, double(middle)]), double(scale)]);
  // Without the bound a square would be infinite, and its quotient no number.
  const bounded = node('Min', [node('Max', [scaled, double(-1e9)]), double(1e9)]);
  const share = node('Div', [bounded, double(SOFT_FURTHEST)]);
  const drawnIn = node('Div', [bounded, node('Sqrt', [node('Add', [node('Mul', [share, share]), double(1)])])]);
  return [float(graph, drawnIn), ...(flagMissing ? [float(graph, missing)] : [])];
}

function encodePieces(graph: Graph, { column, median, edges, flagMissing }: Of<'pieces'>): string[] {
  const { node, double, doubles } = graph;
  const { number, missing } = numberOf(graph, column, median);
  const [starts, dims] = [edges.slice(0, -1), [1, edges.length - 1]];
  const lengths = starts.map((start, i) => edges[i + 1]! - start);
  const shares = node('Div', [node('Sub', [number, doubles(starts, dims)]), doubles(lengths, dims)]);
  const kept = node('Min', [node('Max', [shares, double(0)]), double(1)]);
  return [float(graph, kept), ...(flagMissing ? [float(graph, missing)] : [])];
}

function numberOf(graph: Graph, column: string, median: number): { number: string; missing: string } {
  const value = graph.input(column, 'double', A_NUMBER);
  const missing = isMissing(graph, value);
  return { number: graph.node('Where', [missing, graph.double(median), value]), missing };
}

function encodeCategory(graph: Graph, { column, levels, shared }: Of<'category'>): string {
  const value = graph.input(column, 'string', A_TEXT);
  const all = [...levels, ...(shared?.levels ?? [])];
  const isLevel = float(graph, graph.node('Equal', [value, graph.texts(all, [1, all.length])]));
  if (!shared) return isLevel;
  const width = levels.length + shared.inputs;
  const inputOfLevel = new Float32Array(all.length * width);
  for (let i = 0; i < all.length; i++)
    inputOfLevel[i * width + (i < levels.length ? i : levels.length + ((i - levels.length) % shared.inputs))] = 1;
  return graph.node('MatMul', [isLevel, graph.floats(inputOfLevel, [all.length, width])]);
}

function encodeHour(graph: Graph, { column }: Of<'hour'>): string {
  const { node, double } = graph;
  const value = graph.input(column, 'double', 'an hour of the day; NaN: missing');
  const day = double(HOURS);
  const inDay = (number: string): string => node('Mod', [number, day], { fmod: 1 });
  const hour = inDay(node('Add', [inDay(node('Floor', [value])), day]));
  const hours = Array.from({ length: HOURS }, (_, h) => h);
  // NaN equals no hour, so a missing one becomes zeros.
  const isHour = node('Equal', [hour, graph.doubles(hours, [1, HOURS])]);
  const inputsOfHours = hours.flatMap((h) => {
    const angle = (2 * Math.PI * h) / HOURS;
    return [Math.sin(angle), Math.cos(angle), ...hours.map((other) => (other === h ? 1 : 0))];
  });
  return node('MatMul', [float(graph, isHour), graph.floats(Float32Array.from(inputsOfHours), [HOURS, 2 + HOURS])]);
}

function encodeValue(graph: Graph, { column }: Of<'value'>): string {
  const value = graph.input(column, 'double', A_NUMBER);
  return float(graph, graph.node('Where', [isMissing(graph, value), graph.double(NaN), value]));
}

/** The level's place; NaN for what is no level. */
function encodeLevel(graph: Graph, { column, levels }: Of<'level'>): string {
  const { node, floats, texts } = graph;
  const value = graph.input(column, 'string', A_TEXT);
  // Not every runtime multiplies by a matrix without rows: without a level, a text counts as none.
  const [all, first] = levels.length > 0 ? [levels, 1] : [[''], 0];
  const isLevel = float(graph, node('Equal', [value, texts(all, [1, all.length])]));
  const place = node('MatMul', [isLevel, floats(Float32Array.from(all, (_, i) => first + i), [all.length, 1])]); // 0: none
  const [none, one, nan] = [0, 1, NaN].map((x) => floats(Float32Array.of(x), [1])) as [string, string, string];
  return node('Where', [node('Equal', [place, none]), nan, node('Sub', [place, one])]);
} // prettier-ignore

const isMissing = ({ node }: Graph, value: string): string =>
  node('Or', [node('IsNaN', [value]), node('IsInf', [value])]);

const symmetricLog = ({ node, double }: Graph, x: string): string =>
  node('Mul', [node('Sign', [x]), node('Log', [node('Add', [node('Abs', [x]), double(1)])])]);

const float = ({ node }: Graph, value: string): string => node('Cast', [value], { to: types.float });
