import { alertKinds, release, see, type Alert, type AlertKind } from '../../../core/alerts/alerts.ts';
import { causeOf, explainedBy, inGroups } from '../../../core/alerts/causes.ts';
import { digestOf } from '../../../core/alerts/digest.ts';
import { anAlert } from '../../console/fakes.ts';
import assert from 'node:assert/strict';

const AT = '2026-03-01T00:00:00.000Z';
const open = (id: string, kind: AlertKind, changes: Partial<Alert> = {}): Alert =>
  anAlert({ id, kind, fingerprint: `${kind}/${id}`, severity: 'warning', ...changes });

describe('what explains an alert', () => {
  const failed = {
    fingerprint: 'data-failed/fraud',
    kind: 'data-failed',
    pipeline: 'fraud',
    severity: 'warning',
  } as const;

  it('is an open alert of the same pipeline or of the whole installation, the deepest cause first', () => {
    const [source, other] = [open('s', 'source-unreachable'), open('o', 'source-unreachable', { pipeline: 'churn' })];
    const temporal = open('t', 'temporal-gone', { pipeline: null, severity: 'critical' });
    assert.equal(causeOf(failed, [other]), null);
    assert.equal(causeOf(failed, [other, source])?.id, 's');
    assert.equal(causeOf(failed, [source, temporal])?.id, 't');
    assert.equal(causeOf({ ...failed, kind: 'drift' }, [source, temporal]), null);
  });

  it('is that a server refuses work or fails at it, of answers that are slow meanwhile', () => {
    const errors = open('e', 'errors', { fingerprint: 'errors/fraud/one', severity: 'critical' });
    const slow = (process: string) =>
      ({ ...failed, kind: 'latency', fingerprint: `latency/fraud/${process}` }) as const;
    assert.equal(causeOf(slow('one'), [errors])?.id, 'e');
    assert.equal(causeOf(slow('one/2'), [errors])?.id, 'e', 'another process of it');
    assert.equal(causeOf(slow('two'), [errors]), null, 'another server may have taken over its requests');
  });

  it('is never a milder one', () => {
    const workers = open('w', 'workers-gone', { pipeline: null });
    assert.equal(causeOf(failed, [workers])?.id, 'w');
    assert.equal(causeOf({ ...failed, severity: 'critical' }, [workers]), null);
  });

  it('includes what explains the explanation, and never the alert itself', () => {
    const beneath = (kind: AlertKind): AlertKind[] => explainedBy[kind].flatMap((cause) => [cause, ...beneath(cause)]);
    for (const kind of alertKinds) {
      assert.ok(!beneath(kind).includes(kind), kind);
      assert.deepEqual([...new Set(beneath(kind))].sort(), [...explainedBy[kind]].sort(), kind);
    }
  });
});

describe('an alert that another one explains', () => {
  const occurrence = {
    fingerprint: 'data-failed/fraud',
    occasion: 'run/1',
    pipeline: 'fraud',
    kind: 'data-failed',
    severity: 'warning',
    summary: 'fraud: the data loop failed',
    detail: '',
    at: AT,
  } as const;

  it('is told to nobody, and once its cause has ended as if it had just opened', () => {
    const { alert, telling } = see(null, occurrence, '6 hours', 's');
    assert.deepEqual([telling, alert.told, alert.under], [null, false, 's']);
    const freed = release({ id: 'a', ...alert }, AT, { heard: false, heardWorst: true });
    assert.deepEqual([freed.telling, freed.alert.told, freed.alert.under], ['opened', true, null]);
  });

  it('is listed under it while it is open', () => {
    const [source, data] = [open('s', 'source-unreachable'), open('d', 'data-failed', { under: 's' })];
    const ids = (alerts: Alert[]) =>
      inGroups(alerts).map(({ alert, explains }) => [alert.id, ...explains.map(({ id }) => id)]);
    assert.deepEqual(ids([data, source]), [['s', 'd']]);
    assert.deepEqual(ids([data]), [['d']]);
    assert.deepEqual(ids([{ ...source, resolvedAt: AT }, data]), [['s'], ['d']]);
  });

  it('is listed under the cause of its cause, also in a digest', () => {
    const temporal = open('t', 'temporal-gone', { pipeline: null, summary: 'Temporal is gone' });
    const workers = open('w', 'workers-gone', { pipeline: null, under: 't', summary: 'the workers are gone' });
    const data = open('d', 'data-failed', { under: 'w', summary: 'the data loop failed' });
    const all = [data, workers, temporal];
    const ids = (alerts: Alert[]) =>
      inGroups(alerts).map(({ alert, explains }) => [alert.id, ...explains.map(({ id }) => id)]);
    assert.deepEqual(ids(all), [['t', 'd', 'w']]);
    assert.deepEqual(ids([data, workers]), [['w', 'd']]);
    assert.deepEqual(ids([data, { ...workers, resolvedAt: AT }, temporal]), [['d'], ['w'], ['t']]);
    const { subject, text } = digestOf(null, { from: AT, to: AT }, all)!;
    assert.match(subject, /1 open, 0 resolved/);
    assert.match(
      text,
      /Temporal is gone .*\n +because of it: the data loop failed\n +because of it: the workers are gone\n/,
    );
  });
});
