import { UserError } from '../../core/base/errors/errors.ts';
import { type Candidate } from '../../core/recipes/index.ts';
import { drawTrials } from '../../core/search/draw.ts';
import { betterPart, ranked, rungsOf, type SearchPlan } from '../../core/search/rungs.ts';
import { type Trial } from '../../core/search/trials.ts';
import { optionsInWords, outcomeInWords, stoppedInWords } from '../../core/search/words.ts';
import { milliseconds } from '../../core/time/time.ts';
import { type CandidateResult } from '../../core/training/training.ts';
import { candidateResult, createTraining, trialResult } from './train-one.ts';
import { createRunAccess, SEED, type TrainingPorts } from './training-run.ts';

/** The search of a training run: its trials, rung by rung. */
export const createSearchActivities = (ports: TrainingPorts) => {
  const { trainingRuns, trials } = ports;
  const { putModel, contextOf } = createRunAccess(ports);
  const training = createTraining(ports);

  async function planOf(run: string): Promise<SearchPlan> {
    const plan = await trials.findPlan(run);
    if (plan) return plan;
    throw new UserError('TRAINING_RUN_UNKNOWN', `Training run ${run} has no search.`);
  }
  const searched = async (run: string): Promise<Trial[]> => (await trials.of(run)).filter((trial) => trial.searched);
  const atRung = (all: readonly Trial[], rung: number, metric: Trial['metric']) =>
    all.flatMap(({ candidate, result }) =>
      result && result.rung >= rung ? [{ candidate, rung: result.rung, value: result.selection[metric] ?? null }] : [],
    );

  return {
    /** Draws the trials, and decides how many rows each rung has. */
    async openSearch({ run: id }: { run: string }) {
      const { run, pipeline } = await contextOf(id);
      const { search, candidates, label } = pipeline;
      const drawn = drawTrials({ search: search!, candidates }, SEED);
      const { rows, positives, folds } = run.trainingSet!;
      const { rungs, within } = await trials.plan(id, {
        rungs: rungsOf({
          trials: drawn.length,
          rows: rows.train,
          positives: label.kind === 'number' ? null : positives.train,
          negatives: folds?.negatives,
        }),
        trials: drawn.length,
        within: search!.within ?? null,
        outcome: null,
      });
      await trials.open(
        id,
        drawn.map((spec) => ({ candidate: spec.name, recipe: spec.kind, spec, searched: true })),
      );
      return {
        trials: drawn.map((spec) => ({ name: spec.name, options: optionsInWords(spec) })),
        rungs: rungs.map((rung) => rung.rows),
        milliseconds: within === null ? null : milliseconds(within),
      };
    },

    /** Trains a trial on the rows of one rung, in its own process; the last rung has all rows and keeps the model. */
    async trainTrial({ run, trial: name, rung }: { run: string; trial: string; rung: number }) {
      const { rungs } = await planOf(run);
      const { pipeline } = await contextOf(run);
      const { metric } = pipeline.gates;
      const last = rung === rungs.length - 1;
      const finished = await trials.find(run, name, rung);
      if (finished) return { value: finished.selection[metric] ?? null, seconds: finished.seconds };
      const spec = (await trials.of(run)).find(({ candidate }) => candidate === name)!.spec!;
      const { rows } = rungs[rung]!;
      const trained = await training.trainOne({ run, name, what: { spec, ...(!last && { rows }) } });
      if (last)
        await trainingRuns.recordCandidate(run, {
          ...candidateResult(name, trained, await putModel(pipeline.name, trained.model)),
          spec: spec satisfies Candidate,
          rung,
        });
      const result = await trials.record(run, name, trialResult(rung, rows, trained), trained.curve, last);
      return { value: result.selection[metric] ?? null, seconds: result.seconds };
    },

    /** Decides which trials of a rung continue, and stops the others. */
    async closeRung({ run, rung, began }: { run: string; rung: number; began: string[] }) {
      const { rungs } = await planOf(run);
      const { pipeline } = await contextOf(run);
      const all = await searched(run);
      const ended = atRung(all, rung, pipeline.gates.metric).filter(({ candidate }) => began.includes(candidate));
      // The value at this rung: a retry may find trials that are already further.
      const there = await Promise.all(
        ended.map(async (one) => ({
          ...one,
          value: (await trials.find(run, one.candidate, rung))?.selection[pipeline.gates.metric] ?? null,
        })),
      );
      const continuing = betterPart(there, pipeline.gates.metric, began.length);
      const stopped = there.map(({ candidate }) => candidate).filter((name) => !continuing.includes(name));
      await trials.end(run, stopped, 'stopped', stoppedInWords(rungs[rung]!, continuing.length));
      return { continuing };
    },

    /** When the time is up: stops what is left, and names the best so far, unless one was trained on all rows. */
    async cutSearch({ run }: { run: string }): Promise<{ best: string | null }> {
      const { rungs, within } = await planOf(run);
      const { pipeline } = await contextOf(run);
      const all = await searched(run);
      const furthest = Math.max(...all.map(({ result }) => result?.rung ?? -1));
      const [first] = ranked(atRung(all, furthest, pipeline.gates.metric), pipeline.gates.metric);
      const best = furthest === rungs.length - 1 ? null : (first?.candidate ?? null);
      const others = all.map(({ candidate }) => candidate).filter((name) => name !== best);
      await trials.end(run, others, 'stopped', `the search's ${within} were over`);
      return { best };
    },

    /** The trials that were trained on all rows, which are candidates like the declared ones. */
    async endSearch({ run, cutAt }: { run: string; cutAt: number | null }) {
      const plan = await planOf(run);
      const all = await searched(run);
      const outcome = outcomeInWords(plan, all, cutAt);
      await trials.endSearch(run, outcome);
      const names = all.map(({ candidate }) => candidate);
      const found: CandidateResult[] = (await trainingRuns.candidates(run)).filter(({ candidate }) =>
        names.includes(candidate),
      );
      return { found, outcome };
    },
  };
};
