import { openCycle, openRig } from '../../support/steps/stages.ts';
import { aTrainedModel } from '../../support/steps/scripted-trainer.ts';
import { failureOf } from '../../support/steps/failures.ts';
import { encodeWeights } from '../../../core/model/numbers/weights.ts';
import { type TrainedModel } from '../../../core/model/artifact.ts';
import { UserError } from '../../../core/base/errors/errors.ts';
import { type TrainingJob } from '../../../core/training/trainer.ts';
import { type Rig } from '../../support/steps/activities.ts';
import assert from 'node:assert/strict';

describe('the steps of a search @slow', () => {
  let rig: Rig;
  before(async () => {
    rig = await openRig('snapshot');
    await rig.apply({ search: { trials: 5, within: '10 minutes', of: ['boosted', 'mlp'] } });
  });
  after(() => rig.close());

  const opened = async (id: string): Promise<string> => {
    const { id: cycle } = await openCycle(rig, { id });
    const run = await rig.run('openTrainingRun', { cycle });
    assert.equal(run.searches, true);
    await rig.run('assembleTrainingSet', { run: run.id });
    return run.id;
  };
  const stateOf = async (run: string) =>
    Object.fromEntries((await rig.ports.trials.of(run)).filter(({ searched }) => searched).map(({ candidate, state, reason }) => [candidate, reason ?? state])); // prettier-ignore
  /** A model that ranks rows as well as this says: the more noise, the worse. */
  const model = (weight: number): TrainedModel => {
    const good = aTrainedModel() as Extract<TrainedModel, { kind: 'network' }>;
    const kernel = encodeWeights(Float32Array.of(weight, 0, 0));
    return { ...good, layers: [{ ...good.layers[0]!, kernel }], probe: { rows: [], logits: [] } };
  };

  it('try what the seed draws, keep the better trials, and never train one twice', async () => {
    const run = await opened('fraud-search');
    const plan = await rig.run('openSearch', { run });
    assert.deepEqual(await rig.run('openSearch', { run }), plan);
    const names = plan.trials.map(({ name }) => name);
    assert.deepEqual([names.length, plan.milliseconds], [5, 600_000]);
    assert.match(plan.trials[0]!.options, /^trees 1000, learningRate 0\.1, .*leaves 31/);
    assert.ok(plan.rungs.length >= 1);

    rig.script.next(async (job, progress) => {
      progress.onProgress({ unit: 'tree', done: 1, loss: 0.7, selectionLoss: 0.6 });
      await rig.script.checkpoint(job, progress, 'after 1 tree');
      throw new Error('the worker was killed');
    });
    let left: unknown;
    const first = { run, trial: names[0]!, rung: 0 };
    await assert.rejects(rig.attempt('trainTrial', first, { heartbeat: (details) => void (left = details) }), /killed/);
    let resumed: TrainingJob | null = null;
    rig.script.next(async (job, progress) => {
      resumed = job;
      progress.onProgress({ unit: 'tree', done: 2, loss: 0.5, selectionLoss: 0.4 });
      return aTrainedModel();
    });
    const result = await rig.attempt('trainTrial', first, { left });
    assert.ok(resumed!.resumeFrom !== null);
    const trained = rig.script.jobs.length;
    assert.deepEqual(await rig.run('trainTrial', first), result);
    assert.equal(rig.script.jobs.length, trained);
    assert.deepEqual((await rig.ports.trials.curves(run, names))[names[0]!], [[1, 0.7, 0.6], [2, 0.5, 0.4]]); // prettier-ignore

    rig.script.next(async () => Promise.reject(new UserError('TRAINING_DIVERGED', 'The loss is not a number.')));
    assert.equal((await failureOf(rig.run('trainTrial', { run, trial: names[1]!, rung: 0 }))).type, 'TRAINING_DIVERGED'); // prettier-ignore
    for (const trial of names.slice(2)) {
      rig.script.next(async () => model(-1));
      await rig.run('trainTrial', { run, trial, rung: 0 });
    }
    const { continuing } = await rig.run('closeRung', { run, rung: 0, began: names });
    assert.equal(continuing[0], names[0]);
    assert.equal(continuing.length, 2);
    assert.equal((await stateOf(run))[names[1]!], 'The loss is not a number.');
    await rig.run('closeCycle', { cycle: run, outcome: { result: 'refused', version: null, reason: 'for the next' } });
  });

  it('train the best so far on all rows when the time is up, and say what was cut', async () => {
    const run = await opened('fraud-search-cut');
    await rig.ports.trials.plan(run, { rungs: [{ rows: 300, share: 1 / 3 }, { rows: 900, share: 1 }], trials: 5, within: '10 minutes', outcome: null }); // prettier-ignore
    const { trials } = await rig.run('openSearch', { run });
    const [bad, good, ...others] = trials.map(({ name }) => name);
    for (const [trial, weight] of [
      [bad, -1],
      [good, 1],
    ] as const) {
      // prettier-ignore
      rig.script.next(async () => model(weight));
      await rig.run('trainTrial', { run, trial: trial!, rung: 0 });
    }
    assert.equal(rig.script.jobs.at(-1)!.rows, 300);
    assert.deepEqual(await rig.run('cutSearch', { run }), { best: good });
    rig.script.next(async () => model(1));
    await rig.run('trainTrial', { run, trial: good!, rung: 1 });
    assert.equal(rig.script.jobs.at(-1)!.rows, undefined);

    const { found, outcome } = await rig.run('endSearch', { run, cutAt: 0 });
    assert.equal(
      outcome,
      'cut: its 10 minutes were over in rung 1 of 2 (33 % of the rows), when 2 of 5 trials had a result; ' +
        '1 of 5 trials was trained on all rows',
    );
    assert.deepEqual(found.map(({ candidate, rung, spec }) => [candidate, rung, spec?.name]), [[good, 1, good]]); // prettier-ignore
    const cut = "the search's 10 minutes were over";
    assert.deepEqual(await stateOf(run), Object.fromEntries([[bad, cut], [good, 'finished'], ...others.map((name) => [name, cut])])); // prettier-ignore

    // The winner carries its recipe into its version, from which it can be declared.
    const winner = await rig.run('evaluateWinner', { run, candidate: good! });
    assert.equal(winner.candidate, good);
    const [line] = await rig.ports.trials.runs('fraud', 1);
    assert.deepEqual([line!.winner, line!.search!.outcome, line!.trials], [good, outcome, 7]);
  });
});
