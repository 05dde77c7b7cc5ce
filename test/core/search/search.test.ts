import { parsePipeline, type Pipeline } from '../../../core/declaration/pipeline.ts';
import { metricsOf } from '../../../core/metrics/metrics.ts';
import { compileScorer } from '../../../core/model/scorer.ts';
import { candidateSchema, recipesFor, spaceOf, type Candidate } from '../../../core/recipes/index.ts';
import { candidatesOf } from '../../../core/search/candidates.ts';
import { createCurve, MOST_POINTS } from '../../../core/search/curve.ts';
import { type Search } from '../../../core/search/declared.ts';
import { drawTrials } from '../../../core/search/draw.ts';
import { betterPart, continuingFrom, ranked, rungsOf, type Tried } from '../../../core/search/rungs.ts';
import { LABEL } from '../../../core/data/data.ts';
import fraud from '../../../pipelines/fraud.ts';
import { aJob, analyticsOf, smallSplits } from '../../support/data/training-data.ts';
import { train } from '../../../workers/training/train.ts';
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const search = (changes: Partial<Search> = {}): Search => ({ trials: 12, of: ['boosted', 'mlp'], ...changes });
const declare = (declared: unknown, changes: object = {}): Pipeline =>
  parsePipeline({ ...fraud, ...changes, ...(declared !== undefined && { search: declared }) }, 'pipelines/fraud.ts');

describe('a declared search', () => {
  const refused = (declared: unknown, changes: object = {}): string => {
    try {
      declare(declared, changes);
    } catch (error) {
      return (error as Error).message;
    }
    return 'it was accepted';
  };

  it('is read as it was written, and its absence changes nothing', () => {
    const ranges = { boosted: { leaves: { from: 4, to: 64, scale: 'log' }, trees: [100, 400] } };
    const declared = { trials: 20, within: '10 minutes', of: ['boosted', 'mlp'], ranges };
    assert.deepEqual(declare(declared).search, declared);
    assert.equal('search' in declare(undefined), false);
  });

  for (const { what, declared, words } of [
    { what: 'more trials than a history holds', declared: search({ trials: 101 }), words: /search\.trials: declare at most 100 trials: a training run would have too long a history \(got 101\)/ }, // prettier-ignore
    { what: 'a recipe without options', declared: search({ of: ['baseline'] }), words: /search\.of\.0: for a label of kind binary write some of logistic, .*boosted, symmetric, forest \(got "baseline"\)/ }, // prettier-ignore
    { what: 'a recipe that does not learn the label', declared: search({ of: ['linear'] }), words: /search\.of\.0: for a label of kind binary/ }, // prettier-ignore
    { what: 'a recipe named twice', declared: search({ of: ['mlp', 'mlp'] }), words: /search\.of\.1: name each recipe once/ }, // prettier-ignore
    { what: 'a range of a recipe it does not search', declared: search({ ranges: { forest: { leaves: [4] } } }), words: /search\.ranges\.forest: search\.of does not name it: boosted, mlp/ }, // prettier-ignore
    { what: 'an option that the recipe has not', declared: search({ ranges: { mlp: { leaves: [4] } } }), words: /search\.ranges\.mlp\.leaves: 4 does not fit: supported keys are: kind, name, epochs/ }, // prettier-ignore
    { what: 'an end that the option does not allow', declared: search({ ranges: { boosted: { learningRate: { from: 0.1, to: 3 } } } }), words: /search\.ranges\.boosted\.learningRate: 3 does not fit: / }, // prettier-ignore
    { what: 'a range that is upside down', declared: search({ ranges: { boosted: { l2: { from: 3, to: 1 } } } }), words: /search\.ranges\.boosted\.l2\.to: must be above from \(got 1\)/ }, // prettier-ignore
    { what: 'numbers for layers', declared: search({ ranges: { mlp: { hidden: { from: 8, to: 64 } } } }), words: /search\.ranges\.mlp\.hidden: write a list of values/ }, // prettier-ignore
    { what: 'the name of a trial', declared: search({ ranges: { mlp: { name: ['a'] } } }), words: /search\.ranges\.mlp\.name: it is no option/ }, // prettier-ignore
    {
      what: 'no time',
      declared: search({ within: '0 seconds' }),
      words: /search\.within: write a duration above zero/,
    },
    { what: 'fewer trials than recipes', declared: search({ trials: 2, of: ['mlp', 'boosted', 'forest'] }), words: /search\.trials: declare at least one trial for each of mlp, boosted, forest/ }, // prettier-ignore
  ])
    it(`is refused for ${what}`, () => assert.match(refused(declared), words));

  it('keeps the names of trials from declared candidates', () => {
    const candidates = [{ kind: 'mlp', name: 'mlp-trial-001' }];
    assert.match(refused(search(), { candidates }), /candidates\.0\.name: trials of a search are named so/);
    assert.equal(refused(undefined, { candidates }), 'it was accepted');
  });
});

