import { judgeOpen } from '../../../core/drift/volume/open.ts';
import type { OpenPart } from '../../../core/data/parts.ts';
import { DAY, HOUR, instant, MINUTE } from '../../../core/time/time.ts';
import { offsetOf } from '../../../core/time/zones.ts';
import assert from 'node:assert/strict';

const BERLIN = 'Europe/Berlin';

describe('the rows of an open partition, of a shop that opens at nine by its clock', () => {
  /** One row a minute since it opened, of a day up to an hour and a half hour, as an hourly data loop extracted them. */
  const openOn = (day: number, hour: number): OpenPart => {
    const to = day + hour * HOUR + HOUR / 2;
    const opens = day + 9 * HOUR - offsetOf(BERLIN, instant(to));
    return { extraction: '', from: instant(day), to: instant(to), rows: Math.max(0, (to - opens) / MINUTE) };
  };
  const judged = (date: string, hour: number, zones: string[], rows?: number) => {
    const day = Date.parse(date);
    const earlier = Array.from({ length: 28 * 24 }, (_, i) => openOn(day - (1 + Math.floor(i / 24)) * DAY, i % 24));
    const open = openOn(day, hour);
    return judgeOpen({ ...open, rows: rows ?? open.rows }, earlier, zones);
  };

  it('are as usual while its clock is put back, and after', () => {
    for (const date of ['2026-10-25', '2026-10-26', '2026-10-30', '2026-11-15'])
      for (const hour of [7, 8, 20]) assert.equal(judged(date, hour, [BERLIN, 'America/New_York']), null);
    assert.equal(judged('2026-10-25', 7, [])?.usual, 30, 'by UTC alone it has stopped');
  });

  it('are as usual when it is put forward', () => {
    for (const hour of [6, 7, 8]) assert.equal(judged('2026-03-29', hour, [BERLIN]), null);
  });

  it('are missed an hour later on that day, and at once on others', () => {
    assert.deepEqual(
      [judged('2026-10-25', 8, [BERLIN], 0)?.rows, judged('2026-10-25', 8, [BERLIN], 0)?.usual],
      [0, 30],
    );
    assert.equal(judged('2026-11-24', 9, [BERLIN], 0)?.usual, 90);
  });
});
