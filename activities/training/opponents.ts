import { type Columns } from '../../core/columns/index.ts';
import { unreadOf } from '../../core/columns/unread.ts';
import { columnsOf, kindOfLabel } from '../../core/model/artifact.ts';
import { compileScorer, parseArtifact } from '../../core/model/scorer.ts';
import { type ClassCosts } from '../../core/metrics/answer.ts';
import { isUnreachable, UserError } from '../../core/base/errors/errors.ts';
import { versionName } from '../../core/base/ids.ts';
import { type Pipeline } from '../../core/declaration/pipeline.ts';
import { judgedArtifact } from '../../core/training/refit.ts';
import { instant } from '../../core/time/time.ts';
import { type Evaluation, type ModelVersion } from '../../core/training/training.ts';
import { type Threads } from '../../core/base/threads.ts';
import { compute } from '../steps/compute.ts';
import { unlessCancelled } from '../steps/heartbeats.ts';
import { type HoldoutQuestion } from './compare-models.ts';
import { knowingAll, type Score, type ScoredSplit } from './scoring.ts';
import { createRunAccess, type TrainingPorts } from './training-run.ts';

interface Scoring {
  score: Score;
  /** Of classes: by which it answers. */
  costs: ClassCosts | null;
}

/** The anchor as it is stored with the evaluation, and how it scores unless it cannot. */
export interface Anchor {
  evaluated: NonNullable<Evaluation['anchor']>;
  scoring: Scoring | null;
}

/** An anchor in the champion's place. */
export async function compareAnchor(
  threads: Threads,
  scored: ScoredSplit,
  asked: Omit<HoldoutQuestion, 'driftSince'>,
): Promise<Pick<Anchor['evaluated'], 'metrics' | 'difference'>> {
  const { champion, difference } = await compute(threads, 'compareOnHoldout', scored, { ...asked, driftSince: null });
  return { metrics: champion, difference };
}

/** The versions that a challenger is held against, which were trained by earlier declarations. */
export function createOpponents(ports: TrainingPorts) {
  const { pipelines, modelVersions, traffic } = ports;
  const { readText } = createRunAccess(ports);

  /** What it learnt from; null: this release cannot read its declaration. */
  async function learntBy({ pipeline: name, revision }: ModelVersion): Promise<Columns | null> {
    try {
      return (await pipelines.declaration({ name, revision })).columns;
    } catch (error) {
      if (error instanceof UserError && error.code === 'PIPELINE_INVALID') return null;
      throw error;
    }
  }

  /** How it scores, or why it cannot. */
  async function scoringOf({ name, columns, label }: Pipeline, version: number): Promise<Scoring | string> {
    const stored = await modelVersions.get(name, version);
    const model = parseArtifact(await unlessCancelled(readText(judgedArtifact(stored))));
    const gone = unreadOf(columnsOf(model.encodings), await learntBy(stored), columns);
    if (kindOfLabel(model) !== label.kind) return 'it has learnt another kind of label';
    if (gone.length > 0) return `it reads columns that are no longer declared (${gone.join(', ')})`;
    return { score: knowingAll(compileScorer(model), label), costs: model.costs ?? null };
  }

  /** What is wrong with an anchor for good must not end every training. */
  function whyUnreadable(error: unknown, version: number): string {
    if (!(error instanceof UserError) || isUnreachable(error.code)) throw error;
    return error.code === 'MODEL_UNKNOWN'
      ? `there is no ${versionName(version)}`
      : `its artifact cannot be read (${error.code})`;
  }

  return {
    /**
     * How the champion scores, or why it cannot be compared: the rows may lack a column that it reads. One whose artifact is
     * lost or damaged ends the training: a person restores it, and until then nothing takes over that only beats chance.
     */
    championOf: scoringOf,

    /** The version that no challenger may fall below: the declared one, or the first champion. null: the champion itself. */
    async anchorOf(pipeline: Pipeline, champion: number | null): Promise<Anchor | null> {
      const { name, gates } = pipeline;
      if (champion === null || gates.anchor === 'none') return null;
      const version = gates.anchor ?? (await traffic.at(name, instant(0)))?.champion ?? champion;
      if (version === champion) return null;
      const found = await scoringOf(pipeline, version).catch((error: unknown) => whyUnreadable(error, version));
      const evaluated = { version, metrics: null, difference: null };
      return typeof found === 'string'
        ? { evaluated: { ...evaluated, whyNot: found }, scoring: null }
        : { evaluated, scoring: found };
    },
  };
}
