import { UserError } from '../../core/base/errors.ts';
import { HOUR } from '../../core/time/time.ts';
import { failureOf, loopsOfTheirOwn, loopsUnderTest } from '../support/loops.ts';
import { passed, trainingScript } from '../support/scripts.ts';
import { type Decision } from '../../core/rollout/approvals.ts';
import { decideRollout } from '../../workflows/messages.ts';
import { type Call, until } from '../support/workflows.ts';
import { ApplicationFailure, heartbeat, sleep } from '@temporalio/activity';
import assert from 'node:assert/strict';

const input = { pipeline: 'fraud', cycle: 'fraud-2026-01-11T03:00Z-3fa9c1' };

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

  it('promotes the candidate that the metric likes best, and closes the cycle with it', async () => {
    loops().follow(trainingScript({ logistic: 0.6, mlp: 0.8, wide: 0.7 }));
    const run = await loops().start('training', input);

    const promoted = { result: 'promoted', version: 2, reason: 'better by 0.04' };
    assert.deepEqual(await run.result(), promoted);
    assert.deepEqual(inputsOf('evaluateWinner'), [{ run: 'a-run', candidate: 'mlp' }]);
    assert.deepEqual(inputsOf('promoteVersion'), [{ run: 'a-run', version: 2, reason: 'better by 0.04' }]);
    assert.deepEqual(closed(), [promoted]);
  });

  it('continues with the others when one candidate fails', async () => {
    const script = trainingScript({ logistic: 0.6, mlp: 0.8, wide: 0.7 });
    const trainCandidate: typeof script.trainCandidate = (task) =>
      task.candidate === 'mlp'
        ? Promise.reject(new UserError('TRAINING_DIVERGED', 'The loss of mlp is not a number.'))
        : script.trainCandidate!(task);
    loops().follow({ ...script, trainCandidate });
    const run = await loops().start('training', input);

    assert.equal(((await run.result()) as { result: string }).result, 'promoted');
    assert.deepEqual(inputsOf('evaluateWinner'), [{ run: 'a-run', candidate: 'wide' }]);
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
      assert.equal(loops().taken('promoteVersion'), 0);
      assert.deepEqual(closed(), [{ result: outcome, version: 2, reason }]);
    });

  it('ends as superseded when someone changed the traffic meanwhile', async () => {
    const reason = 'The traffic of fraud is at generation 5, not 3';
    const promoteVersion = () => Promise.reject(new UserError('TRAFFIC_SUPERSEDED', reason));
    loops().follow({ ...trainingScript(), promoteVersion });
    const run = await loops().start('training', input);

    assert.deepEqual(await run.result(), { result: 'superseded', version: 2, reason });
    assert.deepEqual(closed(), [{ result: 'superseded', version: 2, reason }]);
  });

  it('closes the cycle as failed when the promotion fails for another reason', async () => {
    const promoteVersion = () => Promise.reject(new UserError('MODEL_UNKNOWN', 'There is no such version.'));
    loops().follow({ ...trainingScript(), promoteVersion });
    const run = await loops().start('training', input);

    assert.equal((await failureOf(run.result())).type, 'MODEL_UNKNOWN');
    assert.deepEqual(closed(), [{ result: 'failed', version: null, reason: 'There is no such version.' }]);
  });

  for (const step of ['openTrainingRun', 'registerVersion', 'promoteVersion'] as const)
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

      assert.equal(((await run.result()) as { result: string }).result, 'promoted');
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

  it('does not say so of a step that kept losing its workers, which needs a person', async () => {
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
      loops().follow({ ...trainingScript({ mlp: 0.8 }), closeCycle });
      const run = await loops().start('training', input);

      assert.equal(((await run.result()) as { result: string }).result, 'promoted');
      assert.equal(attempts, 15);
    });
});

