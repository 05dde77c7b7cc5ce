import { cancel } from './cancel.ts';
import { explain } from './explain.ts';
import { list } from './list.ts';
import { replay } from './replay.ts';

export const runs = { list, explain, cancel, replay };
