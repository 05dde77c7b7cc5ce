import { UserError } from '../../core/base/errors/errors.ts';
import { HOUR } from '../../core/time/time.ts';
import { failureOf, loopsOfTheirOwn, loopsUnderTest } from '../support/temporal/loops.ts';
import { trainingScript } from '../support/temporal/scripts.ts';
import { type Call, until } from '../support/temporal/workflows.ts';
import { ApplicationFailure, heartbeat, sleep } from '@temporalio/activity';
import assert from 'node:assert/strict';

const input = { pipeline: 'fraud', cycle: 'fraud-2026-01-11T03:00Z-3fa9c1' };

const abstained = { passed: false, outcome: 'abstained', reason: 'too few positives' } as const;

/** What the cycle was closed with, each time. */
const outcomes = (calls: Call[]) =>
  calls.filter((call) => call.step === 'closeCycle').map((call) => (call.input as { outcome: object }).outcome);

describe('the training loop @slow', () => {
  const loops = loopsUnderTest();
  const inputsOf = (step: string) =>
    loops()
      .calls.filter((call) => call.step === step)
      .map((call) => call.input);
  const closed = () => outcomes(loops().calls);

  it('asks for the rollout of the candidate that the metric likes best, and leaves the cycle to that', async () => {
    loops().follow(trainingScript({ logistic: 0.6, mlp: 0.8, wide: 0.7 }));
    const run = await loops().start('training', input);

    const rollingOut = { result: 'rolling out', version: 2, rollout: input.cycle, reason: 'better by 0.04' };
    assert.deepEqual(await run.result(), rollingOut);
    assert.deepEqual(inputsOf('evaluateWinner'), [{ run: input.cycle, candidate: 'mlp' }]);
    assert.deepEqual(inputsOf('askForRollout'), [{ run: input.cycle, version: 2 }]);
    assert.deepEqual([loops().taken('promoteVersion'), closed()], [0, []]);
  });

  it('continues with the others when one candidate fails', async () => {
    const script = trainingScript({ logistic: 0.6, mlp: 0.8, wide: 0.7 });
    const trainCandidate: typeof script.trainCandidate = (task) =>
      task.candidate === 'mlp'
        ? Promise.reject(new UserError('TRAINING_DIVERGED', 'The loss of mlp is not a number.'))
        : script.trainCandidate!(task);
    loops().follow({ ...script, trainCandidate });
    const run = await loops().start('training', input);

    assert.equal(((await run.result()) as { result: string }).result, 'rolling out');
    assert.deepEqual(inputsOf('evaluateWinner'), [{ run: input.cycle, candidate: 'wide' }]);
  });

  it('fails when nothing is left but the baseline that it tries anyway', async () => {
    const script = trainingScript({ mlp: 0.8, baseline: 0.1 });
    loops().follow({
      ...script,
      openTrainingRun: async (task) => ({ ...(await script.openTrainingRun!(task)), baseline: 'baseline' }),
      trainCandidate: async (task) => {
        if (task.candidate === 'mlp') throw new UserError('TRAINING_DIVERGED', 'The loss of mlp is not a number.');
        return script.trainCandidate!(task);
      },
    });
    const run = await loops().start('training', input);

    await assert.rejects(run.result());
    assert.deepEqual(closed(), [{ version: null, result: 'failed', reason: 'The loss of mlp is not a number.' }]);
  });

  it('averages candidates once the others are trained, and not one that failed', async () => {
    const script = trainingScript({ logistic: 0.6, mlp: 0.7, wide: 0.65, ensemble: 0.8 });
    const trained: string[] = [];
    loops().follow({
      ...script,
      openTrainingRun: async (task) => ({
        ...(await script.openTrainingRun!(task)),
        candidates: ['logistic', 'mlp', 'wide'],
        ensembles: ['ensemble'],
      }),
      trainCandidate: async (task) => {
        if (task.candidate === 'wide') throw new UserError('TRAINING_DIVERGED', 'The loss of wide is not a number.');
        if (task.candidate === 'ensemble') assert.deepEqual(trained.toSorted(), ['logistic', 'mlp']);
        const result = await script.trainCandidate!(task);
        trained.push(task.candidate);
        return result;
      },
    });
    const run = await loops().start('training', input);

    assert.equal(((await run.result()) as { result: string }).result, 'rolling out');
    assert.deepEqual(inputsOf('evaluateWinner'), [{ run: input.cycle, candidate: 'ensemble' }]);
  });

  it('tries beside its candidates the one that starts from the champion’s weights', async () => {
    const script = trainingScript({ logistic: 0.6, mlp: 0.7, 'mlp-from-v1': 0.75 });
    loops().follow({
      ...script,
      openTrainingRun: async (task) => ({
        ...(await script.openTrainingRun!(task)),
        candidates: ['logistic', 'mlp'],
        ensembles: [],
      }),
      assembleTrainingSet: async (task) => ({ ...(await script.assembleTrainingSet!(task)), warm: 'mlp-from-v1' }),
    });
    const run = await loops().start('training', input);

    assert.equal(((await run.result()) as { result: string }).result, 'rolling out');
    assert.deepEqual(inputsOf('evaluateWinner'), [{ run: input.cycle, candidate: 'mlp-from-v1' }]);
  });

  it('continues with the candidates when their average fails', async () => {
    const script = trainingScript({ logistic: 0.6, mlp: 0.7 });
    loops().follow({
      ...script,
      openTrainingRun: async (task) => ({ ...(await script.openTrainingRun!(task)), ensembles: ['ensemble'] }),
      trainCandidate: (task) =>
        task.candidate === 'ensemble'
          ? Promise.reject(new UserError('TRAINING_OUT_OF_MEMORY', 'It took too much.'))
          : script.trainCandidate!(task),
    });
    const run = await loops().start('training', input);

    assert.equal(((await run.result()) as { result: string }).result, 'rolling out');
    assert.deepEqual(inputsOf('evaluateWinner'), [{ run: input.cycle, candidate: 'mlp' }]);
  });

  describe('of a pipeline that refits', () => {
    const refitting = (script: ReturnType<typeof trainingScript>): typeof script => ({
      ...script,
      openTrainingRun: async (task) => ({ ...(await script.openTrainingRun!(task)), refits: true }),
      refitWinner: () => ({ outcome: 'kept', reason: 'it ranks otherwise' }),
    });

    it('trains the winner again once it passed, before it is registered', async () => {
      loops().follow(refitting(trainingScript({ mlp: 0.8 })));
      await (await loops().start('training', input)).result();
      const steps = loops().calls.map(({ step }) => step);
      assert.deepEqual(
        steps.filter((step) => ['evaluateWinner', 'refitWinner', 'registerVersion'].includes(step)),
        ['evaluateWinner', 'refitWinner', 'registerVersion'],
      );
    });

    it('does not train again what did not pass', async () => {
      loops().follow(refitting(trainingScript({ mlp: 0.8 }, abstained)));
      await (await loops().start('training', input)).result();
      assert.equal(loops().taken('refitWinner'), 0);
    });

    it('rolls the judged model out when the training fails', async () => {
      const refitWinner = () => Promise.reject(new UserError('WORKER_LOST', 'Its workers fell silent.'));
      loops().follow({ ...refitting(trainingScript({ mlp: 0.8 })), refitWinner });
      const run = await loops().start('training', input);
      assert.equal(((await run.result()) as { result: string }).result, 'rolling out');
      const [registered] = inputsOf('registerVersion') as { refitFailed?: string }[];
      assert.equal(registered!.refitFailed, 'Its workers fell silent.');
    });
  });

  it('ends at once, and trains nothing, when it would only repeat the last one', async () => {
    const script = trainingScript({ mlp: 0.8 });
    const nothingNew = 'data, declaration and champion are those of cycle c1';
    const openTrainingRun: typeof script.openTrainingRun = async (task) => ({
      ...(await script.openTrainingRun!(task)),
      nothingNew,
    });
    loops().follow({ ...script, openTrainingRun });
    const run = await loops().start('training', input);

    const outcome = { result: 'nothing new', version: null, reason: nothingNew };
    assert.deepEqual([await run.result(), closed()], [outcome, [outcome]]);
    assert.deepEqual([loops().taken('assembleTrainingSet'), loops().taken('trainCandidate')], [0, 0]);
  });

  it('fails, and closes the cycle as failed, when all candidates fail', async () => {
    const trainCandidate = () => Promise.reject(new UserError('TRAINING_DIVERGED', 'The loss is not a number.'));
    loops().follow({ ...trainingScript(), trainCandidate });
    const run = await loops().start('training', input);

    assert.equal((await failureOf(run.result())).type, 'TRAINING_DIVERGED');
    assert.equal((await run.describe()).status.name, 'FAILED');
    assert.deepEqual(closed(), [{ result: 'failed', version: null, reason: 'The loss is not a number.' }]);
    assert.equal(loops().taken('registerVersion'), 0);
  });

  for (const outcome of ['refused', 'abstained'] as const)
    it(`registers a version that the gate ${outcome}, and leaves traffic as it is`, async () => {
      const reason = 'the champion is as good';
      loops().follow(trainingScript({ mlp: 0.8 }, { passed: false, outcome, reason }));
      const run = await loops().start('training', input);

      assert.deepEqual(await run.result(), { result: outcome, version: 2, reason });
      assert.equal(loops().taken('registerVersion'), 1);
      assert.equal(loops().taken('askForRollout'), 0);
      assert.deepEqual(closed(), [{ result: outcome, version: 2, reason }]);
    });

  for (const step of ['openTrainingRun', 'registerVersion', 'askForRollout'] as const)
    it(`waits when the database is away for an hour at ${step}, and throws nothing away`, async () => {
      const script = trainingScript({ mlp: 0.8 });
      let goneSince: number | null = null;
      const now = () => loops().environment.currentTimeMs();
      const away = async (): Promise<boolean> => (await now()) - (goneSince ??= await now()) < HOUR;
      const gone = new UserError('DATABASE_UNREACHABLE', "Perennial's database does not answer.");
      const once = script[step] as (input: never) => unknown;
      loops().follow({
        ...script,
        [step]: async (task: never) => ((await away()) ? Promise.reject(gone) : once(task)),
      });
      const run = await loops().start('training', input);

      assert.equal(((await run.result()) as { result: string }).result, 'rolling out');
      assert.ok(loops().taken(step) > 60);
      assert.equal(loops().taken('trainCandidate'), 1);
    });

  it('says that the failure may pass when the store stays away for a week', async () => {
    const away = { message: 'The store does not answer.', type: 'OBJECT_STORE_UNREACHABLE' };
    const registerVersion = () => Promise.reject(ApplicationFailure.create({ ...away, nextRetryDelay: '2 days' }));
    loops().follow({ ...trainingScript({ mlp: 0.8 }), registerVersion });
    const run = await loops().start('training', { ...input, reopened: 2 });
    await loops().retriesPass(run, 'registerVersion', '2 days');

    assert.deepEqual(await failureOf(run.result()), away);
    assert.deepEqual(inputsOf('closeCycle'), [
      {
        cycle: input.cycle,
        reopened: 2,
        outcome: { result: 'failed', mayPass: true, version: null, reason: away.message },
      },
    ]);
  });

  it('closes the cycle as failed when its rollout cannot be asked for', async () => {
    const askForRollout = () => Promise.reject(new UserError('MODEL_UNKNOWN', 'There is no such version.'));
    loops().follow({ ...trainingScript(), askForRollout });
    const run = await loops().start('training', input);

    assert.equal((await failureOf(run.result())).type, 'MODEL_UNKNOWN');
    assert.deepEqual(closed(), [{ result: 'failed', version: null, reason: 'There is no such version.' }]);
  });

  it('does not say that for a step that kept losing its workers, which needs a person', async () => {
    const reason = 'trainCandidate started 5 times in a row, and each time its worker fell silent.';
    const trainCandidate = () => Promise.reject(new UserError('WORKER_LOST', reason));
    loops().follow({ ...trainingScript({ mlp: 0.8 }), trainCandidate });
    const run = await loops().start('training', input);

    assert.deepEqual(await failureOf(run.result()), { type: 'WORKER_LOST', message: reason });
    assert.equal(loops().taken('trainCandidate'), 1);
    assert.deepEqual(closed(), [{ result: 'failed', version: null, reason }]);
  });

  for (const [what, error] of [
    ['while the database is away', new UserError('DATABASE_UNREACHABLE', 'gone')],
    ['for a mistake of ours', new TypeError('rows is undefined')],
  ] as const)
    it(`does not give up closing the cycle ${what}`, async () => {
      let attempts = 0;
      const closeCycle = () => (++attempts < 15 ? Promise.reject(error) : Promise.resolve());
      loops().follow({ ...trainingScript({ mlp: 0.8 }, abstained), closeCycle });
      const run = await loops().start('training', input);

      assert.equal(((await run.result()) as { result: string }).result, 'abstained');
      assert.equal(attempts, 15);
    });
});

