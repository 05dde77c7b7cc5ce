import { alias } from './alias.ts';
import { bring } from './bring.ts';
import { card } from './card.ts';
import { compare } from './compare.ts';
import { exportTo } from './export.ts';
import { leaderboard } from './leaderboard.ts';
import { list } from './list.ts';
import { predict } from './predict.ts';
import { promote } from './promote.ts';
import { retrain } from './retrain.ts';
import { rollback } from './rollback.ts';
import { show } from './show.ts';
import { tag } from './tag.ts';
import { trials } from './trials.ts';
import { tryIt } from './try.ts';

export const models = {
  list,
  show,
  try: tryIt,
  promote,
  rollback,
  retrain,
  predict,
  export: exportTo,
  bring,
  compare,
  card,
  leaderboard,
  trials,
  alias,
  tag,
};