describe('a training that a person has the last word on @slow', () => {
  const loops = loopsUnderTest();
  const ada = (approve: boolean): Decision => ({ approve, by: 'ada', reason: 'the card is read' });
  const waitsFor = (milliseconds: number | null, decision: Decision | null = null) => {
    const script = trainingScript({ mlp: 0.8 });
    const run = script.openTrainingRun!({ cycle: input.cycle }) as object;
    loops().follow({
      ...script,
      openTrainingRun: () => ({ ...run, approval: 'person' }) as never,
      askForApproval: () => ({ decision, until: '2026-01-14T03:00:00.000Z', within: '3 days', milliseconds }),
      decideApproval: ({ decision: said }) => said,
      lookForWord: () => ({ decision: null, milliseconds: 0 }),
    });
  };
  const start = async () => {
    const run = await loops().start('training', input);
    await until(() => loops().taken('askForApproval') === 1);
    return run;
  };
  /** Also the answer to the question has to arrive before a word is taken. */
  const say = async (run: Awaited<ReturnType<typeof start>>, word: Decision) => {
    await until(() => run.executeUpdate(decideRollout, { args: [word] }).then(() => true, () => false)); // prettier-ignore
  };

  it('promotes when it is approved, and says by whom', async () => {
    waitsFor(3_600_000);
    const run = await start();
    assert.equal(loops().taken('promoteVersion'), 0);
    await say(run, ada(true));
    const reason = 'approved by ada: the card is read (gate: better by 0.04)';
    assert.deepEqual(await run.result(), { result: 'promoted', version: 2, reason });
  });

  it('is refused when it is rejected', async () => {
    waitsFor(null);
    const run = await start();
    await say(run, ada(false));
    const reason = 'rejected by ada: the card is read (gate: better by 0.04)';
    assert.deepEqual(await run.result(), { result: 'refused', version: 2, reason });
    assert.equal(loops().taken('promoteVersion'), 0);
  });

  it('is refused when nobody says a word in time', async () => {
    waitsFor(3 * 86_400_000);
    const run = await start();
    await loops().timePasses('4 days');
    assert.deepEqual(await run.result(), {
      result: 'refused',
      version: 2,
      reason: 'nobody approved it within 3 days',
    });
    assert.deepEqual([loops().taken('decideApproval'), loops().taken('promoteVersion')], [0, 0]);
  });

  it('finds a word that was stored while nobody could wake it', async () => {
    waitsFor(3 * 86_400_000);
    loops().change({ lookForWord: () => ({ decision: ada(true), milliseconds: 80_000_000 }) });
    const run = await start();
    await loops().timePasses('31 minutes');
    assert.equal(((await run.result()) as { result: string }).result, 'promoted');
    assert.equal(loops().taken('decideApproval'), 0);
  });

  it('says yes to a word only once it is stored, also when the database is away for an hour', async () => {
    waitsFor(3 * 86_400_000);
    const before = await loops().environment.currentTimeMs();
    const gone = new UserError('DATABASE_UNREACHABLE', "Perennial's database does not answer.");
    const away = async () => (await loops().environment.currentTimeMs()) - before < HOUR;
    loops().change({
      decideApproval: async ({ decision }) => ((await away()) ? Promise.reject(gone) : decision) as never,
      lookForWord: () => ({ decision: null, milliseconds: 80_000_000 }),
    });
    const run = await start();
    const said = run.executeUpdate(decideRollout, { args: [ada(true)] });
    await until(() => loops().taken('decideApproval') > 0);
    await loops().timePasses('61 minutes');
    await said;
    assert.equal(((await run.result()) as { result: string }).result, 'promoted');
    assert.ok(loops().taken('decideApproval') > 10);
  });

  it('refuses a word when another is stored already', async () => {
    waitsFor(3 * 86_400_000);
    loops().change({ decideApproval: () => ({ ...ada(false), by: 'grace' }) });
    const run = await start();
    await assert.rejects(run.executeUpdate(decideRollout, { args: [ada(true)] }), (error: Error) => {
      assert.match(String((error.cause as Error).message), /grace has rejected it already/);
      return true;
    });
  });

  it('goes by the word that was stored, when it is run again after its end', async () => {
    waitsFor(3_600_000, ada(true));
    const run = await start();
    assert.equal(((await run.result()) as { result: string }).result, 'promoted');
    assert.equal(loops().taken('decideApproval'), 0);
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
  });

  it('closes a cycle by its true outcome when it is cancelled in the last moment', async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    loops().follow({ ...trainingScript({ mlp: 0.8 }), closeCycle: () => released });
    const run = await loops().start('training', input);
    await until(() => loops().taken('closeCycle') === 1);
    await run.cancel();
    release();

    await run.result();
    assert.deepEqual(closed(), [{ result: 'promoted', version: 2, reason: passed.reason }]);
  });
});
