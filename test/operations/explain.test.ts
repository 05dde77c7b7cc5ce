import { createAlerts } from '../../adapters/postgres/alerts/alerts.ts';
import { createOutbox } from '../../adapters/postgres/alerts/outbox.ts';
import { createVerdicts } from '../../adapters/postgres/alerts/verdicts.ts';
import type { Occurrence, Severity } from '../../core/alerts/alerts.ts';
import { type Concept } from '../../core/performance/decay.ts';
import { type Verdict } from '../../core/drift/verdict.ts';
import { type Moment, type Story } from '../../core/story/story.ts';
import { type RetrainRequest } from '../../core/training/retraining/retraining.ts';
import { after, type Instant } from '../../core/time/time.ts';
import { createExplain } from '../../operations/explain.ts';
import { factsIn } from '../../wiring/facts.ts';
import { aDriftReport } from '../reports/fixtures.ts';
import { asAda } from '../support/asked.ts';
import { perennial } from '../support/fake-operations.ts';
import { aTrainingRun, NOW, perennialDatabase } from '../support/postgres/perennial-database.ts';
import assert from 'node:assert/strict';

/** The drift shows an hour before it is severe; the cycle opens three days later. */
const SINCE = '2026-01-08T02:00:00.000Z';
const SEVERE = after(SINCE, '1 hour');

const aConcept = (decayed: boolean): Concept => ({
  kind: 'binary', decayed, from: SINCE, to: NOW, days: 4, rows: 1_200, since: SINCE,
  loss: { live: 0.4, promised: 0.2, holdout: 0.2 },
  excess: decayed ? { live: 0.4, holdout: 0.2, estimate: 0.2, low: 0.1, high: 0.3, bearable: 0.02 } : { live: 0.2, holdout: 0.2, estimate: 0, low: -0.1, high: 0.1, bearable: 0.02 },
  bias: { live: 0, holdout: 0, estimate: 0, low: 0, high: 0, bearable: 0.1 },
}); // prettier-ignore

