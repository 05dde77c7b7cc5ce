import type { ArtifactOf, ModelArtifact, ModelKind } from '../model/artifact.ts';
import { UserError } from '../base/errors/errors.ts';
import { versionName } from '../base/ids.ts';
import { ensembleAsJson, ensembleAsOnnx } from './ensemble.ts';
import type { Exportable, ExportedFile, ExportFormat } from './exported.ts';
import { asJson } from './json.ts';
import { layersOfConstant, layersOfNetwork, type Layer } from './layers.ts';
import { asOnnx, chained } from './onnx/index.ts';
import { treesInOnnx } from './onnx/trees.ts';
import { tabmAsJson, tabmAsOnnx } from './tabm.ts';
import { tabmAsTfjs } from './tabm-tfjs.ts';
import { asTfjs } from './tfjs.ts';
import { treesAsJson } from './trees.ts';

export type { Exportable, ExportedFile, ExportFormat } from './exported.ts';

/** How a kind of model is written in each format; or why it cannot be, as in "TF.js has no layer that compares". */
export type Exporters<Model extends ModelArtifact> = {
  [Format in ExportFormat]: ((exportable: Exportable<Model>) => ExportedFile[]) | { cannot: string };
};

const exporters: { [Kind in ModelKind]: Exporters<ArtifactOf<Kind>> } = {
  network: asLayers<ArtifactOf<'network'>>(layersOfNetwork),
  tabm: { tfjs: tabmAsTfjs, onnx: tabmAsOnnx, json: tabmAsJson },
  constant: asLayers<ArtifactOf<'constant'>>(layersOfConstant),
  trees: {
    tfjs: { cannot: 'TF.js has no layer that compares' },
    onnx: (exportable) => asOnnx(exportable, (graph, inputs) => treesInOnnx(graph, inputs, exportable.model)),
    json: treesAsJson,
  },
  ensemble: {
    tfjs: { cannot: 'several models are no chain of layers' },
    onnx: ensembleAsOnnx,
    json: ensembleAsJson,
  },
};

function asLayers<Model extends ModelArtifact>(layersOf: (model: Model) => Layer[]): Exporters<Model> {
  return {
    tfjs: (exportable) => asTfjs(exportable, layersOf(exportable.model)),
    onnx: (exportable) => asOnnx(exportable, (graph, inputs) => chained(graph, inputs, layersOf(exportable.model))),
    json: (exportable) => asJson(exportable, layersOf(exportable.model)),
  };
}

/** A version's model as the files of a format. */
export function exportModel(exportable: Exportable, format: ExportFormat): ExportedFile[] {
  return exportBy(exporters[exportable.model.kind] as Exporters<ModelArtifact>, exportable, format);
}

export function exportBy<Model extends ModelArtifact>(
  ofKind: Exporters<Model>,
  exportable: Exportable<Model>,
  format: ExportFormat,
): ExportedFile[] {
  const exporter = ofKind[format];
  if (typeof exporter === 'function') return exporter(exportable);
  const { version, model } = exportable;
  const others = Object.entries(ofKind).flatMap(([name, other]) => (typeof other === 'function' ? [name] : []));
  throw new UserError(
    'REQUEST_INVALID',
    `${versionName(version)} of ${model.pipeline} is a model of kind "${model.kind}", which cannot be written as ` +
      `${format}: ${exporter.cannot}. Formats for it: ${others.join(', ') || 'none'}.`,
  );
}