describe('the trials of a search', () => {
  const candidates = [candidateSchema.parse({ kind: 'boosted', name: 'b', monotonic: { amount: 'up' }, trees: 60 })];

  it('are the same for the same seed, and others for another', () => {
    const drawn = drawTrials({ search: search(), candidates }, 1);
    assert.deepEqual(drawTrials({ search: search(), candidates }, 1), drawn);
    assert.notDeepEqual(drawTrials({ search: search(), candidates }, 2), drawn);
    assert.equal(new Set(drawn.map((spec) => JSON.stringify(spec))).size, 12);
  });

  it('take the recipes in turn, and keep the declared options that are not searched', () => {
    const drawn = drawTrials({ search: search(), candidates }, 1);
    assert.deepEqual(drawn.slice(0, 3).map(({ name }) => name), ['boosted-trial-001', 'mlp-trial-002', 'boosted-trial-003']); // prettier-ignore
    for (const spec of drawn)
      if (spec.kind === 'boosted') assert.deepEqual([spec.monotonic, spec.trees], [{ amount: 'up' }, 60]);
  });

  it('begin with the defaults of a recipe that nobody declared', () => {
    const [, mlp] = drawTrials({ search: search(), candidates }, 1);
    assert.deepEqual(mlp, { ...candidateSchema.parse({ kind: 'mlp', name: 'mlp' }), name: 'mlp-trial-002' });
  });

  it('lie in the declared ranges, spread over each of them', () => {
    const ranges = { boosted: { leaves: { from: 4, to: 64, scale: 'log' as const }, depth: [2, 3], l2: [0] } };
    const drawn = drawTrials({ search: search({ trials: 30, of: ['boosted'], ranges }), candidates }, 1);
    const boosted = drawn as Extract<Candidate, { kind: 'boosted' }>[];
    const leaves = boosted.map((spec) => spec.leaves);
    assert.ok(leaves.every((value) => Number.isInteger(value) && value >= 4 && value <= 64));
    // A log scale has as many below 16 as above.
    assert.equal(leaves.filter((value) => value < 16).length, 15);
    assert.deepEqual([boosted.filter(({ depth }) => depth === 2).length, new Set(boosted.map(({ l2 }) => l2)).size], [15, 1]); // prettier-ignore
  });

  it('can be drawn for every recipe from its own ranges', () => {
    for (const kind of new Set([...recipesFor('binary'), ...recipesFor('number')]))
      if (spaceOf(kind)) assert.equal(drawTrials({ search: search({ trials: 40, of: [kind] }), candidates: [] }, 3).length, 40); // prettier-ignore
  });
});

describe('the rungs of a search', () => {
  it('have thirds of the rows, and all of them at the last', () => {
    const rungs = rungsOf({ trials: 20, rows: 90_000, positives: 900 });
    assert.deepEqual(rungs.map(({ rows }) => rows), [10_000, 30_000, 90_000]); // prettier-ignore
    assert.deepEqual([20, 7, 3].map(continuingFrom), [7, 3, 1]);
  });

  it('are fewer where a third of the rows, or of the positives, would say little', () => {
    assert.deepEqual(rungsOf({ trials: 50, rows: 2_500, positives: null }).map(({ rows }) => rows), [2_500]); // prettier-ignore
    assert.equal(rungsOf({ trials: 50, rows: 90_000, positives: 100 }).length, 2);
    assert.equal(rungsOf({ trials: 100, rows: 9_000_000, positives: null }).length, 4);
  });

  it('are one where folds leave negatives out, since a part of the rows would have all of them', () => {
    const many = { trials: 20, rows: 160_000, positives: 240 };
    assert.equal(rungsOf(many).length, 2);
    assert.deepEqual(rungsOf({ ...many, negatives: 0.25 }), [{ rows: 160_000, share: 1 }]);
  });

  it('keep the better third, without those that have no value, and by name where they are alike', () => {
    const tried: Tried[] = [0.5, 0.7, null, 0.7, 0.1, 0.2].map((value, i) => ({ candidate: `t${i}`, value }));
    assert.deepEqual(betterPart(tried, 'averagePrecision', 6), ['t1', 't3']);
    assert.deepEqual(betterPart(tried, 'rmse', 6), ['t4', 't5']);
    assert.deepEqual(betterPart(tried.slice(2, 3), 'rmse', 6), []);
    assert.equal(ranked(tried, 'averagePrecision').at(-1)!.candidate, 't2');
  });
});

