import { wordsOf } from '../../../core/alerts/alert-words.ts';
import {
  acknowledge,
  escalate,
  see,
  tellsEnd,
  type Alert,
  type Occurrence,
  type Telling,
} from '../../../core/alerts/alerts.ts';
import { streakAlerts } from '../../../core/alerts/rules/retraining-alerts.ts';
import { UNMEASURED } from '../../../core/training/gates/gate-words.ts';
import { type Cycle } from '../../../core/training/retraining/retraining.ts';
import { pauseAfter } from '../../../core/alerts/deliveries.ts';
import { after, DAY, HOUR, MINUTE, SECOND } from '../../../core/time/time.ts';
import assert from 'node:assert/strict';

const BEGIN = '2026-03-01T00:00:00.000Z';
const at = (hours: number): string => after(BEGIN, `${Math.round(hours * 60)} minutes`);
const occurrence = (hours: number, changes: Partial<Occurrence> = {}): Occurrence => ({
  fingerprint: 'drift/fraud',
  occasion: `verdict/${hours}`,
  pipeline: 'fraud',
  kind: 'drift',
  severity: 'warning',
  summary: 'fraud: drift in 20 % of the columns',
  detail: 'amount moved',
  at: at(hours),
  ...changes,
});

/** Plays occurrences and ends, by the hour, and returns what people were told when. */
function told(
  ...events: [hours: number, what: 'warning' | 'critical' | 'end' | 'silence 12 hours' | 'acknowledge'][]
): [number, Telling][] {
  const tellings: [number, Telling][] = [];
  let alert: Alert | null = null;
  for (const [hours, what] of events) {
    let telling: Telling | null = null;
    if (what === 'end') {
      telling = tellsEnd(alert!);
      alert = { ...alert!, resolvedAt: at(hours) };
    } else if (what === 'acknowledge') alert = acknowledge(alert!, { at: at(hours), by: 'ada' });
    else if (what === 'silence 12 hours') alert = { ...alert!, silencedUntil: at(hours + 12) };
    else {
      const seen = see(alert, occurrence(hours, { severity: what }), '6 hours');
      alert = { id: 'a1', ...seen.alert };
      telling = seen.telling;
    }
    if (telling) tellings.push([hours, telling]);
  }
  return tellings;
}

