import { own } from '../base/own.ts';
import { valueTypeOf, type Column } from './index.ts';

type Kinds = Readonly<Record<string, Pick<Column, 'kind'>>>;

/**
 * Of the columns that a version reads, those that rows of another declaration lack, or have as another type than it learnt,
 * which it would score as if they were missing: unreadOf(['device', 'amount'], learnt, declared) // => ['device', 'amount as number']
 *
 * @param learnt null: not known any more
 */
export const unreadOf = (reads: readonly string[], learnt: Kinds | null, declared: Kinds): string[] =>
  reads.flatMap((name) => {
    const [before, now] = [learnt && own(learnt, name), own(declared, name)];
    if (!now) return [name];
    return before && valueTypeOf(before) !== valueTypeOf(now) ? [`${name} as ${valueTypeOf(before)}`] : [];
  });