describe('the story of a cycle', () => {
  const database = perennialDatabase();
  const facts = () => factsIn(database());
  const explain = (id?: string): Promise<Story> => asAda(createExplain(facts())).cycle('fraud', id);
  const says = ({ moments }: Story, chapter: Moment['chapter']): string[] =>
    moments.filter((moment) => moment.chapter === chapter).map((moment) => moment.says);

  const check = (asOf: Instant, level: Verdict['level'], version = 1) =>
    createVerdicts(database()).record({
      ...aDriftReport({ moved: level !== 'stable' }).verdict,
      id: `check-${asOf}`,
      pipeline: 'fraud',
      asOf,
      level,
      version,
      since: level === 'stable' ? null : SINCE,
    });
  const request = (id: string, asOf: Instant): RetrainRequest => ({
    id,
    pipeline: 'fraud',
    reason: 'drift',
    asOf,
    detail: `severe drift in amount (verdict ${id})`,
    driftSince: SINCE,
  });

  /** Drift, three requests, two waits, a training; open still. */
  async function drifted(): Promise<string> {
    const { ledger, trainingRuns } = facts();
    const { revision } = await aTrainingRun(database(), 'c0');
    await check('2026-01-08T01:00:00.000Z', 'stable');
    await check(SINCE, 'drifting');
    for (const hours of [1, 2, 3]) await check(after(SINCE, `${hours} hours`), 'severe');
    const ids = ['drift/a', 'drift/b', 'drift/c'];
    for (const [i, id] of ids.entries()) await ledger.recordRequest(request(id, after(SEVERE, `${i} hours`)));
    const debounce = {
      what: 'debounce',
      why: 'more requests may come (debounce 1 minute)',
      until: after(SEVERE, '1 minute'),
    } as const;
    await ledger.recordWait('fraud', { ...debounce, at: SEVERE });
    await ledger.recordWait('fraud', { ...debounce, until: after(SEVERE, '2 minutes'), at: after(SEVERE, '1 minute') });
    await ledger.recordWait('fraud', {
      what: 'labels',
      why: 'labels have to mature',
      until: NOW,
      at: after(SEVERE, '2 minutes'),
    });
    const cycle = {
      id: 'c1',
      pipeline: 'fraud',
      reason: 'drift',
      asOf: after(NOW, '1 minute'),
      driftSince: SINCE,
    } as const;
    await ledger.openCycle({ ...cycle, requests: ids });
    await trainingRuns.open({ id: 'c1', pipeline: { name: 'fraud', revision }, cycle: 'c1', asOf: cycle.asOf, snapshot: 's1', champion: 1, generation: 1 }); // prettier-ignore
    return cycle.id;
  }

  it('tells the drift with its columns, the requests, and what they waited for, while it runs', async () => {
    await drifted();
    const story = await explain();
    const [drifting, severe, ...others] = says(story, 'alarm');
    assert.match(drifting!, /^drifting, \d+ % of the columns moved from what v1 was tested on: amount/);
    assert.match(severe!, /^severe, /);
    assert.deepEqual(others, [], 'only checks that change the level');
    assert.deepEqual(says(story, 'asked'), [
      'by drift: severe drift in amount (verdict drift/a), and 2 more like it, the last at 2026-01-08T05:00Z',
      '3 requests, one training for all of them',
    ]);
    assert.deepEqual(says(story, 'waited'), [
      'until 2026-01-08T03:02Z: more requests may come (debounce 1 minute)',
      'until 2026-01-11T03:01Z: labels have to mature',
    ]);
    assert.deepEqual(says(story, 'training'), ['began on snapshot s1; v1 served']);
    assert.deepEqual(says(story, 'outcome'), ['under way']);
    assert.deepEqual([story.drift, says(story, 'after')], [null, []]);
  });

  for (const { result, version, level, drift, tells } of [
    {
      result: 'promoted',
      version: 2,
      level: 'stable',
      drift: 'over',
      tells: /over: stable since 2026-01-12T03:00Z, by 2 checks of v2/,
    },
    {
      result: 'promoted',
      version: 2,
      level: 'severe',
      drift: 'lasts',
      tells: /lasts: severe since 2026-01-12T03:00Z.*amount/,
    },
    { result: 'refused', version: 2, level: 'severe', drift: 'lasts', tells: /by 2 checks of v1/ },
  ] as const)
    // prettier-ignore
    it(`tells that the drift ${drift === 'over' ? 'is over' : drift} when the cycle was ${result} and later checks are ${level}`, async () => {
      const cycle = await drifted();
      await facts().ledger.closeCycle(cycle, { result, version, reason: 'the gate said so', endedAt: after(NOW, '1 hour') });
      assert.equal((await explain(cycle)).drift, 'unknown', 'no check has told yet');
      const serves = result === 'promoted' ? version : 1;
      for (const days of ['1 day', '2 days']) await check(after(NOW, days), level, serves);
      const story = await explain(cycle);
      assert.deepEqual(says(story, 'outcome'), [`${result} (v2): the gate said so`]);
      assert.equal(story.drift, drift);
      assert.match(says(story, 'after').join(), tells);
    });

  it('has each message with the words of its time', async () => {
    await drifted();
    const alerts = createAlerts(database());
    const mail = { channel: 'email', target: 'ada@example.com' } as const;
    const drift = (level: string, severity: Severity, at: Instant): Occurrence => ({
      fingerprint: 'drift/fraud', occasion: `verdict/${at}`, pipeline: 'fraud', kind: 'drift', severity, summary: `fraud: ${level} drift`, detail: '', at,
    }); // prettier-ignore
    await alerts.raise(drift('slight', 'warning', SINCE), '1 day');
    await alerts.raise(drift('some', 'warning', after(SINCE, '30 minutes')), '1 day');
    await alerts.raise(drift('severe', 'critical', SEVERE), '1 day');
    const outbox = createOutbox(database());
    const address = () => outbox.address(async ({ telling }) => ({ targets: telling === 'opened' ? [mail] : [] }), NOW);
    while ((await address()) > 0) for (const { id } of await outbox.take(9)) await outbox.delivered(id);
    const { moments } = await explain('c1');
    assert.deepEqual(says({ moments } as Story, 'told'), ['fraud: slight drift'], 'the second did not arrive');
    assert.deepEqual(
      moments.filter(({ chapter }) => chapter === 'not told').map(({ at, says }) => [at, says]),
      [[SEVERE, 'fraud: severe drift (nobody was sent a message)']],
    );
  });

  it('tells a fall of performance by what fell, and whether it is over', async () => {
    const { ledger, verdicts } = facts();
    const perform = (asOf: Instant, decayed: boolean | null) =>
      verdicts.record({ ...aDriftReport({ moved: false }).verdict, id: `check-${asOf}`, pipeline: 'fraud', asOf, version: 1, ...(decayed !== null && { concept: aConcept(decayed) }) }); // prettier-ignore
    await perform(SINCE, false);
    for (const hours of ['1 hour', '2 hours']) await perform(after(SINCE, hours), true);
    await ledger.openCycle({
      id: 'c2',
      pipeline: 'fraud',
      reason: 'decay',
      asOf: NOW,
      driftSince: SINCE,
      requests: [],
    });
    await ledger.closeCycle('c2', { result: 'refused', version: null, reason: 'no better', endedAt: NOW });
    assert.deepEqual(says(await explain('c2'), 'alarm'), [
      'the performance fell: on 1,200 labelled rows of 4 days the log loss is 0.4, where the same inputs promised 0.2 (holdout: 0.2) (verdict check-2026-01-08T03:00:00.000Z)',
    ]);
    assert.equal((await explain('c2')).drift, 'unknown');
    await perform(after(NOW, '1 hour'), true);
    assert.match(says(await explain('c2'), 'after').join(), /still too low since 2026-01-11T04:00Z, by 1 check of v1/);
    await perform(after(NOW, '2 hours'), false);
    await perform(after(NOW, '3 hours'), null);
    assert.equal((await explain('c2')).drift, 'over');
  });

  it('tells what waits before any cycle opens, and what waits after the newest', async () => {
    const { ledger } = facts();
    await ledger.recordRequest(request('drift/a', SEVERE));
    await ledger.recordWait('fraud', { what: 'labels', why: 'labels have to mature', until: NOW, at: SEVERE });
    const early = await explain();
    assert.equal(early.cycle, null);
    assert.deepEqual(says({ ...early, moments: early.waiting }, 'waited'), [
      'still, until 2026-01-11T03:00Z: labels have to mature',
    ]);

    await drifted();
    await ledger.recordRequest(request('drift/later', NOW));
    const newest = await explain();
    assert.deepEqual(newest.waiting.map(({ chapter, says }) => `${chapter}: ${says}`), ['asked: by drift: severe drift in amount (verdict drift/later)']); // prettier-ignore
    assert.doesNotMatch(says(newest, 'asked').join(), /later/);
    const operations = { explain: { cycle: () => Promise.resolve(newest) } };
    const { out } = await perennial(['explain', 'fraud'], operations);
    assert.match(out, /under way\n\nWaiting for the next training\n2026-01-11 03:00 {2}asked {2}by drift: /);
    assert.deepEqual((await explain('c1')).waiting, [], 'a cycle that is named is told alone');
  });

  it('tells a fall of performance that waits, and an alarm by its columns', async () => {
    const { ledger, verdicts } = facts();
    const raised = [{ column: 'amount', of: 'location', direction: 'higher', since: SINCE, raisedAt: SEVERE }] as const;
    const { verdict } = aDriftReport({ moved: false });
    const alarm = { rate: '1 a year', raised: [...raised] };
    await verdicts.record({ ...verdict, id: 'v1', pipeline: 'fraud', asOf: SINCE, version: 1, level: 'drifting', share: 0, alarm, concept: aConcept(true) }); // prettier-ignore
    await ledger.recordRequest(request('drift/a', SEVERE));
    await ledger.recordRequest({ ...request('decay/a', SEVERE), reason: 'decay' });
    const { waiting, ...early } = await explain();
    const [drift, decay] = says({ ...early, waiting, moments: waiting }, 'alarm');
    assert.match(drift!, /^drifting, the alarm is raised for amount \(verdict v1, [\d,]+ rows\)$/);
    assert.match(decay!, /^the performance fell: on 1,200 labelled rows/);
  });

  it('leaves a wait to the cycle that settles who waited, when a person trains before', async () => {
    const { ledger } = facts();
    await ledger.recordRequest(request('drift/a', SEVERE));
    await ledger.recordRequest({ ...request('person/a', SEVERE), reason: 'person', driftSince: null });
    await ledger.recordWait('fraud', { what: 'labels', why: 'labels have to mature', until: NOW, at: SEVERE });
    const cycle = { pipeline: 'fraud', driftSince: null } as const;
    await ledger.openCycle({ ...cycle, id: 'c3', reason: 'person', asOf: SEVERE, requests: ['person/a'] });
    await ledger.closeCycle('c3', { result: 'refused', version: null, reason: '', endedAt: SEVERE });
    assert.deepEqual(says(await explain('c3'), 'waited'), []);
    await ledger.openCycle({ ...cycle, id: 'c4', reason: 'drift', asOf: NOW, requests: ['drift/a'] });
    assert.deepEqual(says(await explain('c4'), 'waited'), ['until 2026-01-11T03:00Z: labels have to mature']);
  });

  it('says which cycle there is none of', async () => {
    await assert.rejects(explain('fraud-x'), { code: 'CYCLE_UNKNOWN', message: /fraud has no cycle fraud-x/ });
  });

  it('reads as lines with times and chapters in a terminal, and as facts with --json', async () => {
    await drifted();
    const operations = { explain: { cycle: (_pipeline: string, id?: string) => explain(id) } };
    const { out } = await perennial(['explain', 'fraud'], operations);
    assert.match(out, /^c1: asked for by drift, under way\n2026-01-08 02:00 {2}alarm +drifting, /);
    assert.match(out, /\n +3 requests, one training/);
    const { out: json } = await perennial(['explain', 'fraud', 'c1', '--json'], operations);
    assert.equal((JSON.parse(json) as Story).moments.length, (await explain('c1')).moments.length);
  });
});
