import type { Activation } from '../../model/numbers/activations.ts';
import { layersOfBends } from '../calibration.ts';
import type { Output } from '../output.ts';
import type { ClassCosts } from '../../metrics/answer.ts';
import { describe, fileName, type Description, type Exportable, type ExportedFile } from '../exported.ts';
import type { Layer } from '../layers.ts';
import { encode } from './encode.ts';
import { createGraph, types, type Graph } from './graph.ts';

/** The whole model, preprocessing and calibration included: takes raw columns, gives scores. */
export function asOnnx(exportable: Exportable, outputOf: (graph: Graph, inputs: string) => string): ExportedFile[] {
  const { model } = exportable;
  const { output, inputs, threshold, classes, costs, interval, ...facts } = describe(exportable);
  const graph = createGraph(model.encodings.map(({ column }) => column));
  const last = graph.node('Cast', [outputOf(graph, encode(graph, model.encodings))], { to: types.double });
  const shifted = bent(graph, last, output);
  if (classes) tellClasses(graph, graph.node('Softmax', [shifted]), classes, costs);
  else
    tellScore(graph, output.activation === 'sigmoid' ? graph.node('Sigmoid', [shifted]) : shifted, {
      threshold,
      ...(interval && { interval }),
    });

  const bytes = graph.finish({
    name: facts.pipeline,
    version: facts.version,
    about: `Takes the raw columns of ${facts.pipeline}, as its declaration names them, one value a row.`,
    facts: {
      ...facts,
      encodings: JSON.stringify(inputs),
      ...(classes && { classes: JSON.stringify(classes) }),
      ...(costs && { costs: JSON.stringify(costs) }),
    },
  });
  return [{ name: `${fileName(exportable)}.onnx`, bytes }];
}

const by = (operator: string) => (graph: Graph, sum: string) => graph.node(operator, [sum]);
const activated: Record<Activation, (graph: Graph, sum: string) => string> = {
  linear: (_graph, sum) => sum,
  relu: by('Relu'),
  elu: by('Elu'),
  tanh: by('Tanh'),
  sigmoid: by('Sigmoid'),
  softplus: by('Softplus'),
  swish: (graph, sum) => graph.node('Mul', [sum, graph.node('Sigmoid', [sum])]),
};

/** The same outputs as tensors of the server have. */
function tellClasses(graph: Graph, probabilities: string, classes: readonly string[], costs?: ClassCosts): void {
  const { node } = graph;
  const byPlace = { axis: 1, keepdims: 1 };
  const what = costs ? 'the class that is expected to cost least' : 'the likeliest class';
  const table = costs && graph.doubles(costs.flat(), [classes.length, classes.length]);
  const answer = table
    ? node('ArgMin', [node('MatMul', [probabilities, table])], byPlace)
    : node('ArgMax', [probabilities], byPlace);
  const score = table
    ? node('GatherElements', [probabilities, answer], { axis: 1 })
    : node('ReduceMax', [probabilities, graph.integers([1])], { keepdims: 1 });
  graph.output('score', score, 'double', `the calibrated probability of ${what}`);
  graph.output('label', node('Gather', [graph.texts(classes, [classes.length]), answer]), 'string', what);
  graph.output('probabilities', probabilities, 'double', `of each class: ${classes.join(', ')}`, classes.length);
}

function tellScore(
  graph: Graph,
  score: string,
  { threshold, interval }: Pick<Description, 'threshold' | 'interval'>,
): void {
  const { node, double } = graph;
  graph.output('score', score, 'double', threshold === null ? 'the estimate' : 'the calibrated probability');
  if (threshold !== null) {
    const decision = node('GreaterOrEqual', [score, double(threshold)]);
    graph.output('decision', decision, 'boolean', `whether the score reaches the threshold, ${threshold}`);
  }
  if (interval) {
    const { coverage, at, spread, below, above } = interval;
    const far = bent(graph, score, { scale: 1, shift: 0, bends: { from: at, to: spread, slope: 0 } });
    const about = `of an interval that is to hold ${coverage} of labels`;
    const low = node('Sub', [score, node('Mul', [far, double(below)])]);
    graph.output('low', low, 'double', `the low end ${about}`);
    const high = node('Add', [score, node('Mul', [far, double(above)])]);
    graph.output('high', high, 'double', `the high end ${about}`);
  }
}

/** Dense layers, one after the other. */
export function chained(graph: Graph, inputs: string, layers: readonly Layer[]): string {
  return layers.reduce((from, { inputs, units, activation, kernel, bias }) => {
    const sum = graph.node('Gemm', [from, graph.floats(kernel, [inputs, units]), graph.floats(bias, [units])]);
    return activated[activation](graph, sum);
  }, inputs);
}

function bent(
  { node, double, doubles }: Graph,
  last: string,
  { scale, shift, bends }: Omit<Output, 'activation'>,
): string {
  if (!bends) return node('Add', [node('Mul', [last, double(scale)]), double(shift)]);
  const { signs, shifts, weights, start } = layersOfBends(bends);
  const wide = [1, signs.length];
  const reached = node('Add', [node('Mul', [last, doubles(signs, wide)]), doubles(shifts, wide)]);
  const sum = node('MatMul', [node('Max', [reached, double(0)]), doubles(weights, [signs.length, 1])]);
  return node('Add', [sum, double(start)]);
}
