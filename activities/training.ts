import { type Snapshot } from '../core/data.ts';
import { UserError } from '../core/errors.ts';
import { judgeChallenger } from '../core/gates.ts';
import { canonicalJson } from '../core/ids.ts';
import { metrics } from '../core/metrics/metrics.ts';
import { type ModelArtifact, type TrainedModel } from '../core/model/artifact.ts';
import { compileScorer, parseArtifact } from '../core/model/scorer.ts';
import { platt } from '../core/metrics/platt.ts';
import { bestThreshold } from '../core/metrics/threshold.ts';
import { readingsOf } from '../core/partitions.ts';
import { type Candidate, type Pipeline } from '../core/pipeline.ts';
import {
  type Analytics,
  type Catalogue,
  type Clock,
  type LocalCache,
  type ObjectStore,
  type Pipelines,
  type Registry,
  type RetrainingLedger,
  type RetrainingLoop,
  type Trainer,
} from '../core/ports.ts';
import { type CycleOutcome } from '../core/retraining.ts';
import { before, instant } from '../core/time.ts';
import { type CandidateResult, type Evaluation, type GateVerdict, type TrainingSet } from '../core/training.ts';
import { modelCard } from '../reports/model-card.ts';
import { alive } from './alive.ts';
import { compareOnHoldout } from './compare.ts';
import { withFailures } from './failures.ts';
import { countHoldout } from './reference.ts';
import { type ScoredSplit, scoreSplit } from './scoring.ts';
import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

export interface TrainingPorts {
  pipelines: Pipelines;
  catalogue: Catalogue;
  registry: Registry;
  ledger: RetrainingLedger;
  loop: RetrainingLoop;
  analytics: Analytics;
  store: ObjectStore;
  cache: LocalCache;
  trainer: Trainer;
  clock: Clock;
}

/** An object in the store, by its key and what its bytes must be. */
interface Stored {
  objectKey: string;
  sha256: string;
}
/** What an attempt leaves in its heartbeats for the next one, on whichever worker. */
interface Trail {
  checkpoint: Stored | null;
}
export interface Evaluated extends Stored {
  candidate: string;
  evaluation: Evaluation;
  gate: GateVerdict;
}

