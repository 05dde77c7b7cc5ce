import { act, type Hands } from '../../../core/automations/actions/index.ts';
import { tryOut, type AutomationRun } from '../../../core/automations/automations.ts';
import { adviceOn, automationsSchema, type Automation } from '../../../core/automations/declared.ts';
import { matches, type Occurred } from '../../../core/automations/events/index.ts';
import { parsePipeline } from '../../../core/declaration/pipeline.ts';
import { after } from '../../../core/time/time.ts';
import fraud from '../../../pipelines/fraud.ts';
import assert from 'node:assert/strict';

const AT = '2026-03-01T00:00:00.000Z';
const event = (kind: Occurred['kind'], facts: object, id = 1): Occurred =>
  ({ id, pipeline: 'fraud', kind, at: AT, facts }) as Occurred;
const severe = event('verdict', { verdict: 'v', level: 'severe', before: 'stable', drifted: ['amount'] });
const promoted = event('promoted', { version: 3, before: 2, by: 'rollout r' }, 2);
const page: Automation = { name: 'page', on: { event: 'verdict', level: 'severe' }, do: { action: 'notify', severity: 'critical' } }; // prettier-ignore

describe('advice on declared automations', () => {
  it('is not to train a model when columns are no longer filled as declared', () => {
    const on = (kind: 'data-quality' | 'drift' | null, loop: 'retraining' | 'data'): Automation => ({
      name: 'retrain',
      on: { event: 'alert', ...(kind && { kind }) },
      do: { action: 'run', loop },
    });
    assert.match(adviceOn([on('data-quality', 'retraining')]).join(), /^the automation retrain trains a model when/);
    assert.match(
      adviceOn([on(null, 'retraining')]).join(),
      /^the automation retrain trains a model at any alert, also when/,
    );
    assert.deepEqual(adviceOn([on('data-quality', 'data'), on('drift', 'retraining'), on(null, 'data')]), []);
  });
});

