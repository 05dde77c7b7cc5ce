import { approve } from './approve.ts';
import { list } from './list.ts';
import { reject } from './reject.ts';
import { start } from './start.ts';

export const rollouts = { list, start, approve, reject };
