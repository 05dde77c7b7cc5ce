import { UserError } from '../../core/base/errors.ts';
import { HOUR } from '../../core/time/time.ts';
import { type Decision } from '../../core/rollout/approvals.ts';
import { attributes, decideRollout } from '../../workflows/messages.ts';
import { failureOf, loopsOfTheirOwn, loopsUnderTest } from '../support/temporal/loops.ts';
import { names } from '../support/temporal/names.ts';
import { passed, rolloutScript } from '../support/temporal/scripts.ts';
import { type Call, type Script, until } from '../support/temporal/workflows.ts';
import { ApplicationFailure } from '@temporalio/activity';
import assert from 'node:assert/strict';

const CYCLE = 'fraud-2026-01-11T03:00Z-3fa9c1';
const input = { pipeline: 'fraud', rollout: CYCLE };
const gone = new UserError('DATABASE_UNREACHABLE', "Perennial's database does not answer.");

/** What the rollout ended with, each time. */
const ends = (calls: Call[]) =>
  calls.filter(({ step }) => step === 'endRollout').map((call) => (call.input as { outcome: object }).outcome);

describe('the rollout loop @slow', () => {
  const loops = loopsUnderTest();
  const inputsOf = (step: string) =>
    loops()
      .calls.filter((call) => call.step === step)
      .map((call) => call.input);
  const ended = () => ends(loops().calls);
  const resultOf = async (run: { result(): Promise<unknown> }) => ((await run.result()) as { result: string }).result;

  it('gives the version all traffic, and says so', async () => {
    loops().follow(rolloutScript());
    const run = await loops().start('rollout', { ...input, reopened: 2 });

    const promoted = { result: 'promoted', reason: passed.reason };
    assert.deepEqual(await run.result(), promoted);
    assert.deepEqual(inputsOf('promoteVersion'), [{ rollout: CYCLE, reason: passed.reason }]);
    assert.deepEqual(inputsOf('endRollout'), [{ rollout: CYCLE, reopened: 2, outcome: promoted }]);
    const told = (await run.describe()).typedSearchAttributes;
    assert.deepEqual(
      [attributes.pipeline, attributes.loop, attributes.version, attributes.cycle].map((key) => told.get(key)),
      ['fraud', 'rollout', 'v2', CYCLE],
    );
  });

  it('has no cycle when somebody asked for it', async () => {
    const openRollout: Script['openRollout'] = () => ({ version: 2, cycle: null, reason: 'why not', approval: 'none' });
    loops().follow({ ...rolloutScript(), openRollout });
    const run = await loops().start('rollout', { ...input, rollout: 'fraud-v2-g3-1' });

    assert.deepEqual(await run.result(), { result: 'promoted', reason: 'why not' });
    assert.equal((await run.describe()).typedSearchAttributes.get(attributes.cycle), undefined);
  });

  it('ends as superseded when someone changed the traffic meanwhile', async () => {
    const reason = 'The traffic of fraud is at generation 5, not 3';
    const promoteVersion = () => Promise.reject(new UserError('TRAFFIC_SUPERSEDED', reason));
    loops().follow({ ...rolloutScript(), promoteVersion });
    const run = await loops().start('rollout', input);

    assert.deepEqual(await run.result(), { result: 'superseded', reason });
    assert.deepEqual(ended(), [{ result: 'superseded', reason }]);
  });

  it('ends as failed when the promotion fails for another reason', async () => {
    const promoteVersion = () => Promise.reject(new UserError('MODEL_UNKNOWN', 'There is no such version.'));
    loops().follow({ ...rolloutScript(), promoteVersion });
    const run = await loops().start('rollout', input);

    assert.equal((await failureOf(run.result())).type, 'MODEL_UNKNOWN');
    assert.deepEqual(ended(), [{ result: 'failed', reason: 'There is no such version.' }]);
  });

  it('says that its failure may pass when the database stays away for a week', async () => {
    const away = { message: gone.message, type: gone.code };
    const promoteVersion = () => Promise.reject(ApplicationFailure.create({ ...away, nextRetryDelay: '2 days' }));
    loops().follow({ ...rolloutScript(), promoteVersion });
    const run = await loops().start('rollout', input);
    await loops().retriesPass(run, 'promoteVersion', '2 days');

    assert.deepEqual(await failureOf(run.result()), away);
    assert.deepEqual(ended(), [{ result: 'failed', mayPass: true, reason: gone.message }]);
  });

  for (const step of ['openRollout', 'promoteVersion', 'endRollout'] as const)
    it(`waits when the database is away for an hour at ${step}`, async () => {
      const script = rolloutScript();
      let goneSince: number | null = null;
      const now = () => loops().environment.currentTimeMs();
      const away = async (): Promise<boolean> => (await now()) - (goneSince ??= await now()) < HOUR;
      const once = script[step] as (input: never) => unknown;
      loops().follow({
        ...script,
        [step]: async (task: never) => ((await away()) ? Promise.reject(gone) : once(task)),
      });
      const run = await loops().start('rollout', input);

      assert.equal(await resultOf(run), 'promoted');
      assert.ok(loops().taken(step) > 60);
    });

  it('does not give up saying what came of it for a mistake of ours', async () => {
    let attempts = 0;
    const endRollout = () => (++attempts < 15 ? Promise.reject(new TypeError('rows is undefined')) : Promise.resolve());
    loops().follow({ ...rolloutScript(), endRollout });
    const run = await loops().start('rollout', input);

    assert.equal(await resultOf(run), 'promoted');
    assert.equal(attempts, 15);
  });

  describe('where a person has the last word', () => {
    const ada = (approve: boolean): Decision => ({ approve, by: 'ada', reason: 'the card is read' });
    const waitsFor = (milliseconds: number | null, decision: Decision | null = null, cycle: string | null = CYCLE) =>
      loops().follow({
        ...rolloutScript(),
        openRollout: () => ({ version: 2, cycle, reason: passed.reason, approval: 'person' }),
        askForApproval: () => ({ decision, until: '2026-01-14T03:00:00.000Z', within: '3 days', milliseconds }),
        decideApproval: ({ decision: said }) => said,
        lookForWord: () => ({ decision: null, milliseconds: 0 }),
      });
    const start = async () => {
      const run = await loops().start('rollout', input);
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
      assert.deepEqual(await run.result(), { result: 'promoted', reason });
      assert.deepEqual(inputsOf('askForApproval'), [{ rollout: CYCLE }]);
      assert.deepEqual(inputsOf('decideApproval'), [{ rollout: CYCLE, decision: ada(true) }]);
    });

    it('says of one that somebody asked for why that was', async () => {
      waitsFor(3_600_000, ada(true), null);
      const run = await start();
      const reason = 'approved by ada: the card is read (asked for by hand: better by 0.04)';
      assert.deepEqual(await run.result(), { result: 'promoted', reason });
    });

    it('is refused when it is rejected', async () => {
      waitsFor(null);
      const run = await start();
      await say(run, ada(false));
      const reason = 'rejected by ada: the card is read (gate: better by 0.04)';
      assert.deepEqual(await run.result(), { result: 'refused', reason });
      assert.equal(loops().taken('promoteVersion'), 0);
    });

    it('is refused when nobody says a word in time', async () => {
      waitsFor(3 * 86_400_000);
      const run = await start();
      await loops().timePasses('4 days');
      assert.deepEqual(await run.result(), { result: 'refused', reason: 'nobody approved it within 3 days' });
      assert.deepEqual([loops().taken('decideApproval'), loops().taken('promoteVersion')], [0, 0]);
    });

    it('finds a word that was stored while nobody could wake it', async () => {
      waitsFor(3 * 86_400_000);
      loops().change({ lookForWord: () => ({ decision: ada(true), milliseconds: 80_000_000 }) });
      const run = await start();
      await loops().timePasses('31 minutes');
      assert.equal(await resultOf(run), 'promoted');
      assert.equal(loops().taken('decideApproval'), 0);
    });

    it('says yes to a word only once it is stored, also when the database is away for an hour', async () => {
      waitsFor(3 * 86_400_000);
      const before = await loops().environment.currentTimeMs();
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
      assert.equal(await resultOf(run), 'promoted');
      assert.ok(loops().taken('decideApproval') > 10);
    });

    it('refuses a word when another is stored already', async () => {
      waitsFor(3 * 86_400_000);
      loops().change({ decideApproval: () => ({ ...ada(false), by: 'grace' }) });
      const run = await start();
      await assert.rejects(run.executeUpdate(decideRollout, { args: [ada(true)] }), (error: Error) => {
        assert.match(String((error.cause as Error).message), /grace has already rejected it/);
        return true;
      });
    });

    it('goes by the word that was stored, when it is run again after its end', async () => {
      waitsFor(3_600_000, ada(true));
      const run = await start();
      assert.equal(await resultOf(run), 'promoted');
      assert.equal(loops().taken('decideApproval'), 0);
    });
  });
});

