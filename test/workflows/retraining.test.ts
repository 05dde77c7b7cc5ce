import { type NextStep } from '../../activities/retraining/retraining.ts';
import { UserError } from '../../core/base/errors/errors.ts';
import { newData, retrain, trainingEnded, whatWasHeard } from '../../workflows/messages.ts';
import { loopsOfTheirOwn, loopsUnderTest } from '../support/temporal/loops.ts';
import { MOMENT, trainingScript } from '../support/temporal/scripts.ts';
import { until } from '../support/temporal/workflows.ts';
import { names } from '../support/temporal/names.ts';
import assert from 'node:assert/strict';

const CYCLE = 'fraud-2026-01-11T03:00Z-3fa9c1';
const train: NextStep = { kind: 'train', cycle: CYCLE, reopened: 0, reason: 'drift' };
const idle: NextStep = { kind: 'idle' };
const wait = (milliseconds: number | null): NextStep => ({
  kind: 'wait',
  until: MOMENT,
  why: 'cooldown',
  milliseconds,
});
const HOUR = 3_600_000;
/** So that the training itself ends the cycle. */
const refused = { passed: false, outcome: 'refused', reason: 'no better' } as const;

describe('the retraining loop @slow', () => {
  const loops = loopsUnderTest();
  const decisions = () => loops().taken('decideNextStep');
  const trainings = () => loops().taken('openTrainingRun');
  const run = () => loops().adopt(names.training('fraud', CYCLE));
  /** A loop whose policy answers with what `step` holds; closing the cycle leaves nothing to do. */
  const startLoop = async (first: NextStep) => {
    const policy = { step: first };
    run();
    loops().follow({
      ...trainingScript({ mlp: 0.8 }, refused),
      decideNextStep: () => policy.step,
      closeCycle: () => void (policy.step = idle),
    });
    const loop = await loops().start('retraining', 'fraud');
    await until(() => decisions() === 1);
    return { loop, policy };
  };

  it('opens one cycle for ten requests that come during a wait', async () => {
    const { loop, policy } = await startLoop(wait(6 * HOUR));
    for (let i = 0; i < 10; i++) await loop.signal(retrain, { request: `drift/${i}`, asOf: MOMENT });
    await until(async () => (await loop.query(whatWasHeard)).signals === 10);
    assert.equal(trainings(), 0);

    policy.step = train;
    await loops().timePasses('6 hours');
    await until(() => loops().taken('closeCycle') === 1);
    await run().result();
    assert.equal(trainings(), 1);
  });

  it('shows what it waits for, and decides again when the wait is over', async () => {
    const { loop } = await startLoop(wait(2 * HOUR));
    await until(async () => (await loop.query(whatWasHeard)).waiting !== null);
    assert.deepEqual((await loop.query(whatWasHeard)).waiting, { until: MOMENT, why: 'cooldown' });
    await loops().timePasses('1 hour');
    assert.equal(decisions(), 1);
    await loops().timePasses('61 minutes');
    await until(() => decisions() === 2);
  });

  it('decides again as soon as there is new data, with its moment', async () => {
    const { loop } = await startLoop(wait(null));
    await loop.signal(newData, { asOf: MOMENT });
    await until(() => decisions() === 2);
    assert.deepEqual(loops().calls.at(-1)?.input, { pipeline: 'fraud', now: MOMENT });
  });

  it('keeps the latest moment that anyone mentioned', async () => {
    const { loop } = await startLoop(idle);
    await loop.signal(newData, { asOf: MOMENT });
    await loop.signal(retrain, { request: 'person/1', asOf: '2026-01-01T00:00:00.000Z' });
    await until(async () => (await loop.query(whatWasHeard)).signals === 2);
    assert.equal((await loop.query(whatWasHeard)).now, MOMENT);
  });

  it('is idle without a timer when nothing is requested', async () => {
    const { loop } = await startLoop(idle);
    await loops().timePasses('30 days');
    assert.equal(decisions(), 1);
    const { events } = await loop.fetchHistory();
    assert.equal(
      events?.some((event) => event.timerStartedEventAttributes),
      false,
    );
  });

  it('hears the next request after a cycle has ended', async () => {
    const { loop, policy } = await startLoop(train);
    await until(() => loops().taken('closeCycle') === 1);
    await run().result();
    await loop.signal(trainingEnded, { cycle: CYCLE });
    await until(() => decisions() === 2);

    policy.step = train;
    await loop.signal(retrain, { request: 'person/2', asOf: MOMENT });
    await until(() => loops().taken('closeCycle') === 2);
    await run().result();
    assert.equal(trainings(), 2);
  });

  it('checks a training that has been silent for ten minutes, and restarts it if it is gone', async () => {
    const { loop, policy } = await startLoop(idle);
    loops().change({ closeCycle: () => undefined }); // so the cycle stays open, as when its end was lost
    policy.step = train;
    await loop.signal(retrain, { request: 'person/1', asOf: MOMENT });
    await until(() => loops().taken('closeCycle') === 1);
    await run().result();
    loops().change({ closeCycle: () => void (policy.step = idle) });
    await loops().timePasses('11 minutes');
    await until(() => loops().taken('closeCycle') === 2);
    await run().result();
    assert.equal(trainings(), 2);
  });

  it('starts afresh at 500 signals, and loses nothing', async () => {
    const { loop } = await startLoop(idle);
    const first = (await loop.describe()).runId;
    for (let sent = 0; sent < 500; sent += 50)
      await Promise.all(
        Array.from({ length: 50 }, (_, i) => loop.signal(retrain, { request: `${sent + i}`, asOf: MOMENT })),
      );
    await until(async () => (await loop.describe()).runId !== first);
    assert.equal((await loop.query(whatWasHeard)).now, MOMENT);
    const before = decisions();
    await loop.signal(retrain, { request: 'one more', asOf: '2026-01-12T00:00:00.000Z' });
    await until(() => decisions() > before);
    await until(async () => (await loop.query(whatWasHeard)).now === '2026-01-12T00:00:00.000Z');
  });
});

describe('the retraining loop after an operator terminated its training @slow', () => {
  const own = loopsOfTheirOwn();

  it('starts it again for the same cycle', async () => {
    const loops = own();
    let step: NextStep = train;
    let away = true;
    const script = trainingScript({ mlp: 0.8 }, refused);
    loops.follow({
      ...script,
      decideNextStep: () => step,
      assembleTrainingSet: (input) =>
        away ? Promise.reject(new UserError('DATABASE_UNREACHABLE', 'gone')) : script.assembleTrainingSet!(input),
      closeCycle: () => void (step = idle),
    });
    const loop = await loops.start('retraining', 'fraud');
    const run = loops.adopt(names.training('fraud', CYCLE));
    await until(() => loops.taken('assembleTrainingSet') > 0);
    const { runId } = await run.describe();
    await run.terminate('by an operator');

    away = false;
    await loop.signal(newData, { asOf: MOMENT });
    await until(() => loops.taken('closeCycle') === 1);
    await run.result();
    assert.notEqual((await run.describe()).runId, runId);
    const opened = loops.calls.filter((call) => call.step === 'openTrainingRun').map((call) => call.input);
    assert.deepEqual(opened, [{ cycle: CYCLE }, { cycle: CYCLE }]);
  });
});