export const createTrainingActivities = (ports: TrainingPorts) => {
  const { pipelines, catalogue, registry, ledger, loop, analytics, store, cache, trainer, clock } = ports;

  async function put(folder: string, bytes: Uint8Array, suffix: string): Promise<Stored> {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const objectKey = `${folder}/${sha256}${suffix}`;
    await store.put(objectKey, bytes);
    return { objectKey, sha256 };
  }
  const putJson = (folder: string, value: unknown) =>
    put(folder, new TextEncoder().encode(JSON.stringify(value)), '.json');
  const readText = async (object: Stored): Promise<string> => readFile(await cache.fetch(object), 'utf8');

  async function contextOf(runId: string) {
    const run = await registry.trainingRun(runId);
    const pipeline = await pipelines.declaration(run.pipeline);
    return { run, pipeline, columns: Object.keys(pipeline.columns), byEntity: pipeline.source.entity !== undefined };
  }
  async function setOf(run: { id: string; trainingSet: TrainingSet | null }): Promise<string> {
    if (run.trainingSet) return cache.fetch(run.trainingSet);
    throw new UserError('TRAINING_RUN_UNKNOWN', `Training run ${run.id} has no training set yet.`);
  }

  /** A checkpoint saves time and nothing else: when it is lost or spoilt, training starts from nothing. */
  async function checkpointFile(checkpoint: Stored | null): Promise<string | null> {
    try {
      return checkpoint && (await cache.fetch(checkpoint));
    } catch (error) {
      if (error instanceof UserError) return null;
      throw error;
    }
  }

  /** Whether a snapshot holds the very columns that a declaration reads: it may have been taken by an earlier revision. */
  async function readsAlike(snapshot: Snapshot, pipeline: Pipeline): Promise<boolean> {
    const taken = await pipelines.declaration({ name: pipeline.name, revision: snapshot.revision });
    return canonicalJson(readingsOf(taken)) === canonicalJson(readingsOf(pipeline));
  }

  return withFailures({
    /** Fixes what the cycle trains on: the applied revision, the newest snapshot, and the champion to beat. */
    async openTrainingRun({ cycle: id }: { cycle: string }) {
      const cycle = await ledger.cycle(id);
      const ref = await pipelines.applied(cycle.pipeline);
      const applied = await pipelines.declaration(ref);
      const snapshot = await catalogue.latestSnapshot(ref.name, cycle.asOf);
      if (!snapshot || !(await readsAlike(snapshot, applied)))
        throw new UserError(
          'SNAPSHOT_MISSING',
          snapshot
            ? `${ref.name} reads its source otherwise than when its newest snapshot ${snapshot.id} was taken ` +
                `(revision ${snapshot.revision}). Take another with: perennial run data ${ref.name}`
            : `${ref.name} has no published snapshot at or before ${cycle.asOf}. ` +
                `Take one with: perennial run data ${ref.name}`,
        );
      const traffic = await registry.traffic(ref.name);
      const run = await registry.openTrainingRun({
        id,
        pipeline: ref,
        cycle: id,
        asOf: cycle.asOf,
        snapshot: snapshot.id,
        champion: traffic?.shares[0]?.version ?? null,
        generation: traffic?.generation ?? 0,
      });
      // Of the revision that the run began with: another may have been applied since.
      const pipeline = await pipelines.declaration(run.pipeline);
      return {
        id: run.id,
        revision: run.pipeline.revision,
        snapshot: run.snapshot,
        champion: run.champion,
        generation: run.generation,
        metric: pipeline.gates.metric,
        candidates: pipeline.candidates.map((candidate) => candidate.name),
      };
    },

    /** Joins the snapshot's rows with the labels known by now and marks the four splits in time order. */
    async assembleTrainingSet({ run: runId }: { run: string }) {
      const { run, pipeline } = await contextOf(runId);
      if (run.trainingSet) return describeSet(run.trainingSet);
      const snapshot = await catalogue.snapshot(run.snapshot);
      const champion = run.champion === null ? null : await registry.version(pipeline.name, run.champion);
      const files = { rows: [] as string[], labels: [] as string[] };
      for (const part of snapshot.parts) {
        files[part.kind].push(await alive(cache.fetch(part)));
      }
      return cache.withFolder(async (folder) => {
        const file = `${folder}/training-set.parquet`;
        const set = await alive(
          analytics.assemble(
            files.rows,
            files.labels,
            {
              // Facts were extracted up to the watermark, so only rows that matured by then have their labels.
              asOf: before(snapshot.asOf, pipeline.source.lateness),
              maturesAfter: pipeline.label.maturesAfter,
              whenAbsent: pipeline.label.whenAbsent,
              columns: pipeline.columns,
              shares: pipeline.splits,
              holdoutNotBefore: champion?.splits.holdout ?? null,
              seed: SEED,
            },
            file,
          ),
        );
        const objectKey = `training-sets/${pipeline.name}/${set.sha256}.parquet`;
        await alive(store.putFile(objectKey, file));
        return describeSet(await registry.recordTrainingSet(run.id, { ...set, objectKey }));
      });
    },

    /** Trains one candidate in a process of its own; a later attempt goes on from the last checkpoint. */
    async trainCandidate({
      run: runId,
      candidate: name,
    }: {
      run: string;
      candidate: string;
    }): Promise<CandidateResult> {
      const finished = await registry.findCandidate(runId, name);
      if (finished) return finished;
      const { run, pipeline, columns, byEntity } = await contextOf(runId);
      const candidate = pipeline.candidates.find((declared) => declared.name === name) as Candidate;
      const file = await alive(setOf(run));

      const trail = (activityInfo().heartbeatDetails ?? { checkpoint: null }) as Trail;
      let checkpoint = trail.checkpoint;
      const model: TrainedModel = await cache.withFolder(async (folder) =>
        trainer.train(
          {
            trainingSet: file,
            columns: pipeline.columns,
            candidate,
            seed: SEED,
            resumeFrom: await checkpointFile(checkpoint),
            folder,
          },
          {
            signal: cancellationSignal(),
            onProgress: (progress) => heartbeat({ checkpoint, progress }),
            onCheckpoint: async (path) => {
              checkpoint = await put(`checkpoints/${runId}/${name}`, await readFile(path), '.json');
              heartbeat({ checkpoint });
            },
          },
        ),
      );
      const scorer = compileScorer(model);
      const split = { file, split: 'selection', columns, byEntity } as const;
      // With the checkpoint: a heartbeat's details replace those before, and this attempt may still be cut off.
      const onScored = (scored: number): void => heartbeat({ checkpoint, scored });
      const selection = await scoreSplit(analytics, split, [scorer.score], onScored);
      return registry.recordCandidate(runId, {
        candidate: name,
        ...(await putJson(`models/${pipeline.name}`, model)),
        selection: metrics(selection.scores[0]!, selection.labels),
        epochs: model.trainedWith.epochs,
        seconds: model.trainedWith.seconds,
        backend: model.trainedWith.backend,
      });
    },

    /** Calibrates the winner, meets the champion on the holdout (the only time it is touched), and asks the gate. */
    async evaluateWinner({ run: runId, candidate }: { run: string; candidate: string }): Promise<Evaluated> {
      const { run, pipeline, columns, byEntity } = await contextOf(runId);
      const cycle = await ledger.cycle(run.cycle);
      const file = await alive(setOf(run));
      const trained = (await registry.findCandidate(runId, candidate))!;
      const model = JSON.parse(await readText(trained)) as TrainedModel;

      const split = { file, columns, byEntity };
      const onScored = (scored: number): void => heartbeat({ scored });
      const { logit } = compileScorer(model);
      const calibrationRows = await scoreSplit(analytics, { ...split, split: 'calibration' }, [logit], onScored);
      const calibration = calibrate(calibrationRows);
      const uncut = {
        format: 1,
        pipeline: pipeline.name,
        revision: run.pipeline.revision,
        trainingRun: runId,
      } as const;
      const artifact: ModelArtifact = { ...uncut, candidate, ...model, calibration, threshold: 0.5 };
      const scoreOf = compileScorer(artifact).score;
      const again = await scoreSplit(analytics, { ...split, split: 'calibration' }, [scoreOf], onScored);
      artifact.threshold = bestThreshold(again.scores[0]!, again.labels);

      const champion = run.champion === null ? null : await registry.version(pipeline.name, run.champion);
      const scorers = [scoreOf];
      if (champion) scorers.push(compileScorer(parseArtifact(await readText(champion))).score);
      const holdout = await scoreSplit(analytics, { ...split, split: 'holdout' }, scorers, onScored);
      const evaluation = compareOnHoldout(holdout, pipeline.gates.metric, cycle.driftSince, SEED);
      const gate = judgeChallenger({
        reason: cycle.reason,
        gates: pipeline.gates,
        evaluation,
        fresher: champion?.snapshot !== run.snapshot || champion.revision !== run.pipeline.revision,
      });
      return { candidate, ...(await putJson(`models/${pipeline.name}`, artifact)), evaluation, gate };
    },

    /** Registers the winner, passed or not, with the evidence, its reference profile and its card. */
    async registerVersion({ run: runId, winner }: { run: string; winner: Evaluated }) {
      const { run, pipeline } = await contextOf(runId);
      const snapshot = await catalogue.snapshot(run.snapshot);
      const version = await registry.register(
        {
          pipeline: pipeline.name,
          revision: run.pipeline.revision,
          trainingRun: run.id,
          candidate: winner.candidate,
          objectKey: winner.objectKey,
          sha256: winner.sha256,
          snapshot: run.snapshot,
          asOf: run.asOf,
          splits: run.trainingSet!.splits,
          evaluation: winner.evaluation,
          gate: winner.gate,
        },
        `training run ${run.id}`,
      );
      const binning = await catalogue.binning(pipeline.name);
      if (binning) await countHoldout(ports, Object.keys(pipeline.columns), version, binning);
      const html = modelCard({
        version,
        candidates: await registry.candidates(run.id),
        pipeline,
        artifact: parseArtifact(await readText(version)),
        snapshot,
        trainingSet: run.trainingSet!,
        cycle: await ledger.cycle(run.cycle),
      });
      const card = `reports/${pipeline.name}/models/v${version.version}.html`;
      await store.put(card, new TextEncoder().encode(html));
      return { version: version.version, card };
    },

    /** Gives the version all traffic, unless somebody changed it since the run began. */
    async promoteVersion({ run: runId, version, reason }: { run: string; version: number; reason: string }) {
      const { run, pipeline } = await contextOf(runId);
      const by = `training run ${run.id}`;
      return registry.promote({ pipeline: pipeline.name, version, expectedGeneration: run.generation, by, reason });
    },

    /** Writes down what came of the cycle, and tells the retraining loop. */
    async closeCycle({ cycle: id, outcome }: { cycle: string; outcome: Omit<CycleOutcome, 'endedAt'> }) {
      const cycle = await ledger.cycle(id);
      await ledger.closeCycle(id, { ...outcome, endedAt: instant(clock.now()) });
      await loop.trainingEnded(cycle.pipeline, id);
    },
  });
};
export type TrainingActivities = ReturnType<typeof createTrainingActivities>;

/** One seed for everything drawn by chance in a training run, so that the same data makes the same model. */
const SEED = 20_260_101;

/**
 * Scaling never turns a ranking round: where few positives make the fitted slope negative, the model's own probabilities
 * stand, which training by log loss has made nearly calibrated already.
 */
export function calibrate({ scores, labels }: ScoredSplit): ModelArtifact['calibration'] {
  const fitted = platt(scores[0]!, labels);
  return fitted.slope > 0 ? fitted : { slope: 1, intercept: 0 };
}

const describeSet = ({ splits, rows, positives }: TrainingSet) => ({ splits, rows, positives });
