import { makeBinning } from '../../../core/data/profiles/binning.ts';
import { hoursIn, ofSameHours } from '../../../core/drift/same-hours.ts';
import { countRow, emptyProfile } from '../../../core/data/profiles/profile.ts';
import assert from 'node:assert/strict';

const binning = makeBinning({ x: { kind: 'number', edges: [10, 20] } });
/** As many rows an hour as the hour says, all with the hour as their value. */
const byHour = Array.from({ length: 24 }, (_, hour) => {
  const profile = emptyProfile(binning);
  for (let row = 0; row < hour; row++) countRow(profile, binning, { x: hour });
  return profile;
});

describe('the same hours of the day', () => {
  it('are those that a window of whole hours holds, also across midnight', () => {
    const window = { from: '2026-03-01T21:00:00.000Z', to: '2026-03-02T03:00:00.000Z' };
    assert.deepEqual(hoursIn(window), [21, 22, 23, 0, 1, 2].map((hour) => ({ hour, share: 1 }))); // prettier-ignore
    const { rows, columns } = ofSameHours(byHour, hoursIn(window)!, binning);
    assert.equal(rows, 21 + 22 + 23 + 0 + 1 + 2);
    assert.deepEqual(columns['x']!.counts, [3, 0, 66]);
  });

  it('count by the fraction of an hour that the window covers', () => {
    const window = { from: '2026-03-01T14:45:00.000Z', to: '2026-03-01T16:30:00.000Z' };
    assert.deepEqual(hoursIn(window), [
      { hour: 14, share: 0.25 },
      { hour: 15, share: 1 },
      { hour: 16, share: 0.5 },
    ]);
    const { rows, columns } = ofSameHours(byHour, hoursIn(window)!, binning);
    assert.equal(rows, 27); // 3.5 + 15 + 8
    assert.deepEqual(columns['x']!.counts, [0, 26.5, 0]);
  });

  it('name an hour once when nearly a day begins and ends in it', () => {
    const hours = hoursIn({ from: '2026-03-01T22:30:00.000Z', to: '2026-03-02T22:15:00.000Z' })!;
    assert.equal(hours.length, 24);
    assert.deepEqual(hours[0], { hour: 22, share: 0.75 });
  });

  it('do not matter to a window of a day or more', () => {
    assert.equal(hoursIn({ from: '2026-03-01T00:00:00.000Z', to: '2026-03-02T00:00:00.000Z' }), null);
  });
});
