import type { ArtifactOf, MemberModel } from '../model/artifact.ts';
import { memberOf } from '../model/ensemble.ts';
import { describe, fileName, textFile, type Exportable, type ExportedFile } from './exported.ts';
import { inputsOf } from './inputs.ts';
import { layersInJson } from './json.ts';
import { layersOfConstant, layersOfNetwork } from './layers.ts';
import { tabmInJson } from './tabm.ts';
import { treesInJson } from './trees.ts';

const bodies: { [Kind in MemberModel['kind']]: (model: Extract<MemberModel, { kind: Kind }>) => object } = {
  network: (model) => layersInJson(layersOfNetwork(model)),
  constant: (model) => layersInJson(layersOfConstant(model)),
  trees: treesInJson,
  tabm: tabmInJson,
};

/**
 * Each member as it would be written alone, with the inputs that it reads. The last number is the weighted mean of
 * theirs; where shares are averaged, it is the log odds of the weighted mean of their sigmoids.
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
