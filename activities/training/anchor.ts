import { type ModelArtifact } from '../../core/model/artifact.ts';
import { parseArtifact } from '../../core/model/scorer.ts';
import { type Pipeline } from '../../core/declaration/pipeline.ts';
import { instant } from '../../core/time/time.ts';
import { type Evaluation, type ModelVersion } from '../../core/training/training.ts';
import { unlessCancelled } from '../steps/heartbeats.ts';
import { createRunAccess, type TrainingPorts } from './training-run.ts';

/** The anchor as it is stored with the evaluation, and the model to score with unless it cannot be. */
export interface Anchor {
  evaluated: NonNullable<Evaluation['anchor']>;
  model: ModelArtifact | null;
}

export function createAnchors(ports: TrainingPorts) {
  const { modelVersions, traffic } = ports;
  const { readText } = createRunAccess(ports);

  return {
    /** The version that no challenger may fall below: the declared one, or the first champion. null: the champion itself. */
    async anchorOf({ name, gates }: Pipeline, champion: number | null): Promise<ModelVersion | null> {
      if (champion === null || gates.anchor === 'none') return null;
      const version = gates.anchor ?? (await traffic.at(name, instant(0)))?.champion ?? champion;
      return version === champion ? null : modelVersions.get(name, version);
    },

    async readableAnchor(anchor: ModelVersion | null, { columns, label }: Pipeline): Promise<Anchor | null> {
      if (anchor === null) return null;
      const model = parseArtifact(await unlessCancelled(readText(anchor)));
      const gone = model.encodings.map(({ column }) => column).filter((column) => !Object.hasOwn(columns, column));
      const otherLabel = (model.target !== undefined) !== (label.kind === 'number');
      const whyNot = otherLabel
        ? 'it has learnt another kind of label'
        : gone.length > 0
          ? `it reads columns that are no longer declared (${gone.join(', ')})`
          : null;
      const evaluated = { version: anchor.version, metrics: null, difference: null };
      return whyNot === null ? { evaluated, model } : { evaluated: { ...evaluated, whyNot }, model: null };
    },
  };
}
