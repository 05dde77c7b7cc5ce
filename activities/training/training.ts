import { featuresOf } from '../../core/columns/index.ts';
import { trainingSetKey } from '../../core/data/objects/object-keys.ts';
import { type Snapshot } from '../../core/data/data.ts';
import { UserError, messageOf } from '../../core/base/errors/errors.ts';
import { canonicalJson } from '../../core/base/ids.ts';
import { type TrainedModel } from '../../core/model/artifact.ts';
import { parseTrainedModel } from '../../core/model/scorer.ts';
import { readAlike } from '../../core/sources/partitions.ts';
import { mayBeMember } from '../../core/recipes/ensemble.ts';
import { type Candidate } from '../../core/recipes/index.ts';
import { addedBaseline, candidatesOf } from '../../core/search/candidates.ts';
import { type Pipeline } from '../../core/declaration/pipeline.ts';
import { own } from '../../core/base/own.ts';
import { type BroughtModel, type Cycle } from '../../core/training/retraining/retraining.ts';
import { brokenInstead, CHECKS_TO_TELL, overInWords, overSince } from '../../core/training/retraining/drift-over.ts';
import { nothingNewInWords, recipesOf, repeats } from '../../core/training/retraining/nothing-new.ts';
import { type TrainingRun } from '../../core/training/versions/training-runs.ts';
import { foldsOf } from '../../core/training/splits/folds.ts';
import { refits } from '../../core/training/refit.ts';
import { refuseLeaks, refusesLeaks } from '../../core/training/leaks.ts';
import { before } from '../../core/time/time.ts';
import { holdoutOf, shortEmbargo } from '../../core/training/splits/splitting.ts';
import { type CandidateResult, type TrainingSet } from '../../core/training/training.ts';
import { warmOf } from '../../core/training/warm-start/warm-start.ts';
import { type TrainingJob } from '../../core/training/trainer.ts';
import { createChallengerActivities } from './challenger.ts';
import { withFailures } from '../steps/failures.ts';
import { unlessCancelled } from '../steps/heartbeats.ts';
import { fetchParts } from '../data/parts.ts';
import { createSearchActivities } from './search.ts';
import { candidateResult, createTraining, trialResult } from './train-one.ts';
import { createRunAccess, SEED, type TrainingPorts } from './training-run.ts';
import { createWarmStarts } from './warm-start.ts';
import { cancellationSignal, log } from '@temporalio/activity';

/** The candidate of a run that judges a model from elsewhere. */
const BROUGHT = 'brought';

