import { cancel } from './cancel.ts';
import { list } from './list.ts';
import { replay } from './replay.ts';

export const runs = { list, cancel, replay };
