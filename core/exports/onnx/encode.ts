import type { Encoding } from '../../model/artifact.ts';
import { FURTHEST, HOURS } from '../../model/preprocessing.ts';
import { types, type Graph } from './graph.ts';

type Of<Kind extends Encoding['kind']> = Extract<Encoding, { kind: Kind }>;

/** Adds what turns raw columns into a model's inputs, as `createEncoder` does; returns these inputs. */
export function encode(graph: Graph, encodings: readonly Encoding[]): string {
  return graph.node('Concat', encodings.flatMap((encoding) => encodeColumn(graph, encoding)), { axis: 1 }); // prettier-ignore
}

function encodeColumn(graph: Graph, encoding: Encoding): string[] {
  switch (encoding.kind) {
    case 'number':
      return encodeNumber(graph, encoding);
    case 'category':
      return [encodeCategory(graph, encoding)];
    case 'hour':
      return [encodeHour(graph, encoding)];
    case 'value':
    case 'level':
      throw new Error(`a column as a plain ${encoding.kind} is for trees, which are no graph of layers`);
  }
}

// Numbers are computed as doubles, as createEncoder computes them, and rounded at the end.
function encodeNumber(graph: Graph, encoding: Of<'number'>): string[] {
  const { column, transform, median, mean, deviation, flagMissing, furthest = FURTHEST } = encoding;
  const { node, double } = graph;
  const value = graph.input(column, 'double', 'a number; NaN: missing');
  const missing = isMissing(graph, value);
  const number = node('Where', [missing, double(median), value]);
  const transformed = transform === 'log' ? symmetricLog(graph, number) : number;
  const standard = node('Div', [node('Sub', [transformed, double(mean)]), double(deviation)]);
  const clipped = node('Min', [node('Max', [standard, double(-furthest)]), double(furthest)]);
  return [float(graph, clipped), ...(flagMissing ? [float(graph, missing)] : [])];
}

function encodeCategory(graph: Graph, { column, levels }: Of<'category'>): string {
  const value = graph.input(column, 'string', 'a text; for a missing value one that is no level');
  return float(graph, graph.node('Equal', [value, graph.texts(levels, [1, levels.length])]));
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

const isMissing = ({ node }: Graph, value: string): string =>
  node('Or', [node('IsNaN', [value]), node('IsInf', [value])]);

const symmetricLog = ({ node, double }: Graph, x: string): string =>
  node('Mul', [node('Sign', [x]), node('Log', [node('Add', [node('Abs', [x]), double(1)])])]);

const float = ({ node }: Graph, value: string): string => node('Cast', [value], { to: types.float });
