import { abort } from './abort.ts';
import { approve } from './approve.ts';
import { continues } from './continue.ts';
import { hold } from './hold.ts';
import { list } from './list.ts';
import { reject } from './reject.ts';
import { show } from './show.ts';
import { skip } from './skip.ts';
import { start } from './start.ts';

export const rollouts = { list, show, start, approve, reject, hold, continue: continues, skip, abort };
