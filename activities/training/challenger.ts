import { featuresOf } from '../../core/columns/index.ts';
import { judgeChallenger } from '../../core/training/gates/gates.ts';
import { columnsOf, type ModelArtifact, type TrainedModel } from '../../core/model/artifact.ts';
import { compileScorer, parseArtifact } from '../../core/model/scorer.ts';
import { isSensitive, redactorOf, scoreIsSensitive } from '../../core/declaration/redaction/redaction.ts';
import { createDeclaredSlicer } from '../../core/training/slices/declared-slices.ts';
import { createGrouper } from '../../core/training/slices/groups.ts';
import { classNames } from '../../core/metrics/confusion.ts';
import { groupOf } from '../../core/declaration/fairness.ts';
import { classCostsOf } from '../../core/declaration/class-costs.ts';
import { type Pipeline } from '../../core/declaration/pipeline.ts';
import { createSlicer, strideOf, type SlicedColumn, type Slicer } from '../../core/training/slices/slicing.ts';
import { coverageOf } from '../../core/model/calibration/interval.ts';
import { type ThresholdAim } from '../../core/model/calibration/threshold.ts';
import { createSampler, everyNth, sampleStride } from '../../core/explaining/sample.ts';
import { failedInWords } from '../../core/training/refit.ts';
import { looksAt } from '../../core/training/gates/looks.ts';
import { type Evaluated, type Evaluation, type SplitName, type TrainingSet } from '../../core/training/training.ts';
import { asItIs } from './calibrate.ts';
import { environment } from './environment.ts';
import { compute } from '../steps/compute.ts';
import { reportProgress, unlessCancelled } from '../steps/heartbeats.ts';
import { createPauses } from '../steps/pauses.ts';
import { putReport } from '../steps/put-report.ts';
import { createCycleEnd } from '../retraining/close-cycle.ts';
import { countHoldout } from '../monitoring/reference.ts';
import { createRefitActivities } from './refit.ts';
import { warmStartOfVersion } from '../../core/training/warm-start/warm-start.ts';
import { intervalFor } from './intervals.ts';
import { measureOutOfFold } from './out-of-fold.ts';
import { scoreSplit, type Score, type ScoredSplit } from './scoring.ts';
import { timed } from './timed.ts';
import { createRunAccess, type TrainingPorts } from './training-run.ts';
import { compareAnchor, createOpponents } from './opponents.ts';

