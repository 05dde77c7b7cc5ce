import { tellOfDrift, tellOfPerformance, tellOfRollout, tellOfTroubles } from '../../../activities/alerts/alerting.ts';
import { endedByChampion } from '../../../core/alerts/rules/rollout-alerts.ts';
import { type Occurrence } from '../../../core/alerts/alerts.ts';
import { type Verdict } from '../../../core/drift/verdict.ts';
import { aDriftReport, aPipeline } from '../../reports/fixtures.ts';
import assert from 'node:assert/strict';

describe('what a check found', () => {
  const pipeline = aPipeline({ name: 'fraud' });
  const told = () => {
    const open = new Map<string, Occurrence>();
    const alerts = {
      raise: async (occurrence: Occurrence) => (open.set(occurrence.kind, occurrence), null as never),
      resolve: async (fingerprint: string) => (open.delete(fingerprint.split('/')[0]!), null),
    };
    const check = async (verdict: Verdict): Promise<string[]> => {
      const parts = { alerts, pipeline, verdicts: { list: async () => [verdict] } };
      await tellOfDrift(parts, verdict);
      await tellOfPerformance(parts, verdict);
      await tellOfTroubles(parts, verdict);
      return [...open.keys()];
    };
    return { open, alerts, check };
  };

  const at = '2026-03-04T09:00:00.000Z';
  const shift = { live: 0.4, holdout: 0.2, estimate: 0.2, low: 0.1, high: 0.3, bearable: 0.02, errors: 1, degrees: 9 };
  const steady = { ...shift, live: 0.2, estimate: 0, low: -0.1, high: 0.1 };
  const concept = (decayed: boolean, excess = decayed ? shift : steady) =>
    ({ kind: 'binary', decayed, from: at, to: at, days: 9, rows: 900, excess, bias: steady, since: null, loss: { live: 0.4, promised: 0.2, holdout: 0.2 } }) as never; // prettier-ignore
  const estimated = (withheld: string | null, since = '2020-01-01T00:00:00.000Z') =>
    ({ rows: 900, withheld, metrics: {}, ...(withheld !== null && { withheldSince: since }) }) as Verdict['estimated'];
  const skew = (share: number) => ({ snapshot: 's1', rows: 900, unequal: [{ column: 'amount', share }] });
  const unusual = { direction: 'fewer', hours: 6, rows: 2, usual: 400, since: at } as const;
  const volume = (found: object) => ({ predictions: { rate: '1 a year', ...found } }) as never;
  const { verdict: stable } = aDriftReport({ moved: false });
  const [first, ...columns] = stable.columns;
  const empty = [{ ...first!, drifted: true, nullShare: { reference: 0, current: 0.6 } }, ...columns];

  for (const [kind, bad, good] of [
    ['drift', aDriftReport().verdict, {}],
    ['performance', { concept: concept(true) }, { concept: concept(false) }],
    ['estimate-unreliable', { estimated: estimated('40 % is unseen') }, { estimated: estimated(null) }],
    ['data-quality', { columns: empty }, {}],
    ['volume', { volume: volume({ unusual }) }, { volume: volume({}) }],
    ['skew', { skew: skew(0.3) }, { skew: skew(0) }],
    ['staleness', { stale: { asOf: at, due: at } }, {}],
    [
      'unwatched',
      { abstained: 'too few rows', unwatched: { since: '2020-01-01T00:00:00.000Z', toldBefore: false } },
      {},
    ],
  ] as [string, Partial<Verdict>, Partial<Verdict>][])
    it(`opens the alert ${kind}, and ends it when it is over`, async () => {
      const { check, open } = told();
      assert.ok((await check({ ...stable, ...bad, id: stable.id })).includes(kind));
      assert.match(open.get(kind)!.summary, /^fraud: \w/);
      assert.deepEqual(await check({ ...stable, ...good }), []);
    });

  it('keeps the alert for performance open while labels look as if the fall lasted, and cannot tell', async () => {
    const { check, open } = told();
    await check({ ...stable, concept: concept(true), id: stable.id });
    await check({ ...stable, concept: concept(false, { ...shift, low: 0.01 }) });
    assert.ok(open.has('performance'));
    await check({ ...stable, concept: concept(false) });
    assert.ok(!open.has('performance'));
  });

  it('keeps the alert for estimates open until there is one again', async () => {
    const { check } = told();
    await check({ ...stable, estimated: estimated('40 % is unseen') } as Verdict);
    const anew = { ...stable, estimated: estimated('40 % is unseen', stable.asOf) } as Verdict;
    assert.deepEqual(await check(anew), ['estimate-unreliable']);
  });

  it('brings the tables of its report along, where people look for numbers', async () => {
    const { check, open } = told();
    await check(aDriftReport().verdict);
    assert.match(open.get('drift')!.figures![0]!.caption, /^3 of 11 columns drifted/);
  });

  it('is over with a new champion, as far as that ends it', async () => {
    const { alerts, open } = told();
    for (const kind of endedByChampion) open.set(kind, {} as Occurrence);
    const approvals = { waiting: async () => [] };
    const outcome = { by: 'a rollout', version: 4, result: 'promoted', reason: 'it is better', endedAt: at } as const;
    const traffic = (previous: number | null) => ({
      get: async () => ({ pipeline: 'fraud', generation: 1, champion: 4, arms: [{ version: 4, share: 1 }], shadow: null, previous }), // prettier-ignore
    });
    await tellOfRollout({ alerts, approvals, traffic: traffic(3), pipeline }, outcome);
    assert.deepEqual([...open.keys()], ['promoted']);
    assert.match(open.get('promoted')!.detail, /To go back .*perennial rollback/);
    const first = { ...outcome, reason: 'approved by ada: fine (gate: There was no champion to compare with)' };
    await tellOfRollout({ alerts, approvals, traffic: traffic(null), pipeline }, first);
    assert.doesNotMatch(open.get('promoted')!.detail, /rollback/);
  });
});
