import { findingsOf, isSevereWithoutBroken } from '../../../core/drift/findings.ts';
import { type ColumnDrift, type Verdict } from '../../../core/drift/verdict.ts';
import assert from 'node:assert/strict';

const column = (name: string, drifted: boolean, nulls = 0): ColumnDrift => ({
  column: name,
  kind: 'number',
  distances: {},
  nullShare: { reference: 0.01, current: 0.01 + nulls },
  mean: null,
  drifted,
  votes: true,
  weight: 1,
});
type Found = Pick<Verdict, 'columns' | 'level' | 'score' | 'concept' | 'abstained'>;
const verdict = (columns: ColumnDrift[], changes: Partial<Found> = {}): Found => ({
  columns,
  level: 'severe',
  score: null,
  abstained: null,
  ...changes,
});
const steady = ['c', 'd', 'e', 'f', 'g'].map((name) => column(name, false));

describe('what kind of change a verdict found', () => {
  it('tells a column that is no longer filled from inputs that moved', () => {
    const found = findingsOf(verdict([column('amount', true), column('age', true, 0.5), ...steady]));
    assert.deepEqual(
      found.map(({ kind }) => kind),
      ['quality', 'inputs'],
    );
    assert.equal(found[0]!.says, 'age is missing in 51 % of the rows, on the holdout in 1 %.');
    assert.match(found[0]!.follows, /A model is not trained for it/);
  });

  it('asks for no model where drift is severe by such columns alone', () => {
    const broken = [column('a', true, 0.5), column('b', true, 0.9)];
    assert.equal(isSevereWithoutBroken(verdict([...broken, ...steady]), 0.2), false);
    const moved = [column('m', true), column('n', true)];
    assert.equal(isSevereWithoutBroken(verdict([...broken, ...moved, ...steady]), 0.2), true);
    assert.equal(isSevereWithoutBroken(verdict([...moved, ...steady]), 0.2), true);
    assert.equal(isSevereWithoutBroken(verdict([...moved, ...steady], { level: 'drifting' }), 0.2), false);
  });

  it('names labels and scores that moved, which only inform', () => {
    const shift = { live: 0.08, holdout: 0.05, estimate: 0.03, low: 0.01, high: 0.05, bearable: 0.01 };
    const concept = { decayed: false, positives: shift } as NonNullable<Verdict['concept']>;
    const found = findingsOf(verdict(steady, { level: 'stable', score: column('_score', true), concept }));
    assert.deepEqual(
      found.map(({ kind, follows }) => [kind, follows]),
      [
        ['scores', 'It informs only.'],
        ['labels', 'It informs only.'],
      ],
    );
    assert.equal(found[1]!.says, 'The share of positives was 5 % on the holdout and is 8 % now.');
  });

  it('finds nothing in a check that abstained', () => {
    assert.deepEqual(findingsOf(verdict([column('age', true, 0.5)], { abstained: 'too few', level: 'stable' })), []);
  });
});
