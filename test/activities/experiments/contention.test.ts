import { createRolloutActivities } from '../../../activities/rollout/rollout.ts';
import { createStepActivities } from '../../../activities/rollout/take-step.ts';
import { createLosses } from '../../../adapters/postgres/rollout/losses.ts';
import { canary } from '../../../core/rollout/steps/declared-steps.ts';
import { after } from '../../../core/time/time.ts';
import { aPipeline } from '../../reports/fixtures.ts';
import { createRolloutOperations } from '../../../operations/rollouts.ts';
import { ada, asAda } from '../../support/asked.ts';
import { NOW, perennialDatabase } from '../../support/postgres/perennial-database.ts';
import { until } from '../../support/temporal/workflows.ts';
import { Scene } from './scene.ts';
import assert from 'node:assert/strict';

describe('an experiment and a rollout of one pipeline', () => {
  const database = perennialDatabase();
  let scene: Scene;
  beforeEach(async () => {
    scene = new Scene(database());
    await scene.champion();
    await scene.ports.pipelines.apply(aPipeline({ name: 'fraud', rollout: { steps: canary() } }), 'ada');
  });
  afterEach(() => scene.close());

  const ports = () => ({
    ...scene.ports,
    losses: createLosses(database()),
    experimentRuns: { start: async ({ id }: { id: string }) => void scene.run(id) },
    loop: {
      ensure: async () => undefined,
      ask: async () => undefined,
      newData: async () => undefined,
      trainingEnded: async () => undefined,
    },
  });
  const steps = () => createStepActivities(ports());
  const openRollout = (rollout: string) => scene.attempt(createRolloutActivities(ports()).openRollout, { rollout });
  async function rollOut(version: number, askedAt = scene.now): Promise<string> {
    const { generation } = (await scene.ports.traffic.get('fraud'))!;
    const pipeline = await scene.ports.pipelines.applied('fraud');
    const wish = { pipeline, version, generation, reason: 'better', askedAt };
    return (await scene.ports.rollouts.askByHand(wish, ada)).id;
  }
  const listed = () => {
    const operations = createRolloutOperations({
      ...scene.ports,
      runs: { requireWorker: async () => undefined },
    });
    return asAda(operations).list('fraud');
  };
  const traffic = async () => (await scene.ports.traffic.get('fraud'))!;

  it('take turns: the rollout waits until the experiment has ended, then continues with its traffic', async () => {
    const { id } = await scene.ask();
    const ended = scene.run(id);
    await scene.begun(id);
    const rollout = await rollOut(3);
    assert.deepEqual((await openRollout(rollout)).waits, [id]);
    assert.deepEqual((await listed()).map(({ waitsFor }) => waitsFor), [id], 'and people are told'); // prettier-ignore
    const turn = scene.attempt(steps().awaitTurn, { rollout, waits: [id] });
    await scene.ports.experiments.stop(id, { reason: 'enough' }, ada);
    await ended;
    await turn;
    assert.equal((await scene.ports.rollouts.get(rollout)).generation, (await traffic()).generation);
    const opened = await openRollout(rollout);
    assert.deepEqual([opened.waits, opened.passed], [undefined, 0]);
    void scene.attempt(steps().takeStep, { rollout, step: 0 });
    await until(async () => (await traffic()).shadow === 3);
  });

  it("take turns even if the experiment's run was terminated: the rollout restarts it", async () => {
    const { id } = await scene.ask();
    await scene.watch(id);
    const rollout = await rollOut(3);
    const turn = scene.attempt(steps().awaitTurn, { rollout, waits: [id] });
    scene.now = after(NOW, '15 days');
    await turn;
    assert.equal((await scene.ports.experiments.get(id)).outcome!.result, 'undecided');
    assert.deepEqual(await scene.traffic(), { champion: 1, shares: [[1, 1]] });
  });

  it('take turns: the rollout of the winner comes after the one that waited for the experiment', async () => {
    const { id } = await scene.ask({ afterwards: 'promote' });
    const ended = scene.run(id);
    await scene.begun(id);
    const waiting = await rollOut(3);
    scene.now = after(scene.now, '1 minute');
    await scene.clicked({ 1: [500, 10], 2: [500, 50] });
    const { rollout, reason } = await ended;
    assert.match(reason, /^v2 is better: clicks [^;]*\)$/, 'and no problem with its rollout');
    assert.deepEqual(scene.started, [rollout]);
    assert.deepEqual((await openRollout(rollout!)).waits, [waiting]);
    await scene.ports.rollouts.end(waiting, { result: 'refused', reason: 'no', endedAt: scene.now });
    await scene.attempt(steps().awaitTurn, { rollout: rollout!, waits: [waiting] });
    void scene.attempt(steps().takeStep, { rollout: rollout!, step: 0 });
    await until(async () => (await traffic()).shadow === 2);
  });

  it('take turns: the experiment waits until the rollout has ended, and begins under its champion', async () => {
    const rollout = await rollOut(2);
    void scene.attempt(steps().takeStep, { rollout, step: 0 });
    await until(async () => (await traffic()).shadow === 2);
    scene.now = after(NOW, '1 minute');
    const { id } = await scene.ask({ versions: [1, 2] });
    const ended = scene.run(id);
    await until(async () => (await scene.ports.experiments.standing(id)).waits[0] === rollout);
    assert.equal((await traffic()).shadow, 2, 'it leaves the traffic alone');
    const details = await scene.attempt(scene.steps.openExperiment, { experiment: id });
    assert.match(details.details, new RegExp(`It waits until ${rollout} has ended`));

    const { generation: expectedGeneration } = await traffic();
    const promotion = { pipeline: 'fraud', version: 2, expectedGeneration, at: scene.now, reason: 'better' };
    await scene.ports.traffic.promote({ ...promotion, by: `rollout ${rollout}`, rollout: { id: rollout, step: null } });
    await scene.ports.rollouts.end(rollout, { result: 'promoted', reason: 'better', endedAt: scene.now });
    await scene.begun(id);
    assert.deepEqual((await scene.traffic()).champion, 2);
    assert.equal((await traffic()).arms.length, 2);
    await scene.ports.experiments.stop(id, { reason: 'enough' }, ada);
    assert.equal((await ended).result, 'stopped');
  });

  it('never both begin: the one requested first goes first, whichever looks first', async () => {
    const rollout = await rollOut(2, NOW);
    scene.now = after(NOW, '1 minute');
    const { id } = await scene.ask();
    assert.deepEqual((await scene.ports.experiments.standing(id)).waits, [rollout]);
    assert.deepEqual(await scene.ports.progress.before(rollout), []);
    await scene.ports.rollouts.end(rollout, { result: 'failed', reason: 'so', endedAt: scene.now });
    const later = await rollOut(3, after(NOW, '2 minutes'));
    assert.deepEqual((await scene.ports.experiments.standing(id)).waits, []);
    assert.deepEqual(await scene.ports.progress.before(later), [{ id }]);
  });

  it("change nothing, and say so, when the experiment's versions have lost their champion meanwhile", async () => {
    const rollout = await rollOut(3);
    scene.now = after(NOW, '1 minute');
    const { id } = await scene.ask();
    const ended = scene.run(id);
    await until(async () => (await scene.ports.experiments.standing(id)).waits.length === 1);
    const promotion = { pipeline: 'fraud', version: 3, expectedGeneration: 1, at: scene.now, reason: 'better' };
    await scene.ports.traffic.promote({ ...promotion, by: `rollout ${rollout}`, rollout: { id: rollout, step: null } });
    await scene.ports.rollouts.end(rollout, { result: 'promoted', reason: 'better', endedAt: scene.now });
    const { result, reason } = await ended;
    assert.deepEqual([result, reason], ['superseded', 'v3 is the champion now, and not among its versions']);
    assert.equal((await traffic()).generation, 2);
  });

  it('ignore a confirmation: it gives way, and a former champion may be compared again', async () => {
    const rollout = await rollOut(2);
    const promotion = { pipeline: 'fraud', version: 2, expectedGeneration: 1, at: scene.now, reason: 'better' };
    const by = `rollout ${rollout}`;
    await scene.ports.traffic.promote({ ...promotion, by, rollout: { id: rollout, step: null }, keepsFormer: true });
    await scene.ports.rollouts.end(rollout, { result: 'promoted', reason: 'better', endedAt: scene.now });
    assert.equal((await traffic()).shadow, 1);
    const { id } = await scene.ask({ versions: [1, 2] });
    const ended = scene.run(id);
    await scene.begun(id);
    assert.deepEqual(await scene.traffic(), { champion: 2, shares: [[1, 0.5], [2, 0.5]] }); // prettier-ignore
    assert.equal((await scene.ports.modelVersions.get('fraud', 1)).stage, 'staging');
    await scene.ports.experiments.stop(id, { reason: 'enough' }, ada);
    await ended;
    assert.deepEqual(await scene.traffic(), { champion: 2, shares: [[2, 1]] });
  });

  it("both finish when the experiment came and went after the rollout's training had seen the traffic", async () => {
    const pipeline = await scene.ports.pipelines.applied('fraud');
    const { id } = await scene.ask();
    const ended = scene.run(id);
    await scene.begun(id);
    await scene.ports.experiments.stop(id, { reason: 'enough' }, ada);
    await ended;
    const wish = { pipeline, version: 3, generation: 1, reason: 'trained meanwhile', askedAt: scene.now };
    const rollout = await scene.ports.rollouts.askByHand(wish, ada);
    await openRollout(rollout.id);
    assert.equal((await scene.ports.rollouts.get(rollout.id)).generation, 3);
  });

  it('wait while a person stops the experiment before it begins', async () => {
    await rollOut(3);
    scene.now = after(NOW, '1 minute');
    const { id } = await scene.ask();
    const ended = scene.run(id);
    await until(async () => (await scene.ports.experiments.standing(id)).waits.length === 1);
    await scene.ports.experiments.stop(id, { reason: 'never mind' }, ada);
    assert.equal((await ended).result, 'stopped');
    assert.equal((await traffic()).generation, 1);
  });
});
