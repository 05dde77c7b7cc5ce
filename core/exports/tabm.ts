import type { ArtifactOf, TabmModel } from '../model/artifact.ts';
import { decodeMembers } from '../model/kinds/tabm.ts';
import { describe, fileName, textFile, type Exportable, type ExportedFile } from './exported.ts';
import { numbers } from './json.ts';
import { types, type Graph } from './onnx/graph.ts';
import { asOnnx } from './onnx/index.ts';

type Tabm = Exportable<ArtifactOf<'tabm'>>;

/** Everything as plain numbers and words: `kernel[input][unit]` of all members, `kernels[member]` of one. */
export function tabmAsJson(exportable: Tabm): ExportedFile[] {
  return [
    textFile(`${fileName(exportable)}.json`, {
      format: 'perennial/model-1',
      ...describe(exportable),
      ...tabmInJson(exportable.model),
    }),
  ];
}

export function tabmInJson(model: TabmModel): object {
  const { members, target } = model;
  const layers = decodeMembers(model);
  const rowsOf = (list: Float32Array, count: number, length: number): number[][] =>
    Array.from({ length: count }, (_, i) => numbers(list.subarray(i * length, (i + 1) * length)));
  const kernelsOf = (list: Float32Array, inputs: number, units: number): number[][][] =>
    Array.from({ length: members }, (_, i) =>
      rowsOf(list.subarray(i * inputs * units, (i + 1) * inputs * units), inputs, units),
    );
  return {
    members,
    isMeanOfShares: !target,
    layers: layers.map(({ inputs, units, kernel, scale, bias }, index) => ({
      ...(index < layers.length - 1
        ? { activation: 'relu', kernel: rowsOf(kernel, inputs, units) }
        : { activation: 'linear', kernels: kernelsOf(kernel, inputs, units) }),
      ...(scale && { scales: rowsOf(scale, members, units) }),
      biases: rowsOf(bias, members, units),
    })),
  };
}

/** Rows x members x units: each product and sum is that of all members. */
export const tabmAsOnnx = (exportable: Tabm): ExportedFile[] =>
  asOnnx(exportable, (graph, inputs) => tabmInOnnx(graph, inputs, exportable.model));

export function tabmInOnnx(graph: Graph, inputs: string, model: TabmModel): string {
  const { node, floats } = graph;
  const { members, target, classes } = model;
  const layers = decodeMembers(model);
  const outputs = layers.reduce((from, { inputs, units, kernel, scale, bias }, index) => {
    const dims = [1, members, units];
    if (index === layers.length - 1 && classes) {
      const byMember = node('Transpose', [from], { perm: { integers: [1, 0, 2] } });
      const sums = node('MatMul', [byMember, floats(kernel, [members, inputs, units])]);
      return node('Add', [sums, floats(bias, [members, 1, units])]);
    }
    if (index === layers.length - 1) {
      const products = node('Mul', [from, floats(kernel, [1, members, inputs])]);
      const sums = node('ReduceSum', [products, graph.integers([2])], { keepdims: 0 });
      return node('Add', [sums, floats(bias, [1, members])]);
    }
    const sums = node('MatMul', [from, floats(kernel, [inputs, units])]);
    const own = scale ? node('Mul', [node('Unsqueeze', [sums, graph.integers([1])]), floats(scale, dims)]) : sums;
    return node('Relu', [node('Add', [own, floats(bias, dims)])]);
  }, inputs);
  const mean = (values: string): string => node('ReduceMean', [values, graph.integers([1])], { keepdims: 1 });
  if (target) return mean(outputs);
  const double = node('Cast', [outputs], { to: types.double });
  if (classes) {
    const shares = node('ReduceMean', [node('Softmax', [double]), graph.integers([0])], { keepdims: 0 });
    return node('Log', [shares]);
  }
  const [share, against] = [node('Sigmoid', [double]), node('Sigmoid', [node('Neg', [double])])].map(mean) as [string, string]; // prettier-ignore
  return node('Log', [node('Div', [share, against])]);
}
