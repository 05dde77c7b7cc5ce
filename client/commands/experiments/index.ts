import { start } from './start.ts';
import { status } from './status.ts';
import { stop } from './stop.ts';

export const experiments = { status, start, stop };