describe('messages to people about an alert', () => {
  it('are sent when it opens, again after the cooldown while it persists, and once when it is over', () => {
    const events = [0, 1, 2, 3, 4, 5, 6, 7, 12].map((hours): [number, 'warning'] => [hours, 'warning']);
    assert.deepEqual(told(...events, [13, 'end']), [
      [0, 'opened'],
      [6, 'still'],
      [12, 'still'],
      [13, 'resolved'],
    ]);
  });

  it('are sent at once when it gets worse, and only once, even if it goes up and down', () => {
    const events = told([0, 'warning'], [1, 'critical'], [2, 'warning'], [3, 'critical'], [7, 'critical']);
    assert.deepEqual(events, [
      [0, 'opened'],
      [1, 'worse'],
      [7, 'still'],
    ]);
  });

  it('are not sent when a warning comes back within the cooldown, and neither is its end', () => {
    assert.deepEqual(told([0, 'warning'], [1, 'end'], [2, 'warning'], [3, 'end'], [4, 'warning'], [6, 'warning']), [
      [0, 'opened'],
      [1, 'resolved'],
      [6, 'opened'],
    ]);
  });

  it('are sent when a critical alert comes back within the cooldown, since the last one said that it was over', () => {
    assert.deepEqual(told([0, 'critical'], [1, 'end'], [2, 'critical'], [3, 'critical']), [
      [0, 'opened'],
      [1, 'resolved'],
      [2, 'opened'],
    ]);
  });

  it('are not sent while it is silenced, except that it has ended, even if it comes back, but are sent afterwards', () => {
    assert.deepEqual(told([0, 'critical'], [1, 'silence 12 hours'], [2, 'end'], [3, 'critical'], [14, 'critical']), [
      [0, 'opened'],
      [2, 'resolved'],
      [14, 'opened'],
    ]);
  });

  it('are not repeated once somebody has acknowledged it, but are sent when it gets worse, and at its end', () => {
    const acknowledged = told([0, 'warning'], [1, 'acknowledge'], [7, 'warning'], [20, 'critical'], [21, 'end']);
    assert.deepEqual(acknowledged, [
      [0, 'opened'],
      [20, 'worse'],
      [21, 'resolved'],
    ]);
    // What has lessened and is critical again has become worse, though not with each turn of an hour.
    const lessened = told([0, 'critical'], [1, 'acknowledge'], [2, 'warning'], [3, 'critical'], [9, 'critical']);
    assert.deepEqual(lessened, [[0, 'opened'], [9, 'worse']]); // prettier-ignore
    assert.deepEqual(told([0, 'critical'], [1, 'acknowledge'], [9, 'critical']), [[0, 'opened']]);
    assert.deepEqual(told([0, 'warning'], [1, 'acknowledge'], [2, 'end'], [8, 'warning']), [
      [0, 'opened'],
      [2, 'resolved'],
      [8, 'opened'],
    ]);
  });

  it('escalate each declared step once, and none of an alert that is acknowledged or over', () => {
    const alert = { id: 'a1', ...see(null, occurrence(0, { severity: 'critical' }), '6 hours').alert };
    assert.equal(alert.criticalSince, at(0));
    const first = escalate(alert, 1);
    assert.deepEqual([first.told, escalate(first.alert, 1).told, escalate(first.alert, 3).told], [[0], [], [1, 2]]);
    assert.deepEqual(escalate(acknowledge(alert, { at: at(1), by: 'ada' }), 1).told, []);
    assert.deepEqual(escalate({ ...alert, resolvedAt: at(1) }, 1).told, []);
  });

  it('are news each time, which are over at once', () => {
    const news = occurrence(0, { kind: 'promoted', severity: 'info' });
    const first = see(null, news, '6 hours');
    assert.deepEqual([first.telling, first.alert.resolvedAt], ['opened', at(0)]);
    assert.equal(see({ id: 'a1', ...first.alert }, { ...news, at: at(1) }, '6 hours').telling, 'opened');
  });

  it('say how often it was seen and since when, per opening', () => {
    const first: Alert = { id: 'a1', ...see(null, occurrence(0), '6 hours').alert };
    const second = see(first, occurrence(1), '6 hours').alert;
    assert.deepEqual([second.times, second.openedAt, second.lastSeenAt], [2, at(0), at(1)]);
    const next = see({ ...first, resolvedAt: at(2) }, occurrence(3), '6 hours').alert;
    assert.deepEqual([next.times, next.openedAt, next.resolvedAt], [1, at(3), null]);
  });

  it('say what happened, where to look and how often it was seen, and at the end what it was', () => {
    const alert = {
      id: 'a1b2c3d4e5',
      ...see(see(null, occurrence(0), '6 hours').alert as Alert, occurrence(7), '6 hours').alert,
    };
    const still = wordsOf(alert, 'still');
    assert.equal(still.subject, '[perennial warning] still: fraud: drift in 20 % of the columns');
    assert.match(still.text, /amount moved\n\nSeen 2 times, first at 2026-03-01T00:00Z, last at 2026-03-01T07:00Z\./);
    const over = wordsOf(alert, 'resolved', { at: at(8), by: 'verdict v9', reason: 'the newest window is stable' });
    assert.equal(over.subject, '[perennial ok] resolved: fraud: drift in 20 % of the columns');
    assert.match(
      over.text,
      /Over since 2026-03-01T08:00Z: the newest window is stable \(verdict v9\)\.\n\nIt was: fraud/,
    );
  });
});

describe('the alert about trainings that did not help', () => {
  it('says where the gate does not measure what fell', () => {
    const cycles = (reason: string): Cycle[] =>
      ['3', '2', '1'].map((id) => ({
        id,
        pipeline: 'fraud',
        reason: 'decay',
        asOf: '2026-03-01T00:00:00.000Z',
        driftSince: null,
        requests: [],
        reopened: 0,
        outcome: { result: 'refused', version: null, reason, endedAt: '2026-03-01T00:00:00.000Z' },
      }));
    const detailOf = (reason: string) => streakAlerts(cycles(reason), [])[0]!.detail;
    assert.match(detailOf(`It is no better, and ${UNMEASURED}.`), /\nThe gate's metric does not measure how far labels lie off the scores, so a model that repairs just that cannot pass: to judge by log loss, declare gates\.metric: 'logLoss'\.\nSo look at/); // prettier-ignore
    assert.doesNotMatch(detailOf('It is no better.'), /does not measure/);
  });
});

describe('the pause before another attempt to deliver', () => {
  it('grows from seconds to a quarter of an hour, and ends after three days', () => {
    assert.deepEqual(
      [1, 2, 3, 20, 400].map((attempts) => pauseAfter(attempts, 0)),
      [5 * SECOND, 10 * SECOND, 20 * SECOND, 15 * MINUTE, 15 * MINUTE],
    );
    assert.equal(pauseAfter(7, 3 * DAY), null);
  });

  it('is no shorter than the receiver asks for, up to an hour', () => {
    const asked = [2 * SECOND, MINUTE, 5 * HOUR].map((ms) => pauseAfter(1, 0, ms));
    assert.deepEqual(asked, [5 * SECOND, MINUTE, HOUR]);
    assert.equal(pauseAfter(7, 3 * DAY, MINUTE), null);
  });
});