describe('a training that is cancelled @slow', () => {
  const loops = loopsOfTheirOwn();
  const closed = () => outcomes(loops().calls);

  it('closes the cycle also when it is cancelled', async () => {
    const trainCandidate = async (): Promise<never> => {
      for (;;) {
        heartbeat();
        await sleep(50); // throws when the activity is cancelled
      }
    };
    loops().follow({ ...trainingScript({ mlp: 0.8 }), trainCandidate });
    const run = await loops().start('training', input);
    await until(() => loops().taken('trainCandidate') === 1);
    await run.cancel();

    await failureOf(run.result());
    assert.equal((await run.describe()).status.name, 'CANCELLED');
    assert.equal((closed() as { result: string }[])[0]?.result, 'failed');
    assert.equal(closed().length, 1);
    assert.equal((loops().calls.at(-1)!.input as { cancelled: boolean }).cancelled, true);
  });

  it('closes a cycle by its true outcome when it is cancelled in the last moment', async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    loops().follow({ ...trainingScript({ mlp: 0.8 }, abstained), closeCycle: () => released });
    const run = await loops().start('training', input);
    await until(() => loops().taken('closeCycle') === 1);
    await run.cancel();
    release();

    await run.result();
    assert.deepEqual(closed(), [{ result: 'abstained', version: 2, reason: abstained.reason }]);
  });
});
