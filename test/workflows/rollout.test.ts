import { UserError } from '../../core/base/errors/errors.ts';
import { HOUR } from '../../core/time/time.ts';
import { type Decision } from '../../core/rollout/approvals.ts';
import { type Standing } from '../../activities/rollout/approval.ts';
import { attributes, decideRollout, orderRollout } from '../../workflows/messages.ts';
import { failureOf, loopsOfTheirOwn, loopsUnderTest } from '../support/temporal/loops.ts';
import { names } from '../support/temporal/names.ts';
import { MOMENT, passed, rolloutScript } from '../support/temporal/scripts.ts';
import { type Call, type Script, until } from '../support/temporal/workflows.ts';
import { ApplicationFailure } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import assert from 'node:assert/strict';

const CYCLE = 'fraud-2026-01-11T03:00Z-3fa9c1';
const input = { pipeline: 'fraud', rollout: CYCLE };
/** A cancellation in the moment in which a step ends makes the test server lose its way: a run that waits has none under way. */
const untilTimer = (run: WorkflowHandle): Promise<void> =>
  until(async () => (await run.fetchHistory()).events?.some((event) => event.timerStartedEventAttributes) ?? false);
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

  it('gives the version all traffic, and stores that outcome', async () => {
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

  it('has no cycle when it was started by hand', async () => {
    const openRollout: Script['openRollout'] = () => ({ version: 2, cycle: null, reason: 'why not', approval: 'none' });
    loops().follow({ ...rolloutScript(), openRollout });
    const run = await loops().start('rollout', { ...input, rollout: 'fraud-v2-g3-1' });

    assert.deepEqual(await run.result(), { result: 'promoted', reason: 'why not' });
    assert.equal((await run.describe()).typedSearchAttributes.get(attributes.cycle), undefined);
  });

  it('changes nothing when its outcome is stored already: it was started while the run before it ended', async () => {
    const cancelled = { result: 'failed', reason: 'Workflow cancelled', endedAt: MOMENT } as const;
    const open = { version: 2, cycle: CYCLE, reason: passed.reason, approval: 'person', ended: cancelled } as const;
    loops().follow({ ...rolloutScript(), openRollout: () => open });
    const run = await loops().start('rollout', input);

    assert.deepEqual(await run.result(), cancelled);
    assert.deepEqual([loops().taken('askForApproval'), loops().taken('promoteVersion')], [0, 0]);
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

  it('never gives up storing its outcome, even with a bug of ours', async () => {
    let attempts = 0;
    const endRollout = () => (++attempts < 15 ? Promise.reject(new TypeError('rows is undefined')) : Promise.resolve());
    loops().follow({ ...rolloutScript(), endRollout });
    const run = await loops().start('rollout', input);

    assert.equal(await resultOf(run), 'promoted');
    assert.equal(attempts, 15);
  });

  describe('in steps', () => {
    const way = [
      { words: 'v2 as a shadow', share: 'shadow' as const },
      { words: 'v2 at 10 %', share: 0.1 },
      { words: 'v2 at 50 %', share: 0.5 },
    ];
    const ada: Decision = { approve: true, by: 'ada', reason: 'the card is read' };
    /** A rollout whose steps are passed one after the other. */
    const follow = (changes: Script = {}, approval: 'none' | 'person' = 'none') => {
      let done = 0;
      loops().follow({
        ...rolloutScript(),
        openRollout: ({ rollout }) => ({
          version: 2,
          cycle: rollout,
          reason: passed.reason,
          approval,
          steps: way,
          passed: done,
        }),
        takeStep: ({ step }) => ((done = step + 1), { result: 'next' }),
        askForApproval: () => ({ decision: ada, until: '2026-01-14T03:00:00.000Z', within: '3 days', milliseconds: 1 }),
        ...changes,
      });
    };
    const order = () =>
      loops().calls.map(({ step, input: given }) => (step === 'takeStep' ? (given as { step: number }).step : step));

    it('takes each in a run of its own, so that no history grows, and then gives all traffic', async () => {
      follow();
      const run = await loops().start('rollout', input);
      assert.equal(await resultOf(run), 'promoted');
      assert.deepEqual(order(), [
        'openRollout', 0, 'openRollout', 1, 'openRollout', 2, 'openRollout', 'promoteVersion', 'endRollout',
      ]); // prettier-ignore
      assert.equal((await run.fetchHistory()).events!.length < 40, true);
    });

    it('asks a person after the shadow, before the challenger answers anybody', async () => {
      follow({}, 'person');
      const run = await loops().start('rollout', input);
      assert.equal(await resultOf(run), 'promoted');
      assert.deepEqual(order().slice(0, 5), ['openRollout', 0, 'openRollout', 'askForApproval', 1]);
    });

    for (const result of ['rolled back', 'superseded'] as const)
      it(`ends as ${result} when a step does, and promotes nothing`, async () => {
        const reason = 'v2 at 10 %: errors: 30 of 300 requests failed';
        follow({ takeStep: () => ({ result, reason }) });
        const run = await loops().start('rollout', input);
        assert.deepEqual(await run.result(), { result, reason });
        assert.deepEqual(ended(), [{ result, reason }]);
        assert.equal(loops().taken('promoteVersion'), 0);
      });

    it('waits for its turn while an earlier rollout is under way, and checks for its way only then', async () => {
      const openRollout: Script['openRollout'] = ({ rollout }) => ({
        version: 2,
        cycle: rollout,
        reason: 'why not',
        approval: 'none',
        ...(loops().taken('awaitTurn') === 0 && { waits: ['earlier'] }),
      });
      loops().follow({ ...rolloutScript(), openRollout, awaitTurn: () => undefined });
      const run = await loops().start('rollout', input);
      assert.equal(await resultOf(run), 'promoted');
      assert.deepEqual(order(), ['openRollout', 'awaitTurn', 'openRollout', 'promoteVersion', 'endRollout']);
      assert.deepEqual(inputsOf('awaitTurn'), [{ rollout: CYCLE, waits: ['earlier'] }]);
    });

    it("shows its progress in the Web UI, stores a person's order during a step, and refuses what it does not understand", async () => {
      let end: ((value: { result: 'superseded'; reason: string }) => void) | undefined;
      follow({ takeStep: () => new Promise((resolve) => (end = resolve)), giveOrder: () => undefined });
      const run = await loops().start('rollout', input);
      await until(() => loops().taken('takeStep') === 1);
      const { currentDetails } = await run.query<{ currentDetails: string }>('__temporal_workflow_metadata');
      assert.match(
        currentDetails,
        /^\*\*v2 as a shadow\*\*: step 1 of 4\n\nSteps: \*\*shadow \(now\)\*\*, 10 %, 50 %, 100 %/,
      );
      assert.match(currentDetails, /one of `hold`, .*: `perennial rollouts hold fraud --reason/);
      const order = { order: 'skip', by: 'ada', reason: 'seen enough' } as const;
      await run.executeUpdate(orderRollout, { args: [order] });
      assert.deepEqual(inputsOf('giveOrder'), [{ rollout: CYCLE, ...order }]);
      for (const wrong of [
        { ...order, order: 'jump' },
        { ...order, by: '' },
      ])
        await assert.rejects(run.executeUpdate(orderRollout, { args: [wrong as never] }));
      assert.equal(loops().taken('giveOrder'), 1);
      end!({ result: 'superseded', reason: 'by hand' });
      await run.result();
    });
  });

  describe('that labels are to confirm', () => {
    const HOURLY = { result: 'waits', reason: 'not enough labels', milliseconds: HOUR } as const;
    const promoted = { result: 'promoted', reason: passed.reason };
    const follow = (confirmVersion: NonNullable<Script['confirmVersion']>) =>
      loops().follow({
        ...rolloutScript(),
        openRollout: ({ rollout }) => ({
          version: 2,
          cycle: rollout,
          reason: passed.reason,
          approval: 'none',
          confirms: true,
          ...(loops().taken('endRollout') > 0 && { ended: { ...promoted, endedAt: MOMENT } as never }),
        }),
        confirmVersion,
      });
    const after = (looks: number, end: 'confirmed' | 'taken back' | 'superseded') => () =>
      loops().taken('confirmVersion') < looks
        ? HOURLY
        : ({ result: end, reason: 'losses: 0.3 on 4,000 labelled rows', endedAt: MOMENT } as const);

    it('closes its cycle first, so nobody waits for labels, and looks hourly until they tell', async () => {
      follow(after(30, 'confirmed'));
      const run = await loops().start('rollout', input);
      await until(() => loops().taken('confirmVersion') > 0);
      assert.deepEqual(inputsOf('promoteVersion'), [{ rollout: CYCLE, reason: passed.reason, confirms: true }]);
      assert.deepEqual(ended(), [promoted]);
      const before = await loops().environment.currentTimeMs();
      assert.equal(await resultOf(run), 'promoted');
      assert.equal(loops().taken('confirmVersion'), 30);
      assert.equal(loops().taken('promoteVersion'), 1);
      assert.deepEqual(ended(), [promoted], 'what it ended with is said once, not each day');
      assert.ok((await loops().environment.currentTimeMs()) - before >= 28 * HOUR);
      assert.ok(
        (await run.fetchHistory()).events!.length < 400,
        'it continued as a run of its own, so no history grows',
      );
    });

    for (const [end, result] of [
      ['confirmed', 'promoted'],
      ['superseded', 'promoted'],
      ['taken back', 'rolled back'],
    ] as const)
      it(`ends as ${result} when it is ${end}`, async () => {
        follow(after(3, end));
        const run = await loops().start('rollout', input);
        assert.equal(await resultOf(run), result);
        assert.equal(loops().taken('confirmVersion'), 3);
        assert.deepEqual(ended(), [promoted], 'the outcome of its cycle stays what it was');
        const { currentDetails } = await run.query<{ currentDetails: string }>('__temporal_workflow_metadata');
        assert.equal(currentDetails, `promoted, then ${end}: losses: 0.3 on 4,000 labelled rows`);
      });

    it('is unproven when its run is cancelled, so that nothing scores as a shadow for it any longer', async () => {
      follow(({ given }) => (given === undefined ? HOURLY : { result: 'unproven', reason: given, endedAt: MOMENT }));
      const run = await loops().start('rollout', input);
      await until(() => loops().taken('confirmVersion') > 0);
      await untilTimer(run);
      await run.cancel();
      await assert.rejects(run.result());
      const given = 'its run ended early: Workflow cancelled';
      assert.deepEqual(inputsOf('confirmVersion').at(-1), { rollout: CYCLE, given });
      assert.deepEqual(ended(), [promoted], 'the outcome of its cycle stays what it was');
    });

    it('keeps looking after a day without the database', async () => {
      const before = await loops().environment.currentTimeMs();
      const away = async () => (await loops().environment.currentTimeMs()) - before < 24 * HOUR;
      follow(async () => ((await away()) ? Promise.reject(gone) : after(1, 'confirmed')()));
      const run = await loops().start('rollout', input);
      assert.equal(await resultOf(run), 'promoted');
    });
  });

  describe('where a person decides', () => {
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
    /** The request must be stored before a decision is accepted. */
    const decide = async (run: Awaited<ReturnType<typeof start>>, decision: Decision) => {
      await until(() => run.executeUpdate(decideRollout, { args: [decision] }).then(() => true, () => false)); // prettier-ignore
    };

    it('promotes when it is approved, and says by whom', async () => {
      waitsFor(3_600_000);
      const run = await start();
      assert.equal(loops().taken('promoteVersion'), 0);
      await decide(run, ada(true));
      const reason = 'approved by ada: the card is read (gate: better by 0.04)';
      assert.deepEqual(await run.result(), { result: 'promoted', reason });
      assert.deepEqual(inputsOf('askForApproval'), [{ rollout: CYCLE }]);
      assert.deepEqual(inputsOf('decideApproval'), [{ rollout: CYCLE, decision: ada(true) }]);
    });

    it('says why it was started by hand', async () => {
      waitsFor(3_600_000, ada(true), null);
      const run = await start();
      const reason = 'approved by ada: the card is read (started by hand: better by 0.04)';
      assert.deepEqual(await run.result(), { result: 'promoted', reason });
    });

    it('is refused when a person rejects it', async () => {
      waitsFor(null);
      const run = await start();
      await decide(run, ada(false));
      const reason = 'rejected by ada: the card is read (gate: better by 0.04)';
      assert.deepEqual(await run.result(), { result: 'refused', reason });
      assert.equal(loops().taken('promoteVersion'), 0);
    });

    it('is refused when nobody decides in time', async () => {
      waitsFor(3 * 86_400_000);
      const run = await start();
      await loops().timePasses('4 days');
      assert.deepEqual(await run.result(), { result: 'refused', reason: 'nobody approved it within 3 days' });
      assert.deepEqual([loops().taken('decideApproval'), loops().taken('promoteVersion')], [0, 0]);
    });

    it('finds a decision that was stored and could not wake it', async () => {
      waitsFor(3 * 86_400_000);
      loops().change({ lookForWord: () => ({ decision: ada(true), milliseconds: 80_000_000 }) });
      const run = await start();
      await loops().timePasses('31 minutes');
      assert.equal(await resultOf(run), 'promoted');
      assert.equal(loops().taken('decideApproval'), 0);
    });

    it('ends soon when somebody changes the traffic meanwhile, instead of waiting for a decision', async () => {
      waitsFor(3 * 86_400_000);
      const superseded = 'someone changed it meanwhile';
      loops().change({ lookForWord: () => ({ decision: null, milliseconds: 80_000_000, superseded }) });
      const run = await start();
      await loops().timePasses('31 minutes');
      assert.deepEqual(await run.result(), { result: 'superseded', reason: superseded });
    });

    it('accepts a decision only once it is stored, also when the database is away for an hour', async () => {
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

    it('refuses a decision when another is stored already', async () => {
      waitsFor(3 * 86_400_000);
      loops().change({ decideApproval: () => ({ ...ada(false), by: 'grace' }) });
      const run = await start();
      await assert.rejects(run.executeUpdate(decideRollout, { args: [ada(true)] }), (error: Error) => {
        assert.match(String((error.cause as Error).message), /grace has already rejected it/);
        return true;
      });
    });

    it('follows the stored decision when it is run again after its end', async () => {
      waitsFor(3_600_000, ada(true));
      const run = await start();
      assert.equal(await resultOf(run), 'promoted');
      assert.equal(loops().taken('decideApproval'), 0);
    });
  });
});

describe('a rollout that is ended from outside @slow', () => {
  const loops = loopsOfTheirOwn();

  const asked = { decision: null, until: '2026-01-14T03:00:00.000Z', within: '3 days', milliseconds: null };
  const workflowId = names.rollout('fraud', CYCLE);
  const start = () => loops().startWith('rollout', { workflowId, args: [input] });
  /** A run that waits for a person. */
  async function startWaiting() {
    loops().follow({
      ...rolloutScript(),
      openRollout: () => ({ version: 2, cycle: CYCLE, reason: passed.reason, approval: 'person' }),
      askForApproval: () => asked,
      decideApproval: ({ decision }) => decision,
      lookForWord: () => ({ decision: null, milliseconds: null }),
    });
    const run = await start();
    await untilTimer(run);
    return run;
  }

  it('says so when it is cancelled while it waits for a person', async () => {
    const run = await startWaiting();
    await run.cancel();

    await failureOf(run.result());
    assert.equal((await run.describe()).status.name, 'CANCELLED');
    assert.deepEqual(ends(loops().calls).map((outcome) => (outcome as { result: string }).result), ['failed']); // prettier-ignore
    assert.equal((loops().calls.at(-1)!.input as { cancelled: boolean }).cancelled, true);
    assert.equal(loops().taken('promoteVersion'), 0);
  });

  it('stores its true outcome when it is cancelled in the last moment', async () => {
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
    it(`resumes from what is stored when it was terminated at ${step} and starts again`, async () => {
      const script = rolloutScript();
      let away = true;
      const once = script[step] as (input: never) => unknown;
      loops().follow({ ...script, [step]: (task: never) => (away ? Promise.reject(gone) : once(task)) });
      const first = await start();
      await until(() => loops().taken(step) > 0);
      await first.terminate('by an operator');

      away = false;
      assert.deepEqual(await (await start()).result(), { result: 'promoted', reason: passed.reason });
    });

  describe('by a termination while it waits for a person', () => {
    const ada: Decision = { approve: true, by: 'ada', reason: 'the card is read' };
    const approved = { result: 'promoted', reason: 'approved by ada: the card is read (gate: better by 0.04)' };
    /** Starts the rollout again, which then finds this. */
    async function restarted(standing: Partial<Standing>) {
      await (await startWaiting()).terminate('by an operator');
      assert.equal(loops().taken('endRollout'), 0);
      loops().change({ askForApproval: () => ({ ...asked, ...standing }) });
      return start();
    }

    it('follows the decision that was stored meanwhile', async () => {
      const run = await restarted({ decision: ada });
      assert.deepEqual(await run.result(), approved);
      assert.deepEqual(ends(loops().calls), [approved]);
    });

    it('is refused if the deadline has passed meanwhile', async () => {
      const run = await restarted({ milliseconds: 0 });
      assert.deepEqual(await run.result(), { result: 'refused', reason: 'nobody approved it within 3 days' });
      assert.equal(loops().taken('promoteVersion'), 0);
    });

    it('waits again otherwise, and takes a decision', async () => {
      const run = await restarted({});
      await until(() => run.executeUpdate(decideRollout, { args: [ada] }).then(() => true, () => false)); // prettier-ignore
      assert.deepEqual(await run.result(), approved);
    });
  });
});
