import { compared, type Chunk, type Measures } from '../../bench/estimates/compared.ts';
import { talkTo } from '../../bench/estimates/peer.ts';
import { lengths, PER_DAY, windowsOf, worldsOf } from '../../bench/estimates/worlds.ts';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';

/** A chunk that came to 0, and how far each side was off. */
const chunk = (ours: number, peer: number): Chunk => ({
  came: 0,
  ours: { value: ours, low: ours - 0.1, high: ours + 0.1 },
  peer: { value: -peer, low: -peer - 1, high: 1 - peer },
});

const found = (measures: Record<string, Chunk[][]>): Record<string, number> => {
  const rows = compared(new Map(Object.entries(measures)) satisfies Measures);
  return Object.fromEntries(rows.map((row) => [`${row.case} ${row.unit}`.trim(), row.ours]));
};

describe('the benchmark of estimates', () => {
  it('says by how many percent our error is larger, with the interval of a mean over seeds', () => {
    const rows = found({ F1: [[chunk(0.3, 0.2)], [chunk(0.2, 0.2), chunk(0.4, 0.2)], [chunk(0.24, 0.2)]] });
    assert.ok(Math.abs(rows['F1: mean error of the estimate']! - 0.28) < 1e-9);
    assert.ok(Math.abs(rows['F1: our error is larger by %, by chance']! - 40) < 1e-9);
    // scipy.stats.t.interval(0.95, 2, loc=40, scale=scipy.stats.sem([50, 50, 20]))
    assert.ok(Math.abs(rows['F1: our error is larger by %, at least (95 %)']! - -3.0265) < 1e-3);
    assert.ok(Math.abs(rows['F1: our error is larger by %, at most (95 %)']! - 83.0265) < 1e-3);
  });

  it('counts a difference that seeds do not agree on as chance', () => {
    const apart = [[chunk(0.3, 0.2)], [chunk(0.1, 0.2)], [chunk(0.3, 0.2)]];
    const alike = [[chunk(0.3, 0.2)], [chunk(0.31, 0.2)], [chunk(0.3, 0.2)]];
    const rows = compared(new Map(Object.entries({ apart, alike, 'of one seed': [[chunk(0.3, 0.2)]] })));
    assert.deepEqual(rows.at(-1), {
      case: 'all 3 measures',
      ours: 1,
      peer: 0,
      peerName: 'NannyML',
      unit: 'errors larger beyond chance',
      ratio: null,
    });
  });

  it('estimates days, weeks and four weeks, each a whole number of times', () => {
    for (const { days, of } of lengths) {
      assert.equal(of % days, 0);
      const analysis = Array.from({ length: of * PER_DAY }, (_, label) => ({ row: {}, score: 0, label }));
      const cut = windowsOf({ analysis, windowDays: days });
      assert.deepEqual([cut.length, cut[0]!.length, cut.flat().length], [of / days, days * PER_DAY, of * PER_DAY]);
      assert.equal(cut.at(-1)![0]!.label, (of - days) * PER_DAY, 'in order of time');
    }
    const names = lengths.flatMap((windows) => worldsOf(0, windows)).map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    assert.ok(names.includes('restless days') && names.includes('restless days, 28 days'));
  });

  it('leaves out chunks of which either side or the labels say nothing', () => {
    const none = { ...chunk(0.9, 0.9), came: null };
    const rows = found({ precision: [[chunk(0.3, 0.2), none, { ...chunk(0.9, 0.2), peer: null }]] });
    assert.ok(Math.abs(rows['precision: mean error of the estimate']! - 0.3) < 1e-9);
  });

  it('says what NannyML said when it dies', async () => {
    const dies = "process.stdin.once('data', () => { console.error('no module named nannyml'); process.exit(1); })";
    const { ask } = talkTo(spawn(process.execPath, ['-e', dies]));
    await assert.rejects(ask({}), /NannyML ended before it answered:\nno module named nannyml/);
    await assert.rejects(ask({}), /no module named nannyml/, 'also who asks later');
  });
});