describe('a rollout that is ended from outside @slow', () => {
  const loops = loopsOfTheirOwn();

  it('says so when it is cancelled while it waits for a person', async () => {
    loops().follow({
      ...rolloutScript(),
      openRollout: () => ({ version: 2, cycle: CYCLE, reason: passed.reason, approval: 'person' }),
      askForApproval: () => ({
        decision: null,
        until: '2026-01-14T03:00:00.000Z',
        within: '3 days',
        milliseconds: null,
      }),
    });
    const run = await loops().start('rollout', input);
    // Not in the moment in which the question's answer comes: this server loses its way then.
    await until(
      async () => (await run.fetchHistory()).events?.some((event) => event.timerStartedEventAttributes) ?? false,
    );
    await run.cancel();

    await failureOf(run.result());
    assert.equal((await run.describe()).status.name, 'CANCELLED');
    assert.deepEqual(ends(loops().calls).map((outcome) => (outcome as { result: string }).result), ['failed']); // prettier-ignore
    assert.equal(loops().taken('promoteVersion'), 0);
  });

  it('says what truly came of it when it is cancelled in the last moment', async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    loops().follow({ ...rolloutScript(), endRollout: () => released });
    const run = await loops().start('rollout', input);
    await until(() => loops().taken('endRollout') === 1);
    await run.cancel();
    release();

    await run.result();
    assert.deepEqual(ends(loops().calls), [{ result: 'promoted', reason: passed.reason }]);
  });

  for (const step of ['openRollout', 'promoteVersion', 'endRollout'] as const)
    it(`goes by what is stored when it was terminated at ${step} and starts again`, async () => {
      const script = rolloutScript();
      let away = true;
      const once = script[step] as (input: never) => unknown;
      loops().follow({ ...script, [step]: (task: never) => (away ? Promise.reject(gone) : once(task)) });
      const workflowId = names.rollout('fraud', CYCLE);
      const first = await loops().startWith('rollout', { workflowId, args: [input] });
      await until(() => loops().taken(step) > 0);
      await first.terminate('by an operator');

      away = false;
      const second = await loops().startWith('rollout', { workflowId, args: [input] });
      assert.deepEqual(await second.result(), { result: 'promoted', reason: passed.reason });
    });
});
