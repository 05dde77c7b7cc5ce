import { UserError } from '../core/base/errors/errors.ts';
import { versionName } from '../core/base/ids.ts';
import { sha256 } from '../core/base/sha256.ts';
import type { ObjectStore } from '../core/data/objects/objects.ts';
import type { Pipelines } from '../core/declaration/pipelines.ts';
import { exportModel, type ExportedFile, type ExportFormat } from '../core/exports/index.ts';
import { compileScorer, parseArtifact } from '../core/model/scorer.ts';
import type { TrafficTable } from '../core/rollout/traffic.ts';
import type { ModelVersions } from '../core/training/versions/model-versions.ts';
import { acts } from './door.ts';

export interface ModelExportPorts {
  pipelines: Pick<Pipelines, 'applied'>;
  modelVersions: Pick<ModelVersions, 'get'>;
  traffic: Pick<TrafficTable, 'get'>;
  store: Pick<ObjectStore, 'get'>;
}

interface WantedExport {
  pipeline: string;
  /** By default the champion. */
  version?: number | undefined;
  format: ExportFormat;
}

export const createModelExports = ({ pipelines, modelVersions, traffic, store }: ModelExportPorts) => {
  async function championOf(pipeline: string): Promise<number> {
    const now = await traffic.get(pipeline);
    if (now) return now.champion;
    throw new UserError(
      'NO_CHAMPION',
      `${pipeline} has no champion to export yet. Name a version; these are there: perennial models ${pipeline}`,
    );
  }

  return {
    /** A version's model as files that other programs score with. Files hold levels of columns, so it is audited. */
    export: acts(
      ({ record }) =>
        async ({ pipeline, version: wanted, format }: WantedExport): Promise<{ version: number; files: ExportedFile[] }> => {
          await pipelines.applied(pipeline);
          const version = wanted ?? (await championOf(pipeline));
          const stored = await modelVersions.get(pipeline, version);
          const text = new TextDecoder().decode(await store.get(stored.objectKey));
          if (sha256(text) !== stored.sha256)
            throw new UserError(
              'OBJECT_CORRUPT',
              `The model of ${versionName(version)} of ${pipeline}, ${stored.objectKey}, is not what was stored: its hash is ` +
                `${sha256(text)}, expected ${stored.sha256}. Restore the object from a backup, or export another version.`,
            );
          const model = parseArtifact(text);
          compileScorer(model); // which holds it against its probe rows
          const files = exportModel({ version, model }, format);
          await record({ action: 'export', pipeline, details: { version, format } });
          return { version, files };
        },
    ), // prettier-ignore
  };
};