describe('automations', () => {
  const problemsOf = (automations: unknown): string => {
    try {
      parsePipeline({ ...fraud, automations }, 'pipelines/fraud.ts');
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };

  it('are declared with an event and an action, and a mistake is named with its place', () => {
    assert.equal(problemsOf([page]), '');
    assert.match(problemsOf([{ ...page, on: { event: 'drift' } }]), /automations\.0\.on\.event: name an event: verdict, alert, runFailed/); // prettier-ignore
    assert.match(problemsOf([{ ...page, do: { action: 'run', loop: 'training' } }]), /automations\.0\.do\.loop: /);
    assert.match(problemsOf([{ ...page, do: { action: 'rollBack', to: 3 } }]), /automations\.0\.do.*supported keys are: action/); // prettier-ignore
    assert.match(problemsOf([{ ...page, on: { event: 'alert', kind: 'automation' } }]), /automations\.0\.on\.kind: /);
    assert.match(problemsOf([page, page]), /automations\.1\.name: another automation is called "page"/);
    assert.match(problemsOf([{ ...page, cooldown: '0 seconds' }]), /automations\.0\.cooldown: write a duration above zero/); // prettier-ignore
  });

  it('wait for one kind of event, and for what they say of it', () => {
    assert.ok(matches({ event: 'verdict' }, severe) && matches({ event: 'verdict', column: 'amount' }, severe));
    assert.ok(!matches({ event: 'verdict', level: 'drifting' }, severe));
    assert.ok(!matches({ event: 'verdict', column: 'country' }, severe));
    assert.ok(!matches({ event: 'promoted' }, severe) && matches({ event: 'promoted' }, promoted));
    const failed = event('runFailed', { loop: 'training' });
    assert.ok(matches({ event: 'runFailed' }, failed) && !matches({ event: 'runFailed', loop: 'data' }, failed));
    const alert = event('alert', { kind: 'drift', severity: 'warning', summary: 'it drifts' });
    assert.ok(matches({ event: 'alert', kind: 'drift' }, alert) && !matches({ event: 'alert', severity: 'critical' }, alert)); // prettier-ignore
  });

  it('ask for what they declare, and say what was done', async () => {
    const asked: unknown[] = [];
    const hands: Hands = {
      pipeline: 'fraud',
      automation: 'b',
      run: async (loop) => (asked.push(loop), `fraud/${loop}/now`),
      pause: async (loop, reason) => (asked.push([loop, reason]), ['data', 'monitoring']),
      rollBack: async (reason) => (asked.push(reason), 2),
      notify: async (told) => void asked.push(told),
    };
    const [run, pause, rollBack] = automationsSchema.parse([
      { ...page, name: 'a', do: { action: 'run', loop: 'prediction' } },
      { ...page, name: 'b', do: { action: 'pause' } },
      { ...page, name: 'c', do: { action: 'rollBack' } },
    ]) as [Automation, Automation, Automation];
    const says = [];
    for (const { do: declared } of [run, pause, rollBack, page]) says.push(await act(declared, hands, 'it drifts'));
    assert.deepEqual(says, ['started fraud/prediction/now', 'paused data, monitoring', 'rolled back: v2 serves', 'told people']); // prettier-ignore
    const [run1, paused, news, rolledBack, paged] = asked;
    assert.deepEqual([run1, paused, rolledBack], ['prediction', [undefined, 'it drifts'], 'it drifts']);
    assert.deepEqual(news, {
      severity: 'info',
      summary: 'the automation b paused data, monitoring',
      detail: 'What happened: it drifts\nNothing resumes it by itself. When you have looked: perennial resume fraud, which resumes all its loops, or for one of them: perennial resume fraud LOOP', // prettier-ignore
    });
    assert.deepEqual(paged, { severity: 'critical', summary: 'it drifts', detail: 'What happened: it drifts' });
  });

  it('that pause say what they paused and what resumes it, even when that could not be told as news', async () => {
    const pause = { action: 'pause', loop: 'data' } as const;
    const lost = new Error('the database does not answer');
    const hands = { pipeline: 'fraud', automation: 'b', pause: async () => ['data'], notify: () => Promise.reject(lost) } as unknown as Hands; // prettier-ignore
    await assert.rejects(act(pause, hands, 'it drifts'), {
      message:
        'it paused data, but could not tell people: the database does not answer\n' +
        'Nothing resumes it by itself. When you have looked: perennial resume fraud data',
    });
    const away = { ...hands, pause: () => Promise.reject(new Error('Temporal is away.')) };
    await assert.rejects(act(pause, away, 'it drifts'), {
      message:
        'Temporal is away.\nIt may have paused some loops nevertheless: perennial schedules fraud. ' +
        'When you have looked: perennial resume fraud data',
    });
  });

  it('are tried on what happened: what each would do, and what it did', () => {
    const runs = [{ automation: 'page', event: 1, at: AT, state: 'done', says: 'told people' } as const];
    assert.deepEqual(tryOut([page], [severe, promoted], runs), [
      {
        at: AT,
        event: 'the drift check went from stable to severe (amount)',
        automation: 'page',
        action: 'tell people (critical)',
        cools: false,
        caused: false,
        did: { at: AT, state: 'done', says: 'told people' },
      },
    ]);
    assert.equal(tryOut([page], [severe], [])[0]!.did, null);
  });

  it('would not act on what they may have caused, as they do not when it happens', () => {
    const rerun: Automation = { name: 'rerun', on: { event: 'published' }, do: { action: 'run', loop: 'data' }, cooldown: '1 minute' }; // prettier-ignore
    const published = (id: number, seconds: number) =>
      ({ ...event('published', { snapshot: `s${id}` }, id), at: after(AT, `${seconds} seconds`) }) as Occurred;
    const ran = (id: number, hours: number, state: AutomationRun['state']): AutomationRun => {
      return { automation: 'rerun', event: id, at: after(AT, `${hours} hours`), state, says: '' };
    };
    // It acted after an hour; the run that it began then published after two more, and a later one of the schedule too.
    const events = [published(1, 0), published(2, 3_601), published(3, 7_200)];
    const runs = [ran(1, 1, 'done'), ran(2, 3, 'cooling'), ran(3, 4, 'done')];
    const caused = (of: readonly AutomationRun[]) => tryOut([rerun], events, of).map((tried) => tried.caused);
    assert.deepEqual(caused(runs), [false, true, false]);
    assert.deepEqual(tryOut([rerun], [published(1, 0), published(2, 60)], []).map((tried) => tried.caused), [false, true]); // prettier-ignore
  });
});
