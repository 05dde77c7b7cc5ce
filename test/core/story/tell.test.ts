import type { StoryFacts } from '../../../core/story/story.ts';
import { fallOf } from '../../../core/performance/decay-words.ts';
import { tellStory } from '../../../core/story/tell.ts';
import assert from 'node:assert/strict';

describe('the story of a training', () => {
  const asOf = '2026-12-06T05:00:00.000Z';
  const first = '2026-12-06T03:00:00.000Z';
  const facts = {
    cycle: { id: 'c1', pipeline: 'fraud', reason: 'schedule', asOf, outcome: null },
    changes: [],
    told: [
      { telling: 1, at: '2026-12-05T00:00:00.000Z', summary: 'the data is late' },
      { telling: 2, at: '2026-12-06T06:00:00.000Z', summary: 'v1 still serves', untold: 'nobody was sent a message' },
    ],
    asked: { total: 1, reasons: [{ reason: 'schedule', count: 1, first, last: first, detail: 'by its schedule' }] },
    waits: [],
    run: null,
    trials: [],
    rollout: null,
    reopened: [],
    later: { checks: 0, changes: [], last: null },
  } as unknown as StoryFacts;

  it('tells what happened while it trained after its beginning, not among what led to it', () => {
    assert.deepEqual(
      tellStory(facts).moments.map(({ chapter, says }) => `${chapter}: ${says}`),
      [
        'told: the data is late',
        'asked: by its schedule',
        'training: the cycle opened; no training run has begun',
        'not told: v1 still serves (nobody was sent a message)',
        'outcome: under way',
      ],
    );
  });

  it('is in the order of time: what came later stands later, whatever it is of', () => {
    const at = (hour: number): string => `2026-12-06T${String(hour).padStart(2, '0')}:00:00.000Z`;
    const look = { step: 0, arms: [], findings: [] };
    const told = tellStory({
      ...facts,
      cycle: { ...facts.cycle, reason: 'person', outcome: { result: 'promoted', version: 2, reason: 'r', endedAt: at(12) } },
      told: [3, 7, 12].map((hour) => ({ telling: 1, at: at(hour), summary: `said at ${hour}` })),
      asked: { total: 1, reasons: [{ reason: 'person', count: 1, first: at(4), last: at(4), detail: 'it is old (ada)' }] },
      run: { asOf: at(5), snapshot: 's1', champion: null, trainingSet: null, winner: { candidate: 'mlp', gate: { outcome: 'passed', reason: 'g' } } },
      rollout: {
        version: 2, askedAt: at(8), steps: [{ share: 'shadow' }, { share: 0.1 }], confirmation: null,
        looks: [{ ...look, at: at(9), decision: 'next', reason: '301 requests' }, { ...look, step: 1, at: at(11), decision: 'wait', reason: '0 of 300 requests' }],
        decision: { by: 'bob', approve: true, reason: 'ok' },
      },
    } as unknown as StoryFacts); // prettier-ignore
    assert.deepEqual(
      told.moments.map(({ chapter, says }) => `${chapter}: ${says}`),
      [
        'told: said at 3',
        'asked: by a person (ada): it is old',
        'training: began on snapshot s1; no version served yet',
        'told: said at 7',
        'gate: mlp passed: g',
        'rollout: of v2 was asked for: shadow, 10 %, 100 %',
        'rollout: shadow continues: 301 requests',
        'rollout: bob approved it: ok',
        'rollout: 10 % waits: 0 of 300 requests',
        'outcome: promoted (v2): r',
        'told: said at 12',
      ],
    );
    assert.equal(told.askedBy, 'a person (ada)');
  });

  it('names a metric that a newer release stored, which this one does not know', () => {
    const run = { asOf, snapshot: 's1', champion: null, trainingSet: null, winner: null };
    const trial = {
      candidate: 'mlp',
      state: 'finished',
      reason: null,
      seconds: 0,
      metric: 'precisionAtK',
      winner: true,
    };
    const tried = { ...trial, result: { selection: { precisionAtK: 0.5 } } };
    const { moments } = tellStory({ ...facts, run, trials: [tried] } as unknown as StoryFacts);
    assert.ok(moments.some(({ says }) => says === 'mlp finished and won, precisionAtK 0.500 on selection'));
    const bearable = { low: 0, high: 0, bearable: 0 };
    const floor = { metric: 'precisionAtK', value: 0.3, low: 0.2, high: 0.4, floor: 0.5, isBelow: true };
    const concept = { decayed: false, rows: 100, days: 3, excess: bearable, bias: bearable, floor };
    assert.equal(fallOf(concept as never)!.what, 'precisionAtK is below its floor');
  });

  it('tells from which version a candidate started, or why none did', () => {
    const trainedWith = (warmStart: object): string[] => {
      const trainingSet = { rows: { train: 600, holdout: 150 }, warmStart };
      const run = { asOf, snapshot: 's1', champion: 12, trainingSet, winner: null };
      return tellStory({ ...facts, run } as unknown as StoryFacts).moments.map(({ says }) => says);
    };
    const warm = { candidate: { kind: 'mlp', name: 'mlp-from-v12' }, version: 12 };
    assert.ok(trainedWith(warm).includes('mlp-from-v12 started from the weights of v12'));
    const whyNot = 'v12 learnt from rows until today';
    assert.ok(trainedWith({ whyNot }).includes(`all candidates started from nothing: ${whyNot}`));
  });
});