export const createTrainingActivities = (ports: TrainingPorts) => {
  const { pipelines, snapshots, trainingRuns, modelVersions, traffic, ledger, verdicts } = ports;
  const { analytics, store, cache, trials } = ports;
  const { putModel, readText, contextOf } = createRunAccess(ports);
  const training = createTraining(ports);
  const warmStarts = createWarmStarts(ports);

  /** Whether a snapshot, perhaps of an earlier revision, holds exactly the columns that a declaration reads. */
  async function readsAlike(snapshot: Snapshot, pipeline: Pipeline): Promise<boolean> {
    const taken = await pipelines.declaration({ name: pipeline.name, revision: snapshot.revision });
    return readAlike(taken, pipeline);
  }

  /** Why a run would only repeat the last one; null: something is new, or a person wants it all the same. */
  async function nothingNew(run: TrainingRun, snapshot: Snapshot, pipeline: Pipeline, { reason, asOf }: Cycle) {
    if (run.trainingSet || (await ledger.forced(run.cycle))) return null;
    if (reason === 'drift' && (await ledger.onlyForDrift(run.cycle))) {
      const checks = await verdicts.list(pipeline.name, CHECKS_TO_TELL);
      const over = overSince(checks, pipeline.drift, asOf);
      if (over !== null) return overInWords(pipeline.name, over);
      const broken = brokenInstead(pipeline.name, checks, pipeline.drift, asOf);
      if (broken !== null) return broken;
    }
    const earlier = await trainingRuns.lastEnded(pipeline.name);
    if (!earlier) return null;
    const taken = earlier.snapshot === snapshot.id ? snapshot : await snapshots.get(earlier.snapshot);
    const { revision } = run.pipeline;
    const next = { reason, revision, recipes: recipesOf(pipeline), champion: run.champion, snapshot };
    return repeats(next, earlier, taken, pipeline) ? nothingNewInWords(pipeline.name, earlier) : null;
  }

  /** What a candidate averages: those of its members, declared or found by the search, that were trained. */
  async function membersOf(
    run: string,
    pipeline: Pipeline,
    { members }: Extract<Candidate, { kind: 'ensemble' }>,
  ): Promise<NonNullable<TrainingJob['members']>> {
    const declared = candidatesOf(pipeline);
    const isMember = ({ candidate, spec }: CandidateResult): boolean =>
      members?.includes(candidate) ?? mayBeMember(spec ?? declared.find(({ name }) => name === candidate)!);
    const trained = (await trainingRuns.candidates(run)).filter(isMember);
    return Promise.all(
      trained.map(async (result) => ({
        candidate: result.candidate,
        file: await unlessCancelled(cache.fetch(result)),
      })),
    );
  }

  async function bringIn(brought: BroughtModel, { name, columns, label }: Pipeline): Promise<TrainedModel> {
    const model = parseTrainedModel(await unlessCancelled(readText(brought)));
    if (canonicalJson(model.classes ?? null) !== canonicalJson(label.classes ?? null))
      throw new UserError(
        'MODEL_FILE_INVALID',
        `${brought.file} was brought for other classes than those that ${name} declares now (label.classes). Bring it again.`,
      );
    const gone = model.encodings.find(({ column }) => !own(featuresOf(columns), column));
    if (!gone) return model;
    throw new UserError(
      'MODEL_FILE_INVALID',
      `${brought.file} takes the column "${gone.column}", which ${name} no longer declares as a feature. Bring a model that does without.`,
    );
  }

  return withFailures({
    ...createChallengerActivities(ports),
    ...createSearchActivities(ports),

    /** Fixes what the cycle trains on: the applied revision, the newest snapshot, and the champion to beat. */
    async openTrainingRun({ cycle: id }: { cycle: string }) {
      const cycle = await ledger.cycle(id);
      const ref = await pipelines.applied(cycle.pipeline);
      const applied = await pipelines.declaration(ref);
      const snapshot = await snapshots.latest(ref.name, cycle.asOf);
      if (!snapshot || !(await readsAlike(snapshot, applied)))
        throw new UserError(
          'SNAPSHOT_MISSING',
          snapshot
            ? `${ref.name} reads its source otherwise than when its newest snapshot ${snapshot.id} was taken ` +
                `(revision ${snapshot.revision}). Take a new one: perennial run ${ref.name} data`
            : `${ref.name} has no published snapshot at or before ${cycle.asOf}. ` +
                `Take one: perennial run ${ref.name} data`,
        );
      const serving = await traffic.get(ref.name);
      const run = await trainingRuns.open({
        id,
        pipeline: ref,
        cycle: id,
        asOf: cycle.asOf,
        snapshot: snapshot.id,
        champion: serving?.champion ?? null,
        generation: serving?.generation ?? 0,
      });
      // The revision that the run began with: another may have been applied since.
      const pipeline = await pipelines.declaration(run.pipeline);
      const brought = await ledger.broughtIn(id);
      const repeated = brought ? null : await nothingNew(run, snapshot, pipeline, cycle);
      const tried = brought ? [{ name: BROUGHT, kind: BROUGHT, spec: null }] : candidatesOf(pipeline).map((spec) => ({ ...spec, spec })); // prettier-ignore
      const added = brought ? null : addedBaseline(pipeline);
      if (repeated === null)
        await trials.open(
          id,
          tried.map(({ name, kind, spec }) => ({ candidate: name, recipe: kind, spec, searched: false })),
        );
      return {
        id: run.id,
        revision: run.pipeline.revision,
        snapshot: run.snapshot,
        champion: run.champion,
        generation: run.generation,
        metric: pipeline.gates.metric,
        ...(repeated !== null && { nothingNew: repeated }),
        ...inTurn(tried),
        ...(added && { baseline: added.name }),
        ...(refits(pipeline) && !brought && { refits: true }),
        ...(pipeline.search && !brought && { searches: true }),
        approval: pipeline.rollout.approval, // for trainings of earlier releases, which roll out by themselves
      };
    },

    /**
     * Joins the snapshot's rows with the labels known by now, marks the four splits, and looks for what a model must not
     * know.
     */
    async assembleTrainingSet({ run: runId }: { run: string }) {
      const { run, pipeline } = await contextOf(runId);
      const accepted = (set: TrainingSet) => {
        refuseLeaks(set.leaks, pipeline);
        return describeSet(set);
      };
      if (run.trainingSet) return accepted(run.trainingSet);
      const snapshot = await snapshots.get(run.snapshot);
      const champion = run.champion === null ? null : await modelVersions.get(pipeline.name, run.champion);
      const holdout = holdoutOf(pipeline, champion?.splits ?? null);
      const rowFiles = await fetchParts(cache, snapshot, 'rows');
      const labelFiles = await fetchParts(cache, snapshot, 'labels');
      return cache.withFolder(async (folder) => {
        const file = `${folder}/training-set.parquet`;
        const set = await unlessCancelled(
          analytics.assemble(
            rowFiles,
            labelFiles,
            {
              // Facts were extracted up to the watermark, so only rows that matured by then have their labels.
              asOf: before(snapshot.asOf, pipeline.source.lateness),
              maturesAfter: pipeline.label.maturesAfter,
              kind: pipeline.label.kind,
              classes: pipeline.label.classes,
              whenAbsent: pipeline.label.whenAbsent ?? null,
              columns: pipeline.columns,
              ...(pipeline.retraining.window !== undefined && { window: pipeline.retraining.window }),
              shares: pipeline.splits,
              holdoutNotBefore: holdout.notBefore,
              ...(holdout.by && { by: holdout.by }),
              seed: SEED,
            },
            file,
          ),
        );
        const { label } = pipeline;
        const embargo = shortEmbargo(set.splits, label.maturesAfter);
        if (embargo && pipeline.splits.embargo === undefined)
          log.info(
            `The embargo before the ${embargo.before} is ${embargo.hours.toFixed(1)} hours, less than label.maturesAfter ` +
              `(${label.maturesAfter}): the history is too short for three whole ones. A longer source.history makes room for them.`,
          );
        const columns = featuresOf(pipeline.columns);
        const leaks = await unlessCancelled(
          analytics.findLeaks(file, { ...set, columns, kind: label.kind, seed: SEED }),
        ).catch((error: unknown) => {
          if (cancellationSignal().aborted || refusesLeaks(pipeline)) throw error;
          log.warn('The search for leaks failed; this training is not checked for them.', { error: messageOf(error) });
          return undefined;
        });
        const folds = foldsOf(pipeline, set);
        const warmStart = await warmStarts.decide(run, pipeline, { ...set, folds });
        const objectKey = trainingSetKey(pipeline.name, set.sha256);
        await unlessCancelled(store.putFile(objectKey, file));
        return accepted(
          await trainingRuns.recordSet(run.id, {
            ...set,
            ...(leaks && { leaks }),
            recipes: recipesOf(pipeline),
            folds,
            ...warmStart,
            objectKey,
          }),
        );
      });
    },

    /**
     * Trains one candidate in its own process; a later attempt resumes from the last checkpoint. A model from elsewhere
     * is there already.
     */
    async trainCandidate({
      run: runId,
      candidate: name,
    }: {
      run: string;
      candidate: string;
    }): Promise<CandidateResult> {
      const finished = await trainingRuns.findCandidate(runId, name);
      if (finished) return finished;
      const { run, pipeline } = await contextOf(runId);
      const brought = await ledger.broughtIn(run.cycle);
      const warm = warmOf(run.trainingSet?.warmStart);
      const tried = warm ? [...candidatesOf(pipeline), warm.candidate] : candidatesOf(pipeline);
      const spec = brought ? null : tried.find((each) => each.name === name)!;
      // A run that an earlier release opened may have no list of what it tries.
      await trials.open(runId, [{ candidate: name, recipe: spec?.kind ?? BROUGHT, spec, searched: false }]);
      const members = spec?.kind === 'ensemble' ? await membersOf(runId, pipeline, spec) : null;
      const start = await warmStarts.startOf(run, name);
      const what = brought ? () => bringIn(brought, pipeline) : { spec: spec!, ...(members && { members }), ...start };
      const trained = await training.trainOne({ run: runId, name, what });
      // The trial first: an attempt that dies in between is repeated for want of the candidate.
      const trial = trialResult(0, trained.model.trainedWith.rows, trained);
      await trials.record(runId, name, trial, trained.curve, true);
      return trainingRuns.recordCandidate(runId, {
        ...candidateResult(name, trained, await putModel(pipeline.name, trained.model)),
        ...(spec && { spec }),
        ...(warm && start.startFrom && { startedFrom: warm.version }),
      });
    },
  });
};
export type TrainingActivities = ReturnType<typeof createTrainingActivities>;

/** An ensemble is trained once the candidates that it averages are. */
function inTurn(candidates: readonly { name: string; kind: string }[]): { candidates: string[]; ensembles?: string[] } {
  const named = (is: boolean): string[] =>
    candidates.filter(({ kind }) => (kind === 'ensemble') === is).map(({ name }) => name);
  const ensembles = named(true);
  return { candidates: named(false), ...(ensembles.length > 0 && { ensembles }) };
}

function describeSet({ splits, rows, positives, warmStart }: TrainingSet) {
  const warm = warmOf(warmStart);
  return { splits, rows, positives, ...(warm && { warm: warm.candidate.name }) };
}