describe('a curve', () => {
  it('keeps at most 200 points over the whole training, also when it is resumed', () => {
    let curve = createCurve();
    for (let done = 1; done <= 3_000; done++) {
      curve.hear({ done, loss: 1 / done, selectionLoss: 2 / done });
      curve.hear({ done, loss: 0, selectionLoss: 2 / done }); // a pulse within the next tree
      if (done % 500 === 0) curve = createCurve(curve.points());
    }
    const points = curve.points();
    assert.ok(points.length > MOST_POINTS / 3 && points.length <= MOST_POINTS, String(points.length));
    assert.deepEqual(points[0], [1, 1, 2]);
    assert.ok(points.at(-1)![0] > 2_900);
    assert.ok(points.every(([, loss]) => loss !== 0));
  });

  it('ignores what says nothing of a loss', () => {
    const curve = createCurve();
    for (const detail of [null, {}, { done: 1, selectionLoss: null }, { done: 1, selectionLoss: NaN }])
      curve.hear(detail);
    assert.deepEqual(curve.points(), []);
  });
});

describe('the candidates of a training', () => {
  it('always include what is known without any column', () => {
    const mlp = candidateSchema.parse({ kind: 'mlp', name: 'mlp' });
    assert.deepEqual(candidatesOf({ candidates: [mlp] }), [mlp, { kind: 'baseline', name: 'baseline' }]);
    const own = [mlp, candidateSchema.parse({ kind: 'baseline', name: 'nothing' })];
    assert.deepEqual(candidatesOf({ candidates: own }), own);
    const last = candidateSchema.parse({ kind: 'baseline', name: 'last', last: 'amount' });
    const recent = candidateSchema.parse({ kind: 'baseline', name: 'recent', recent: '1 day' });
    assert.deepEqual(candidatesOf({ candidates: [last, recent] }), [last, recent, { kind: 'baseline', name: 'baseline' }]); // prettier-ignore
    assert.equal(candidatesOf({ candidates: [{ ...mlp, name: 'baseline' }] })[1]!.name, 'baseline-recipe');
  });
});

describe('successive halving', () => {
  it('finds a better setting than a bad default', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'perennial-search-'));
    const splits = smallSplits();
    const labels = Float64Array.from(splits.selection!.columns[LABEL]!, Number);
    // Twenty trees with so few leaves and so small a rate cannot tell two signs apart.
    const slow = candidateSchema.parse({ kind: 'boosted', name: 'slow', trees: 20, learningRate: 0.01, leaves: 2 });
    const value = async (candidate: Candidate, rows: number): Promise<number> => {
      const own = await mkdtemp(join(folder, 'job-'));
      const model = await train(aJob({ folder: own, labelKind: 'binary', candidate, rows }), {
        analytics: analyticsOf(splits),
        tensors: () => assert.fail('trees need no TF.js'),
        events: { progress: () => {}, checkpoint: () => {}, log: () => {}, check: () => {} },
        memoryLimitMb: 1024,
      });
      assert.equal(model.trainedWith.rows, rows);
      return metricsOf('binary', compileScorer(model).scoreChunk(splits.selection!), labels).averagePrecision!;
    };
    const winnerOf = async (): Promise<Tried> => {
      let going = drawTrials({ search: search({ trials: 5, of: ['boosted'] }), candidates: [slow] }, 7);
      let tried: Tried[] = [];
      for (const { rows } of rungsOf({ trials: 5, rows: 4000, positives: null })) {
        tried = [];
        for (const spec of going) tried.push({ candidate: spec.name, value: await value(spec, rows) });
        going = going.filter(({ name }) => betterPart(tried, 'averagePrecision', going.length).includes(name));
      }
      return ranked(tried, 'averagePrecision')[0]!;
    };
    try {
      const [winner, bad] = [await winnerOf(), await value(slow, 4000)];
      assert.ok(winner.value! > bad + 0.1, `${winner.value} against ${bad}`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
