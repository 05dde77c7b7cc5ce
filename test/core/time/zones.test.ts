import { isZone, nearZones, offsetOf } from '../../../core/time/zones.ts';
import assert from 'node:assert/strict';

describe('a time zone', () => {
  it('has a name in the IANA database, even one that was replaced', () => {
    for (const name of [
      'UTC',
      'Europe/Berlin',
      'America/Port-au-Prince',
      'Asia/Kolkata',
      'Asia/Calcutta',
      'US/Eastern',
    ])
      assert.ok(isZone(name), name);
  });

  it('is not an offset, nor a name in other case, neither of which Temporal knows', () => {
    for (const name of [
      '',
      'Berlin',
      'Europe/Berln',
      'europe/berlin',
      'EUROPE/BERLIN',
      'asia/kolkata',
      '+02:00',
      'CEST',
    ])
      assert.ok(!isZone(name), name);
  });

  it('is suggested by similar spelling', () => {
    assert.equal(nearZones('Europe/Berln')[0], 'Europe/Berlin');
    assert.equal(nearZones('berlin')[0], 'Europe/Berlin');
    assert.equal(nearZones('New York')[0], 'America/New_York');
    assert.equal(nearZones('').length, 3);
  });

  it('is ahead of UTC or behind it, by whole hours or not', () => {
    const hours = (zone: string, time: string) => offsetOf(zone, `${time}T12:00:00.000Z`) / 3_600_000;
    assert.deepEqual([hours('UTC', '2026-01-01'), hours('Asia/Kolkata', '2026-01-01')], [0, 5.5]);
    assert.deepEqual([hours('Europe/Berlin', '2026-01-01'), hours('Europe/Berlin', '2026-07-01')], [1, 2]);
    assert.deepEqual([hours('America/St_Johns', '2026-01-01'), hours('America/St_Johns', '2026-07-01')], [-3.5, -2.5]);
  });

  it('is looked up once, however many times are asked about', () => {
    const own = Intl.DateTimeFormat;
    let made = 0;
    Intl.DateTimeFormat = new Proxy(own, { construct: (of, given: []) => (made++, new of(...given)) });
    try {
      for (let day = 1; day < 29; day++)
        offsetOf('Pacific/Chatham', `2026-02-${String(day).padStart(2, '0')}T12:00:00Z`);
    } finally {
      Intl.DateTimeFormat = own;
    }
    assert.equal(made, 1);
  });
});
