import { approve } from './approve.ts';
import { list } from './list.ts';
import { reject } from './reject.ts';

export const rollouts = { list, approve, reject };
