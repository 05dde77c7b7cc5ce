import { list } from './list.ts';
import { tag } from './tag.ts';

export const snapshots = { list, tag };
