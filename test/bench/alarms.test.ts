import { bench } from '../../bench/alarms.ts';
import { peerSide, pointsOf } from '../../bench/alarms/peer.ts';
import { nothingPlayed, type Played } from '../../bench/alarms/play.ts';
import { folderPerTest } from '../support/folders.ts';
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const KIND = '500 rows a day, wandering by 0.15 sd';
const CHANGE = '1 sd in 1 of 10';
const year = (alarms: number, delays: (number | null)[]): Played => {
  const nothing = nothingPlayed();
  return { ...nothing, years: 1, alarms, hours: 2 * alarms, delays: { ...nothing.delays, [CHANGE]: delays } };
};
const line = (seed: number, side: string, played: Played[]): string =>
  `${JSON.stringify({ kind: KIND, seed, side, played })}\n`;

describe('the benchmark of alarms', () => {
  const folder = folderPerTest();

  it('plays no year again that an earlier run kept, and compares us with the smallest thresholds that are as quiet', async () => {
    const file = join(folder(), 'played.jsonl');
    const quieter = peerSide.points.map((_, i) => year(Math.max(0, 20 - 10 * (i % 7)), [6, 30 + i]));
    const kept = [
      line(1, 'ours, 1 a year', [year(1, [5, 9])]),
      line(2, 'ours, 1 a year', [year(0, [7, null])]),
      ...[1, 2].flatMap((seed) => [
        line(seed, 'ours, 1 a week', [year(9, [4])]),
        line(seed, 'ours, 14 a week', [year(18, [3])]),
        line(seed, 'ours, 45 a week', [year(38, [2])]),
        line(seed, 'ours, 50 a week', [year(40, [2])]),
        line(seed, 'ours, 75 a week', [year(60, [1])]),
        line(seed, 'ours, 99 a week', [year(80, [1])]),
        line(seed, 'ours with a score, 1 a year', [year(0, [4])]),
        line(seed, 'Evidently', quieter),
      ]),
    ].join('');
    writeFileSync(file, kept);
    const told: string[] = [];
    const rows = await bench.run((text) => told.push(text), { only: KIND, seeds: 2, into: file });
    const [quiet] = rows.filter(({ peerName }) => peerName === `Evidently, ${pointsOf('column')[2]!}`);
    assert.deepEqual([quiet?.case, quiet?.ours, quiet?.peer], [`${KIND}: false alarms`, 0.5, 0]);
    const delay = rows.find(({ case: name }) => name === `${KIND}: ${CHANGE}`);
    assert.deepEqual([delay?.ours, delay?.peer], [8, 18]);
    const asOften = rows.find(({ case: name }) => name === `${KIND}, falseAlarms: '14 a week': ${CHANGE}`);
    assert.deepEqual([asOften?.ours, asOften?.peer], [3, 18], 'they alarm falsely 20 times a year');
    const withScore = rows.find(({ case: name }) => name === `${KIND}, with a score: ${CHANGE}`);
    assert.deepEqual([withScore?.ours, withScore?.peer, withScore?.peerName], [4, 8, 'ours without a score']);
    assert.ok(told.some((text) => text.includes('9.00 false alarms a year')), told.join('\n')); // prettier-ignore
    assert.equal(readFileSync(file, 'utf8'), kept);
  });
});
