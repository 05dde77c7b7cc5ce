import type { ArtifactOf, EnsembleModel, MemberModel } from '../model/artifact.ts';
import { memberOf } from '../model/kinds/ensemble.ts';
import { widthOf } from '../model/preprocessing.ts';
import { describe, fileName, textFile, type Exportable, type ExportedFile } from './exported.ts';
import { inputsOf } from './inputs.ts';
import { layersInJson } from './json.ts';
import { layersOfConstant, layersOfNetwork } from './layers.ts';
import { types, type Graph } from './onnx/graph.ts';
import { asOnnx, chained } from './onnx/index.ts';
import { logOdds, logShare } from './onnx/shares.ts';
import { treesInOnnx } from './onnx/trees.ts';
import { tabmInJson, tabmInOnnx } from './tabm.ts';
import { treesInJson } from './trees.ts';

const bodies: { [Kind in MemberModel['kind']]: (model: Extract<MemberModel, { kind: Kind }>) => object } = {
  network: (model) => layersInJson(layersOfNetwork(model)),
  constant: (model) => layersInJson(layersOfConstant(model)),
  trees: treesInJson,
  tabm: tabmInJson,
};

/**
 * Each member as it would be written alone, with the inputs that it reads. The last number is the weighted mean of
 * theirs; where shares are averaged, it is the log odds of the weighted mean of their sigmoids, or of classes the logarithm
 * of that of their softmax.
 */
export const ensembleAsJson = (exportable: Exportable<ArtifactOf<'ensemble'>>): ExportedFile[] => [
  textFile(`${fileName(exportable)}.json`, {
    format: 'perennial/model-1',
    ...describe(exportable),
    averages: exportable.model.of,
    models: exportable.model.members.map(({ candidate, weight }, place) => {
      const member = memberOf(exportable.model, place);
      const body = bodies[member.kind] as (model: MemberModel) => object;
      return { candidate, weight, inputs: inputsOf(member.encodings), ...body(member) };
    }),
  }),
];

const graphs: {
  [Kind in MemberModel['kind']]: (graph: Graph, inputs: string, model: Extract<MemberModel, { kind: Kind }>) => string;
} = {
  network: (graph, inputs, model) => chained(graph, inputs, layersOfNetwork(model)),
  constant: (graph, inputs, model) => chained(graph, inputs, layersOfConstant(model)),
  trees: treesInOnnx,
  tabm: tabmInOnnx,
};

export const ensembleAsOnnx = (exportable: Exportable<ArtifactOf<'ensemble'>>): ExportedFile[] =>
  asOnnx(exportable, (graph, inputs) => meanInOnnx(graph, inputs, exportable.model));

function meanInOnnx(graph: Graph, inputs: string, model: EnsembleModel): string {
  const { node, double } = graph;
  const { members, of, classes } = model;
  const places: number[][] = [];
  let width = 0;
  for (const encoding of model.encodings) {
    places.push(Array.from({ length: widthOf(encoding) }, () => width++));
  }
  const outputs = members.map(({ reads }, place) => {
    const member = memberOf(model, place);
    const own = node('Gather', [inputs, graph.integers(reads.flatMap((read) => places[read]!))], { axis: 1 });
    const inOnnx = graphs[member.kind] as (graph: Graph, inputs: string, model: MemberModel) => string;
    return node('Cast', [inOnnx(graph, own, member)], { to: types.double });
  });
  if (outputs.length === 1) return outputs[0]!;
  const share = classes ? 'Softmax' : 'Sigmoid';
  const weighted = outputs.map((output, place) =>
    node('Mul', [of === 'shares' ? node(share, [output]) : output, double(members[place]!.weight)]),
  );
  const mean = weighted.reduce((sum, next) => node('Add', [sum, next]));
  if (classes) return logShare(graph, mean);
  return of === 'shares' ? logOdds(graph, mean) : mean;
}