/** The second half of a training run: from its best candidate to a registered version. */
export const createChallengerActivities = (ports: TrainingPorts) => {
  const { snapshots, binnings, trainingRuns, trials, modelVersions, ledger, analytics, store, threads } = ports;
  const { putModel, readText, contextOf, setOf } = createRunAccess(ports);
  const { championOf, anchorOf } = createOpponents(ports);

  async function cameFromElsewhere({ cycle }: { cycle: string }): Promise<boolean> {
    return (await ledger.broughtIn(cycle)) !== null;
  }

  return {
    /**
     * Calibrates the winner, compares it with the champion on the holdout, and asks the gate. The result is stored
     * before anybody reads it, and every later attempt returns it. Only an attempt that dies between the last row and
     * the storing makes the next one read the holdout again, with the same models and the same seed.
     */
    async evaluateWinner({ run: runId, candidate }: { run: string; candidate: string }): Promise<Evaluated> {
      const { run, pipeline, columns, byEntity } = await contextOf(runId);
      if (run.winner) return run.winner;
      const cycle = await ledger.cycle(run.cycle);
      const brought = await cameFromElsewhere(run);
      const file = await unlessCancelled(setOf(run));
      const trained = (await trainingRuns.findCandidate(runId, candidate))!;
      const model = JSON.parse(await unlessCancelled(readText(trained))) as TrainedModel;
      const { foldScores } = model;
      delete model.foldScores; // it would make the artifact large

      const split = { file, columns, byEntity };
      const onScored = (scored: number): void => reportProgress({ scored });
      const scorer = compileScorer(model);
      const scored = (name: SplitName, score: Score): Promise<ScoredSplit> =>
        scoreSplit(analytics, { ...split, split: name }, [score], onScored);
      const { calibration, threshold } = model.target
        ? asItIs
        : model.classes
          ? await compute(threads, 'scaleClasses', await scored('calibration', scorer.logitChunk))
          : await compute(
              threads,
              'calibrate',
              await scored('calibration', scorer.logitChunk),
              aimOf(pipeline.gates.threshold, run.trainingSet!),
            );
      const coverage = coverageOf(pipeline.label);
      const interval =
        coverage === null
          ? null
          : await intervalFor(threads, model, coverage, (name) => scored(name, scorer.scoreChunk));
      const costs = classCostsOf(pipeline);
      const made = {
        format: costs ? 3 : 'knots' in calibration ? 2 : 1,
        pipeline: pipeline.name,
        revision: run.pipeline.revision,
        trainingRun: runId,
      } as const;
      const artifact: ModelArtifact = {
        ...made,
        candidate,
        ...model,
        calibration,
        threshold,
        ...(costs && { costs }),
        ...(interval && { interval }),
      };

      const champion = run.champion === null ? null : await modelVersions.get(pipeline.name, run.champion);
      const opponent = champion && (await championOf(pipeline, champion.version));
      const isCompared = opponent !== null && typeof opponent !== 'string';
      const anchor = await anchorOf(pipeline, run.champion);
      const challenger = timed(compileScorer(artifact).scoreChunk);
      const opponents = [isCompared ? opponent : null, anchor?.scoring ?? null].filter((each) => each !== null);
      const scorers = [challenger.score, ...opponents.map(({ score }) => score)];
      const costsOfEach = [costs, ...opponents.map((each) => each.costs)];
      const { splits, rows: rowsOf } = run.trainingSet!;
      const bins = Object.entries((await binnings.current(pipeline.name))?.columns ?? {});
      const sliced = bins.filter(([column]) => columns.includes(column));
      const declared = Object.entries(pipeline.slices ?? {});
      const groups = pipeline.fairness?.groups.map(groupOf) ?? [];
      const stride = strideOf(rowsOf.holdout, sliced.length + declared.length + groups.length);
      const size = { rows: rowsOf.holdout, stride };
      const slicers = [
        ...declared.map(([name, conditions]) => createDeclaredSlicer({ name, conditions, ...size })),
        ...sliced.map(([column, bins]) =>
          createSlicer({ column, bins, sensitive: isSensitive(pipeline, column), ...size }),
        ),
      ];
      const groupers = groups.map(({ column, cuts }) =>
        createGrouper({ column, cuts, sensitive: isSensitive(pipeline, column), ...size }),
      );
      const taking = [...slicers, ...groupers];
      const read = columnsOf(artifact.encodings);
      const every = sampleStride(rowsOf.holdout, read.length);
      const sampler = createSampler(read, every);
      const holdout = await scoreSplit(analytics, { ...split, split: 'holdout' }, scorers, onScored, taking, sampler);
      const sampled = {
        chunk: sampler.all(),
        labels: everyNth(holdout.labels, every),
        blocks: everyNth(holdout.blocks, every),
      };
      const looks = looksAt(
        { from: splits.holdout, to: splits.to },
        await trainingRuns.looksSince(run, splits.holdout),
      );
      const question = {
        metric: pipeline.gates.metric,
        by: byEntity ? 'entity' : 'day',
        byGroup: splits.by?.kind === 'group',
      } as const;
      // Where the champion cannot be compared, the anchor is compared as one; the first comparison takes the rows away.
      const rest = { ...question, kind: pipeline.label.kind, level: looks.level, costs: costsOfEach };
      const againstAnchorAlone =
        !isCompared && anchor?.scoring ? await compareAnchor(threads, structuredClone(holdout), rest) : null;
      const judged = isCompared ? holdout : { ...holdout, scores: [holdout.scores[0]!] };
      const {
        calibrationError,
        anchor: againstAnchor,
        ...compared
      } = await compute(threads, 'compareOnHoldout', judged, {
        ...question,
        kind: pipeline.label.kind,
        driftSince: cycle.driftSince,
        level: looks.level,
        slicing: { columns: await allOf(slicers), stride, minRows: pipeline.gates.minRows },
        ...(groups.length > 0 && { fairness: { columns: await allOf(groupers), classes: namesOf(pipeline) } }),
        threshold,
        costs: isCompared ? costsOfEach : [costs],
        interval,
      });
      const { lead } = compared;
      const { margin } = pipeline.gates;
      const isUnclear = !isCompared && lead != null && lead.low <= margin && lead.estimate > margin;
      const outOfFold =
        isUnclear && foldScores !== undefined && pipeline.retraining.halfLife === undefined
          ? await measureOutOfFold(
              ports,
              {
                ...question,
                split,
                foldScores,
                width: model.classes?.length ?? 1,
                level: looks.level,
                tried: (await trials.of(runId)).length,
              },
              onScored,
            )
          : null;
      const evaluation: Evaluation = {
        ...compared,
        ...(outOfFold && { leadOutOfFold: outOfFold }),
        ...(typeof opponent === 'string' && { notCompared: { version: champion!.version, why: opponent } }),
        ...(anchor && { anchor: { ...anchor.evaluated, ...againstAnchor, ...againstAnchorAlone } }),
        looks,
        measured: {
          microsecondsPerRow: challenger.microsecondsPerRow(),
          artifactBytes: Buffer.byteLength(JSON.stringify(artifact)),
          calibrationError,
        },
      };
      const gate = judgeChallenger({
        reason: cycle.reason,
        gates: pipeline.gates,
        fairness: pipeline.fairness,
        evaluation,
        brought,
        fresher: !brought && (champion?.snapshot !== run.snapshot || champion.revision !== run.pipeline.revision),
      });
      const insight = await compute(threads, 'measureInsight', artifact, sampled, {
        metric: pipeline.gates.metric,
        of: rowsOf.holdout,
        sensitive: columns.filter((column) => isSensitive(pipeline, column)),
        scoreIsSensitive: scoreIsSensitive(pipeline),
      });
      const stored = await putModel(pipeline.name, artifact);
      return trainingRuns.recordWinner(runId, { candidate, ...stored, evaluation, gate }, insight);
    },

    /** Registers the winner, passed or not, with the evidence, its reference profile and its card. */
    async registerVersion({
      run: runId,
      winner: told,
      refitFailed,
    }: {
      run: string;
      winner: Evaluated;
      /** Why the winner could not be trained again. */
      refitFailed?: string;
    }) {
      const { run, pipeline } = await contextOf(runId);
      const winner = run.winner ?? told; // missing only for a run that an earlier release evaluated
      const snapshot = await snapshots.get(run.snapshot);
      const failed = refitFailed === undefined ? undefined : ({ outcome: 'kept', reason: failedInWords(refitFailed) } as const); // prettier-ignore
      const refit = winner.refit ?? failed;
      const judged = { objectKey: winner.objectKey, sha256: winner.sha256 };
      const serving = refit?.outcome === 'refitted' ? { objectKey: refit.objectKey, sha256: refit.sha256 } : judged;
      const artifact = parseArtifact(await unlessCancelled(readText(serving)));
      const averaged = artifact.kind === 'ensemble' ? artifact.members.map(({ candidate }) => candidate) : [];
      const { splits, leaks, warmStart } = run.trainingSet!;
      const version = await modelVersions.register(
        {
          pipeline: pipeline.name,
          revision: run.pipeline.revision,
          trainingRun: run.id,
          candidate: winner.candidate,
          ...serving,
          snapshot: run.snapshot,
          asOf: run.asOf,
          splits,
          evaluation: winner.evaluation,
          gate: winner.gate,
          ...(refit && { refit: { ...refit, judged } }),
          ...(leaks && { leaks }),
          ...(warmStart && { warmStart: warmStartOfVersion(warmStart, winner.candidate, averaged) }),
        },
        `training run ${run.id}`,
      );
      const binning = await binnings.current(pipeline.name);
      if (binning) await countHoldout(ports, Object.keys(featuresOf(pipeline.columns)), version, binning);
      const champion = run.champion === null ? null : await modelVersions.get(pipeline.name, run.champion);
      const redact = redactorOf(pipeline);
      const insight = await trainingRuns.insightOf(run.id);
      const html = await compute(threads, 'modelCard', {
        version,
        candidates: await trainingRuns.candidates(run.id),
        pipeline: redact.pipeline(),
        artifact: redact.model(artifact),
        snapshot: redact.snapshot(snapshot),
        trainingSet: run.trainingSet!,
        cycle: await ledger.cycle(run.cycle),
        brought: await cameFromElsewhere(run),
        championBrought: champion !== null && (await cameFromElsewhere(await trainingRuns.get(champion.trainingRun))),
        insight: insight && redact.insight(insight),
        environment: environment(),
      });
      const card = await putReport(store, pipeline.name, { version: version.version }, html);
      await modelVersions.attachCard(pipeline.name, version.version, card);
      return { version: version.version, card };
    },

    ...createRefitActivities(ports),
    closeCycle: createCycleEnd(ports),
  };
};

/** So many a day of the rows of the calibration split: by time it has all rows of its days, by hash a part of each day's. */
function aimOf(aim: ThresholdAim | undefined, { splits, rows, seen = 0 }: TrainingSet): ThresholdAim | undefined {
  if (!aim || !('perDay' in aim) || !splits.by) return aim;
  const all = Object.values(rows).reduce((sum, each) => sum + each, seen);
  return { perDay: (aim.perDay * rows.calibration) / all };
}

/** As they may be shown. */
const namesOf = ({ label }: Pipeline): string[] | undefined =>
  label.classes && classNames({ label }, label.classes.length);

async function allOf(slicers: readonly Slicer[]): Promise<SlicedColumn[]> {
  const pause = createPauses();
  const columns: SlicedColumn[] = [];
  for (const slicer of slicers) {
    columns.push(slicer.all());
    await pause();
  }
  return columns;
}
