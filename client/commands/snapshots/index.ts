import { list } from './list.ts';

export const snapshots = { list };
